"""Certificates and the registry: damage is noticed, strangers are not believed, exports can be read by others."""

import csv
import io
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess

import witnesses
from workshop import MIB, REGAIN, Workshop, check, expect, finish, need, says


def certified(place, lot="LOT-1"):
    """A wiped drive with its certificate; gives the JWS and the PDF."""
    drive = place.drive(f"drive-{lot}.raw", 16 * MIB)
    expect(place.regain("wipe", "--confirm", drive, "--donor", "=HYPERLINK(\"x\")", "--lot", lot, drive), 0)
    place.detach(drive)
    newest = max((place.state / "certificates").glob("*.jws"), key=lambda path: path.stat().st_mtime_ns)
    return newest, newest.with_suffix(".pdf")


def flipped(place, path, position, bit=0):
    copy = place.place / ("damaged" + path.suffix)
    content = bytearray(path.read_bytes())
    content[position] ^= 1 << bit
    copy.write_bytes(content)
    return copy


def test_certificates_verify_and_show(place):
    jws, pdf = certified(place)
    for path in (jws, pdf):
        says(expect(place.regain("certificate", "verify", path), 0), "intact: yes", "trusted")
        expect(place.regain("certificate", "show", path), 0)
    shown = expect(place.regain("certificate", "show", "--json", jws), 0).json()
    check(shown["certificate"]["schema"] == "regain.certificate/1", shown)


def test_flipped_bytes_in_certificates_are_noticed(place):
    """Every position is tried in the unit tests; here a sample through the command."""
    jws, pdf = certified(place)
    numbers = random.Random(2)
    for path in (jws, pdf):
        size = path.stat().st_size
        for position in [0, 1, size - 1, size - 2] + [numbers.randrange(size) for _ in range(30)]:
            result = place.regain("certificate", "verify", flipped(place, path, position, numbers.randrange(8)))
            check(result.status == 4, f"{path.suffix}: a flipped bit at {position} of {size} gives {result!r}")


