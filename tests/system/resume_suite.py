"""A wipe whose processes are all killed in the middle: `wipe --resume` goes on with it, on that drive alone."""

import json
import os
import signal
import time

import witnesses
from workshop import MIB, check, expect, finish, interrupt, says

MARKER = b"OLD-DATA-MARKER-"
OFTEN = {"REGAIN_JOURNAL_INTERVAL": "40"}  # milliseconds between two marks


def journals(place):
    return sorted((place.state / "wipe-journals").glob("*.jsonl"))


def lines(journal):
    try:
        return [json.loads(line) for line in journal.read_text().splitlines() if line.endswith("}")]
    except FileNotFoundError:
        return []


def killed_wipe(place, drive, *options, marks=2):
    """Begins a wipe and kills every process of it once the overwrite has left some marks."""
    process = place.start("wipe", "--confirm", drive, *options, drive, extra_env=OFTEN)
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        found = journals(place)
        if found and sum(line.get("line") == "mark" for line in lines(found[0])) >= marks:
            break
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    finish(process)
    check(process.returncode == -signal.SIGKILL, f"the wipe ended by itself: {process.returncode}\n{process.stderr_text}")
    check(len(journals(place)) == 1, f"there is no journal of it: {journals(place)}")
    kept = lines(journals(place)[0])
    check(any(line.get("line") == "mark" for line in kept), f"the journal has no mark: {kept[1:]}")
    check(journals(place)[0].stat().st_mode & 0o777 == 0o600, "others can read its keys")
    return kept


def resumption(record):
    return [item["facts"] for item in record["evidence"] if item["kind"] == "resumption"]


def resume(place, drive, *options):
    return place.regain("wipe", "--resume", "--confirm", drive, *options, env=OFTEN)


def remarks(record):
    return [remark["code"] for remark in record["remarks"]]


def goes_on(place, method):
    drive = place.drive(size=1024 * MIB)
    killed_wipe(place, drive, "--method", method)
    kept = lines(journals(place)[0])
    result = expect(resume(place, drive, "--json"), 0)
    record = result.json()["wipes"][0]
    check(record["verdict"] == "cleared" and "resumed-after-interruption" in remarks(record), record)
    facts = resumption(record)
    check(len(facts) == 1 and facts[0]["resumed"] == 1, facts)
    check(facts[0]["checks"][0]["checked_bytes"] > 0 and facts[0]["checks"][0]["begun_anew"] == "no", facts)
    last = [line for line in kept if line.get("line") == "mark"][-1]
    left = sum(length for _, length in last["remaining"])
    counted = [item["facts"] for item in record["evidence"] if item["kind"] == "block-counters"][0]
    written = (counted["written_sectors_after"] - counted["written_sectors_before"]) * 512
    check(written <= left + 8 * MIB, f"{written} bytes were written again of {left} that were left")
    check(witnesses.count_marker(drive, MARKER) == 0, "old data are left")
    check(not journals(place), "the journal is still there")
    return drive, record


def test_a_killed_wipe_with_zeros_goes_on_and_its_certificate_says_so(place):
    drive, _ = goes_on(place, "zero")
    certificates = list((place.state / "certificates").glob("*.jws"))
    check(len(certificates) == 1, f"there are {len(certificates)} certificates")
    said = expect(place.regain("certificate", "show", certificates[0]), 0)
    says(said, "interrupted and gone on with")
    with open(drive, "rb") as device:
        while block := device.read(MIB):
            check(not any(block), "not all of it is zero")


def test_a_killed_wipe_with_random_data_goes_on_with_the_same_stream(place):
    drive, record = goes_on(place, "random")
    pattern = [item["facts"] for item in record["evidence"] if item["kind"] == "pattern"][0]
    stream = witnesses.run("sh", "-c", f"openssl enc -aes-256-ctr -K {pattern['key']} -iv {pattern['iv']} < /dev/zero 2> /dev/null"
                           f" | cmp -n {1024 * MIB} - {drive}", check=False)
    check(stream.returncode == 0, f"openssl makes another stream: {stream.stdout}{stream.stderr}")


def test_a_drive_that_was_written_to_meanwhile_is_noticed_and_written_anew(place):
    drive = place.drive(size=512 * MIB)
    killed_wipe(place, drive, "--method", "zero")
    with open(drive, "r+b") as device:
        for megabyte in range(64):
            device.seek(megabyte * MIB)
            device.write(b"something else".ljust(MIB, b"\1"))
        device.flush()
        os.fsync(device.fileno())
    record = expect(resume(place, drive, "--json"), 0).json()["wipes"][0]
    check(record["verdict"] == "cleared", record["remarks"])
    check(resumption(record)[0]["checks"][0]["begun_anew"] == "yes", resumption(record))
    check(record["bytes_written"] == 512 * MIB, record["bytes_written"])


def test_another_drive_in_its_place_is_refused(place):
    drive = place.drive(size=512 * MIB)
    killed_wipe(place, drive, "--method", "zero")
    file = place.file("other.raw", 512 * MIB, b"SOMEBODY-ELSES--")
    other = drive
    place.detach(drive)
    place.loop_at(other, file)  # at once: tests beside this one take any name that is free
    before = witnesses.count_marker(other, b"SOMEBODY-ELSES--")
    says(expect(place.regain("wipe", "--resume", "--confirm", other, other), 3), "another drive")
    says(place.regain("wipe", "--resume"), "Not here")
    check(witnesses.count_marker(other, b"SOMEBODY-ELSES--") == before, "something was written to it")
    check(len(journals(place)) == 1, "its journal is gone")


def test_without_resume_a_killed_wipe_begins_anew_and_is_mentioned(place):
    drive = place.drive(size=512 * MIB)
    killed_wipe(place, drive, "--method", "zero")
    result = expect(place.regain("wipe", "--confirm", drive, "--method", "random", "--json", drive), 0)
    says(result, "--resume")
    record = result.json()["wipes"][0]
    check(record["verdict"] == "cleared" and not resumption(record), record["evidence"])
    check(not journals(place), "the journal is still there")


def test_another_method_begins_from_the_start_and_says_so(place):
    drive = place.drive(size=512 * MIB)
    killed_wipe(place, drive, "--method", "zero")
    result = expect(resume(place, drive, "--method", "random", "--json"), 0)
    says(result, "another way")
    check(not resumption(result.json()["wipes"][0]), "it says that it was resumed")


def test_a_wipe_that_the_operator_interrupted_can_be_resumed(place):
    drive = place.drive(size=1024 * MIB)
    process = place.start("wipe", "--confirm", drive, "--method", "zero", drive, extra_env=OFTEN)
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        found = journals(place)
        if found and sum(line.get("line") == "mark" for line in lines(found[0])) >= 2:
            break
        time.sleep(0.005)
    interrupt(process)
    expect(finish(process), 130)
    check(len(journals(place)) == 1, "its journal is gone")
    certificates = list((place.state / "certificates").glob("*.jws"))
    check(len(certificates) == 1, f"the interruption has its report: {certificates}")
    record = expect(resume(place, drive, "--json"), 0).json()["wipes"][0]
    check(record["verdict"] == "cleared" and "resumed-after-interruption" in remarks(record), record["remarks"])
    check(resumption(record)[0]["checks"][0]["begun_anew"] == "no", resumption(record))
    check(witnesses.count_marker(drive, MARKER) == 0, "old data are left")
    check(not journals(place), "the journal is still there")