def test_truncated_and_extended_certificates_are_refused(place):
    jws, pdf = certified(place)
    for path in (jws, pdf):
        copy = place.place / ("cut" + path.suffix)
        content = path.read_bytes()
        for damaged in (b"", content[:10], content[:-1], content[:len(content) // 2], content + b"\n", content + b"%%EOF\n"):
            copy.write_bytes(damaged)
            expect(place.regain("certificate", "verify", copy), 4)
    expect(place.regain("certificate", "verify", "/no/such/file"), 5)


def test_a_strangers_certificate_is_intact_but_not_believed(place):
    jws, pdf = certified(place)
    for path in (jws, pdf):
        elsewhere = place.place / "elsewhere"
        says(expect(place.regain("certificate", "verify", path, state=elsewhere), 4), "intact: yes", "unknown")
        says(expect(place.regain("certificate", "show", path, state=elsewhere), 0), "warning")
        expect(place.regain("certificate", "verify", "--trust", place.state / "keys" / "station.crt", path, state=elsewhere), 0)


def test_the_registry_notices_every_changed_value(place):
    certified(place, "LOT-1")
    certified(place, "LOT-2")
    expect(place.regain("registry", "verify"), 0)
    original = place.state / "registry.db"
    shutil.copyfile(original, place.place / "registry.saved")
    database = sqlite3.connect(original)
    tables = [row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite_%'")]
    cells = []
    for table in tables:
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        # A table without a rowid has a primary key; one without a primary key has a rowid.
        keys = [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[5] > 0] or ["rowid"]
        for row in database.execute(f"SELECT {', '.join(keys)} FROM {table}").fetchall():
            cells += [(table, column, keys, row) for column in columns]
    database.close()
    check(len(cells) > 20, f"only {len(cells)} values in the registry")

    def verify_after(statement, *values):
        shutil.copyfile(place.place / "registry.saved", original)
        changed = sqlite3.connect(original)
        try:
            changed.execute(statement, values)
            changed.commit()
        except sqlite3.DatabaseError:
            return 4  # the database itself refuses the change
        finally:
            changed.close()
        return place.regain("registry", "verify").status

    saved = sqlite3.connect(place.place / "registry.saved")
    for table, column, keys, row in cells:
        where = " AND ".join(f"{key}=?" for key in keys)
        current = saved.execute(f"SELECT {column} FROM {table} WHERE {where}", row).fetchone()[0]
        if isinstance(current, int):
            other = current + 1
        elif isinstance(current, bytes):
            other = bytes([current[0] ^ 1]) + current[1:] if current else b"x"
        elif current is None:
            other = "x"
        else:
            other = ("a" if current[:1] != "a" else "b") + current[1:]
        status = verify_after(f"UPDATE {table} SET {column}=? WHERE {where}", other, *row)
        check(status == 4, f"{table}.{column} of row {row} changed from {current!r:.60} gives status {status}")
    for table in tables:
        table_cells = [cell for cell in cells if cell[0] == table]
        _, _, keys, row = table_cells[-1]
        where = " AND ".join(f"{key}=?" for key in keys)
        status = verify_after(f"DELETE FROM {table} WHERE {where}", *row)
        check(status == 4, f"a row deleted from {table} gives status {status}")
    shutil.copyfile(place.place / "registry.saved", original)
    expect(place.regain("registry", "verify"), 0)


def test_a_registry_that_was_cut_short_is_noticed(place):
    certified(place, "LOT-1")
    shutil.copyfile(place.state / "registry.db", place.place / "registry.old")
    certified(place, "LOT-2")
    shutil.copyfile(place.place / "registry.old", place.state / "registry.db")
    expect(place.regain("registry", "verify"), 4)
    drive = place.drive("next.raw", 16 * MIB)
    result = place.regain("wipe", "--confirm", drive, drive)
    check(result.status in (4, 5), f"a wipe goes on with a registry that lost records: {result!r}")
    check(witnesses.count_marker(drive, b"OLD-DATA-MARKER-") == MIB, "the drive was erased though it could not be recorded")


def test_a_registry_that_is_lost_with_its_head_is_noticed(place):
    certified(place)
    (place.state / "registry.db").unlink()
    (place.state / "registry.head").unlink()
    drive = place.drive("next.raw", 16 * MIB)
    result = place.regain("wipe", "--confirm", drive, drive)
    check(result.status in (4, 5), f"a wipe begins a new log under the same key: {result!r}")
    check(witnesses.count_marker(drive, b"OLD-DATA-MARKER-") == MIB, "the drive was erased though it could not be recorded")


def test_hostile_documents_end_in_a_sentence(place):
    import base64
    deep = base64.urlsafe_b64encode(b"[" * 300000 + b"]" * 300000).rstrip(b"=").decode()
    path = place.place / "deep.jws"
    path.write_text(f"{deep}.{deep}.{'A' * 86}")
    expect(place.regain("certificate", "verify", path), 4)
    expect(place.regain("certificate", "show", path), 4)


def test_a_damaged_registry_file_is_refused(place):
    certified(place)
    (place.state / "registry.db").write_bytes(b"SQLite format 3\0" + b"garbage" * 1000)
    expect(place.regain("registry", "verify"), 4)
    drive = place.drive("next.raw", 16 * MIB)
    result = place.regain("wipe", "--confirm", drive, drive)
    check(result.status in (4, 5), result)
    check(witnesses.count_marker(drive, b"OLD-DATA-MARKER-") == MIB, "the drive was erased though it could not be recorded")


def test_exports_can_be_read_by_others(place):
    certified(place, "LOT-1")
    lines = expect(place.regain("registry", "export"), 0).out.splitlines()
    records = [json.loads(line) for line in lines]
    check(any(r["record"]["kind"] == "outcome" for r in records), records)
    rows = list(csv.reader(io.StringIO(expect(place.regain("registry", "export", "--format", "csv"), 0).out)))
    check(len({len(row) for row in rows}) == 1 and len(rows) == len(records) + 1, rows)
    check(not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row), "a spreadsheet would run a formula")
    target = place.place / "export.csv"
    expect(place.regain("registry", "export", "--format", "csv", "-o", target), 0)
    check(target.read_text().count("\n") >= len(records), target.read_text())


def test_no_registry_yet(place):
    expect(place.regain("registry", "verify"), 5)
    expect(place.regain("registry", "list"), 5)


def test_the_station_is_made_once(place):
    first = expect(place.regain("station", "init", "--json", "--name", "Atelier"), 0).json()
    again = expect(place.regain("station", "init", "--json"), 0).json()
    check(first["id"] == again["id"] and first["key_fingerprint"] == again["key_fingerprint"], (first, again))
    check((place.state / "keys" / "station.key").stat().st_mode & 0o777 == 0o600, "the private key can be read by others")


def test_jose_confirms_a_certificate(place):
    need("jose")
    jws, _ = certified(place)
    jwk = expect(place.regain("station", "show", "--json"), 0).json()["jwk"]
    key = place.place / "station.jwk"
    key.write_text(json.dumps(jwk))
    payload = json.loads(witnesses.run("jose", "jws", "ver", "-i", jws, "-k", key, "-O", "-").stdout)
    check(payload["schema"] == "regain.certificate/1", payload)


def test_inspection_lists_what_was_not_tested(place):
    result = place.regain("inspect", "--json")
    check(result.status in (0, 1), result)
    report = result.json()
    check(report["schema"] == "regain.inspection/1", report)
    untested = {check_["check"] for check_ in report["checks"] if check_["result"] == "not-tested"}
    check(len(untested) >= 5, untested)
    says(place.regain("inspect"), "not tested")


def test_a_document_whose_retention_ended_is_erased(place):
    jws, pdf = certified(place)
    kept, _ = certified(place, "LOT-2")
    ident = jws.stem
    says(expect(place.regain("registry", "erase", ident), 2), "--reason")
    says(expect(place.regain("registry", "erase", "--reason", "retention ended", ident), 3), "--confirm")
    expect(place.regain("registry", "erase", "--reason", "r", "--confirm", kept.stem, ident), 3)
    expect(place.regain("registry", "erase", "--reason", "r", "--confirm", "RG-NONE", "RG-NONE"), 2)
    check(jws.exists() and pdf.exists(), "a refusal removed files")
    payload, other = jws.read_bytes().split(b".")[1], kept.read_bytes()
    pieces = [payload[start:start + 40] for start in range(0, len(payload) - 40, 40)]
    content = next(piece for piece in pieces if piece not in other)  # what the two have in common stays, in the other
    expect(place.regain("registry", "erase", "--reason", "retention ended", "--confirm", ident, ident), 0)
    check(not jws.exists() and not pdf.exists() and kept.exists(), "the wrong files are there")
    for file in place.state.glob("registry.db*"):
        check(content not in file.read_bytes(), f"{file} still holds the document")
    says(expect(place.regain("registry", "verify"), 0), "Intact: yes")
    check(expect(place.regain("registry", "show", "--json", ident), 0).json()["document"] is None, "the body is there")
    # What a power cut between the two steps would leave behind goes with the next call.
    pdf.write_bytes(b"left behind")
    expect(place.regain("registry", "erase", "--reason", "again", "--confirm", ident, ident), 2)
    check(not pdf.exists(), "the file was left behind")
    expect(place.regain("wipe", "--plan", place.drive("another.raw", 16 * MIB)), 0)
    check(not pdf.exists() and not jws.exists(), "the erased files came back")


def overtaken_by_a_lock(place, process):
    """Takes the registry from a wipe that has begun: its workers stand still until the lock is ours."""
    for line in process.stderr:
        if '"overwrite"' in line:
            break
    workers = list(map(int, subprocess.run(["pgrep", "-P", str(process.pid)], stdout=subprocess.PIPE, text=True).stdout.split()))
    check(workers, "no worker was found")
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    database = sqlite3.connect(place.state / "registry.db", isolation_level=None, timeout=20)
    database.execute("BEGIN EXCLUSIVE")
    for worker in workers:
        os.kill(worker, signal.SIGCONT)
    return database


def test_a_registry_that_stays_locked_costs_no_record(place):
    drive = place.drive(size=256 * MIB)
    process = place.start("wipe", "--json", "--progress", "json", "--donor", "Mairie", "--confirm", drive, drive,
                          extra_env={"REGAIN_REGISTRY_PATIENCE": "50"})
    database = overtaken_by_a_lock(place, process)
    result = expect(finish(process), 1)
    database.close()
    check(result.json()["wipes"][0]["verdict"] == "cleared", result.out)
    file, = (place.state / "journals").glob("unrecorded-*.json")
    says(result, str(file), "another program is using it")
    journal, = (place.state / "journals").glob("RG-*.json")
    check(json.loads(journal.read_text())["stage"] == "certify", "the journal of a job without its record is gone")
    kept = json.loads(file.read_text())
    check(kept["schema"] == "regain.unrecorded/1" and kept["id"] in file.name and kept["job"]["donor"] == "Mairie", kept)
    check(kept["wipe"]["wipes"] == result.json()["wipes"], kept["wipe"])
    listed = expect(place.regain("registry", "list", "--json"), 0).json()["records"]
    check([record["kind"] for record in listed] == ["event", "intent"] and listed[1]["id"] == kept["intent"], listed)


def test_a_registry_that_is_free_again_at_the_end_has_every_record(place):
    """The small drive ends while the registry is locked; the large one ends after."""
    small, large = place.drive("small.raw", 64 * MIB), place.drive("large.raw", 512 * MIB)
    process = place.start("wipe", "--progress", "json", "--confirm", small, "--confirm", large, small, large,
                          extra_env={"REGAIN_REGISTRY_PATIENCE": "50"})
    database = overtaken_by_a_lock(place, process)
    for line in process.stdout:
        if "could not be stored yet" in line:
            break
    database.close()
    expect(finish(process), 0)
    listed = expect(place.regain("registry", "list", "--json"), 0).json()["records"]
    check([record["kind"] for record in listed].count("outcome") == 2, listed)
    check(not list((place.state / "journals").glob("unrecorded-*")), "a record was kept twice")
    expect(place.regain("registry", "verify"), 0)


def test_a_drives_certificate_does_not_wait_for_a_slower_drive(place):
    small, large = place.drive("small.raw", 16 * MIB), place.drive("large.raw", 512 * MIB)
    process = place.start("wipe", "--progress", "json", "--confirm", small, "--confirm", large, large, small)
    for line in process.stdout:
        if "recorded as" in line:
            break
    check(small in line, f"the first that is recorded is not the small drive: {line}")
    check(len(list((place.state / "certificates").glob("*.pdf"))) == 1, "there is no certificate of the small drive")
    check(process.poll() is None, "the large drive had ended too: nothing was shown")
    result = expect(finish(process), 0)
    check(result.out.count("recorded as") == 1 and large in result.out, result.out)


def test_output_that_is_lost_is_no_success(place):
    for words in (["drives", "--json"], ["profile", "list"], ["--version"], ["drives", "--help"]):
        with open("/dev/full", "w") as full:
            result = subprocess.run([REGAIN, *words], stdout=full, stderr=subprocess.PIPE, text=True,
                                    env={**os.environ, "REGAIN_LANG": "en"})
        check(result.returncode == 1 and "standard output" in result.stderr, f"{words}: {result}")
    closed = subprocess.run(["sh", "-c", '"$0" drives --json >&-', REGAIN], stderr=subprocess.PIPE, text=True)
    check(closed.returncode == 1, closed)
    reader, writer = os.pipe()
    os.close(reader)
    gone = subprocess.run([REGAIN, "drives", "--json"], stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    check(gone.returncode == 1 and gone.stderr == "", f"a reader that went away needs no sentence: {gone}")


def test_an_abbreviated_option_is_refused(place):
    drive = place.drive(size=16 * MIB)
    says(expect(place.regain("wipe", "--conf", drive, drive), 2), "--confirm")
    check(witnesses.count_marker(drive, b"OLD-DATA-MARKER-") == MIB, "something was written")
