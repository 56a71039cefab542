"""The real image of the profile: what it says of itself, damage in it, and deployments of it. Needs the image that
the test image_is_built makes (or finds in the cache)."""

import json
import os
import pathlib
import random
import shutil
import subprocess
import time

import witnesses
from workshop import MIB, SOURCE, check, expect, finish, interrupt, need, says

GIB = 1 << 30


def the_image():
    import demo
    image, trust = demo.cached_image()
    return image, [word for anchor in sorted(trust.glob("*.pem")) for word in ("--trust", str(anchor))]


def damaged_copy(place, image, position, change=lambda byte: byte ^ 0x01):
    """A copy with one byte changed; reflinked or copied, always a file of its own."""
    copy = place.place / "damaged.img.zst"
    shutil.copyfile(image, copy)
    with open(copy, "r+b") as file:
        file.seek(position)
        byte = file.read(1)[0]
        file.seek(position)
        file.write(bytes([change(byte)]))
    return copy


def deploy(place, image, trust, drive, *options, **more):
    return place.regain("deploy", *trust, "--confirm", drive, *options, image, drive, **more)


def target(place, name="target.raw", size=8 * GIB):
    return place.loop(place.file(name, size))


def identity_of(disk):
    disk_id, rows, sector = witnesses.partitions(disk)
    offset = rows[-1]["start"] * sector
    features = witnesses.run("tune2fs", "-l", f"{disk}?offset={offset}", check=False)
    if features.returncode != 0:
        features = witnesses.run("dumpe2fs", "-h", f"{disk}?offset={offset}")
    uuid = next(line.split(":", 1)[1].strip() for line in features.stdout.splitlines() if line.startswith("Filesystem UUID"))
    read = lambda path: witnesses.run("debugfs", "-R", f"cat {path}", f"{disk}?offset={offset}").stdout.strip()
    return {"disk": disk_id, "partitions": tuple(row["uuid"] for row in rows), "root": uuid,
            "machine_id": read("/etc/machine-id"), "host_name": read("/etc/hostname")}


def test_image_is_built(place):
    image, trust = the_image()
    check(image.stat().st_size < 400 * MIB, f"the image takes {image.stat().st_size >> 20} MiB")
    check(trust, "the image's signer is not in the workshop's trust directory")


def test_image_shows_what_it_is_and_verifies(place):
    image, trust = the_image()
    shown = expect(place.regain("image", "show", "--json", *trust, image), 0).json()
    check(shown["signer"]["known"] is True, shown["signer"])
    check({"fr", "en", "ar", "uk"} <= set(shown["manifest"]["languages"]), shown["manifest"]["languages"])
    verified = expect(place.regain("image", "verify", *trust, image), 0)
    says(verified, "intact: yes")


def test_image_of_an_unknown_signer_is_refused(place):
    image, _ = the_image()
    drive = target(place)
    expect(place.regain("image", "show", image), 0)
    says(expect(place.regain("image", "verify", image), 4), "intact: yes", "unknown")
    expect(deploy(place, image, [], drive), 4)
    check(open(drive, "rb").read(MIB) == bytes(MIB), "something was written")


def test_damage_anywhere_in_an_image_is_noticed(place):
    image, trust = the_image()
    size = image.stat().st_size
    numbers = random.Random(1)
    positions = [0, 4, 8, size - 1, size // 2] + [numbers.randrange(0, 4096) for _ in range(6)] + [numbers.randrange(4096, size) for _ in range(6)]
    for position in positions:
        copy = damaged_copy(place, image, position)
        result = place.regain("image", "verify", *trust, copy)
        check(result.status == 4, f"a flipped bit at {position} of {size} gives {result!r}")


def test_truncated_and_extended_images_are_refused_before_anything_is_written(place):
    image, trust = the_image()
    drive = target(place)
    size = image.stat().st_size
    copy = place.place / "cut.img.zst"
    for length in (0, 3, 100, 100000, size // 2, size - 1):
        with open(image, "rb") as source, open(copy, "wb") as cut:
            shutil.copyfileobj(source, cut, 16 * MIB)
            cut.truncate(length)
        expect(place.regain("image", "verify", *trust, copy), 4)
        expect(deploy(place, copy, trust, drive), 4)
    shutil.copyfile(image, copy)
    with open(copy, "ab") as longer:
        longer.write(b"\0")
    expect(place.regain("image", "verify", *trust, copy), 4)
    check(open(drive, "rb").read(MIB) == bytes(MIB), "something was written")


def test_something_else_than_an_image(place):
    path = place.file("notes.txt", 5000, b"not an image ")
    expect(place.regain("image", "show", path), 4)
    expect(place.regain("image", "show", "/no/such/image"), 5)


def test_a_drive_smaller_than_the_image(place):
    image, trust = the_image()
    drive = place.drive(size=64 * MIB)
    says(expect(deploy(place, image, trust, drive), 3), "67108864", "larger drive")
    check(witnesses.count_marker(drive, b"OLD-DATA-MARKER-") == 64 * MIB // 16, "something was written")


def test_wrong_answers_are_found_before_anything_is_written(place):
    image, trust = the_image()
    drive = place.drive("small-marker.raw", 64 * MIB)
    large = target(place)
    answers = place.place / "answers"
    answers.write_text("LANGUAGE=fr\nUSER_NAME=root\n")
    says(expect(deploy(place, image, trust, large, "--answers", answers), 4), "line 2", "USER_NAME")
    says(expect(place.regain("process", *trust, "--profile", SOURCE / "profiles/essentiel.toml", "--image", image, "--deploy-to", large,
                             "--answers", answers, "--confirm", drive, "--confirm", large, drive, large), 4), "line 2")
    expect(deploy(place, image, trust, large, "--answers", "/no/such/file"), 5)
    check(open(drive, "rb").read(16) == b"OLD-DATA-MARKER-", "the drive was written to")
    check(not place.state.exists() or not (place.state / "registry.db").exists(), "a record was made")


def test_deployed_disks_are_sound_and_differ(place):
    image, trust = the_image()
    identities = []
    for name in ("first.raw", "second.raw"):
        drive = target(place, name)
        report = expect(deploy(place, image, trust, drive, "--json"), 0).json()["deployments"][0]
        check(report["result"] == "deployed" and report["read_back"]["mismatches"] == 0, report)
        check(report["boot"] == {"bios": True, "uefi": True}, report["boot"])
        witnesses.file_system_is_clean(drive)
        witnesses.partition_table_is_sound(drive)
        _, rows, sector = witnesses.partitions(drive)
        check((rows[-1]["start"] + rows[-1]["size"]) * sector > 8 * GIB - 8 * MIB, f"the root partition did not grow: {rows[-1]}")
        identities.append(identity_of(drive))
    for key in identities[0]:
        check(identities[0][key] != identities[1][key], f"two deployments share {key}: {identities[0][key]}")
    check(len(identities[0]["machine_id"]) == 32, identities[0])


def records_of(place):
    return expect(place.regain("registry", "list", "--json"), 0).json()["records"]


def test_a_deployment_alone_leaves_records(place):
    image, trust = the_image()
    drive = target(place)
    job = {"donor": "Mairie de Saint-Exemple", "donor_contact": "Service informatique", "lot": "LOT-9", "asset_tag": "INV-7",
           "operator": "Hirondelle", "operator_title": "technicienne", "checker": "Merle", "place": "Nantes",
           "origin": "PC de la paie", "destination": "reuse", "confidentiality_before": "restricted",
           "confidentiality_after": "public", "retention_days": 400}
    file = place.place / "job.toml"
    file.write_text('schema = "regain.job/1"\n' + "".join(f"{key} = {json.dumps(value)}\n" for key, value in job.items()))
    result = expect(deploy(place, image, trust, drive, "--json", "--job", file), 0)
    says(result, "machine sheet")
    check(result.json()["deployments"][0]["result"] == "deployed", result.out)
    records = records_of(place)
    check([record["kind"] for record in records] == ["event", "intent", "outcome"], records)
    check(records[2]["refers_to"] == records[1]["id"] and records[1]["lot"] == "LOT-9", records)
    pdf, = (place.state / "certificates").glob("*.pdf")
    witnesses.pdf_signature_is_valid(pdf)
    sheet = witnesses.verify_jws(witnesses.attached_jws(pdf), witnesses.station_key(place.state))
    check(sheet["kind"] == "machine-sheet" and sheet["specimen"] is True, sheet)
    check({key: sheet["job"][key] for key in job} == job, sheet["job"])
    entry, = sheet["drives"]
    check(entry["deployment"]["result"] == "deployed" and "erasure" not in entry and entry["certificate"] == "", entry)
    shown = expect(place.regain("certificate", "show", pdf), 0)
    says(shown, "not erased by this job", "may still be there")
    expect(place.regain("registry", "verify"), 0)


def test_a_deployment_whose_intent_cannot_be_stored_writes_nothing(place):
    image, trust = the_image()
    drive = target(place)
    expect(place.regain("station", "init"), 0)
    (place.state / "registry.db").write_bytes(b"SQLite format 3\0" + b"garbage" * 1000)
    result = deploy(place, image, trust, drive, "--json")
    check(result.status in (4, 5) and result.out == "", result)
    check(open(drive, "rb").read(MIB) == bytes(MIB), "something was written")
    # Without a certificate there is nothing to store.
    expect(deploy(place, image, trust, drive, "--json", "--no-certificate"), 0)
    check(not list((place.state / "certificates").glob("*")), "--no-certificate left a record")


def test_a_deployment_that_is_interrupted_is_on_record(place):
    image, trust = the_image()
    drive = target(place)
    process = place.start("deploy", *trust, "--confirm", drive, "--progress", "json", image, drive)
    for line in process.stderr:
        if '"write"' in line:
            break
    interrupt(process)
    expect(finish(process, 120), 130)
    records = records_of(place)
    check([record["kind"] for record in records] == ["event", "intent", "outcome"], records)
    jws, = (place.state / "certificates").glob("*.jws")
    shown = expect(place.regain("certificate", "show", "--json", jws), 0).json()["certificate"]
    check(shown["drives"][0]["deployment"]["result"] == "failed", shown["drives"])


def test_zstd_and_dd_restore_the_disk(place):
    need("zstd")
    image, trust = the_image()
    manifest = expect(place.regain("image", "show", "--json", *trust, image), 0).json()["manifest"]
    path = place.file("restored.raw", manifest["disk"]["size_bytes"])
    with open(path, "r+b") as disk:
        zstd = subprocess.Popen(["zstd", "-dcq", str(image)], stdout=subprocess.PIPE)
        shutil.copyfileobj(zstd.stdout, disk, MIB)
        check(disk.tell() == manifest["disk"]["size_bytes"] and zstd.wait() == 0, f"zstd gave {disk.tell()} bytes")
    witnesses.partition_table_is_sound(path)
    witnesses.file_system_is_clean(path)


def test_two_drives_are_deployed_from_one_reading(place):
    image, trust = the_image()
    good, small_backing = target(place, "good.raw"), place.small_tmpfs("small", "300M")
    bad_file = small_backing / "bad.raw"
    with open(bad_file, "wb") as file:
        file.truncate(8 * GIB)
    bad = place.loop(bad_file)
    report = expect(place.regain("deploy", *trust, "--json", "--confirm", good, "--confirm", bad, image, good, bad), 1).json()
    results = {d["drive"]["path"]: d["result"] for d in report["deployments"]}
    check(results == {good: "deployed", bad: "failed"}, results)
    witnesses.file_system_is_clean(good)


def test_ctrl_c_in_the_middle_of_a_deployment(place):
    image, trust = the_image()
    drive = target(place)
    process = place.start("deploy", *trust, "--json", "--confirm", drive, "--progress", "json", image, drive)
    for line in process.stderr:
        if '"write"' in line:
            break
    interrupt(process)
    result = expect(finish(process, 120), 130)
    check(result.json()["deployments"][0]["result"] == "failed", result.out)


def pss_of_family(pid):
    """The sum of PSS over the process and its descendants that are regain, in KiB."""
    family, frontier = [pid], [pid]
    while frontier:
        children = subprocess.run(["pgrep", "-P", ",".join(map(str, frontier))], stdout=subprocess.PIPE, text=True).stdout.split()
        frontier = [int(child) for child in children]
        family += frontier
    total = 0
    for member in family:
        try:
            if pathlib.Path(os.readlink(f"/proc/{member}/exe")).name != "regain":
                continue
            for line in pathlib.Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except OSError:
            continue
    return total


def test_the_whole_line_leaves_records_that_others_confirm_and_needs_little_memory(place):
    image, trust = the_image()
    first, second = target(place, "d0.raw"), place.drive("d1.raw", 64 * MIB)
    process = place.start("process", "--json", "-o", place.place / "report.json", "--quiet",
                          "--profile", SOURCE / "profiles/essentiel.toml", "--image", image, *trust,
                          "--deploy-to", first, "--donor", "Mairie de Saint-Exemple", "--operator", "atelier-7",
                          "--confirm", first, "--confirm", second, first, second)
    highest, samples = 0, 0
    while process.poll() is None:
        highest, samples = max(highest, pss_of_family(process.pid)), samples + 1
        time.sleep(0.1)
    result = expect(finish(process), 0)
    print(f"highest sum of PSS over all of Regain's processes: {highest / 1024:.1f} MiB in {samples} samples")
    check(samples > 20, f"only {samples} samples were taken")
    check(highest < 128 * 1024, f"the sum of PSS reached {highest / 1024:.1f} MiB")
    document = json.loads((place.place / "report.json").read_text())
    check([w["verdict"] for w in document["wipe"]["wipes"]] == ["cleared", "cleared"], document["wipe"])
    check(document["deploy"]["deployments"][0]["result"] == "deployed", document["deploy"])
    skipped = document["deploy"]["deployments"][0]["bytes_skipped"]
    check(skipped > 0, "no chunk of zeros was skipped on a drive that was just read back as zero")
    key = witnesses.station_key(place.state)
    kinds = []
    for pdf in sorted((place.state / "certificates").glob("*.pdf")):
        witnesses.pdf_signature_is_valid(pdf)
        witnesses.pdf_is_well_formed(pdf)
        payload = witnesses.verify_jws(witnesses.attached_jws(pdf), key)
        check(witnesses.verify_jws(witnesses.read_qr(pdf), key)["id"] == payload["id"], "the QR code names another certificate")
        kinds.append(payload["kind"])
        expect(place.regain("certificate", "verify", pdf), 0)
        text = witnesses.run("pdftotext", "-layout", pdf, "-").stdout
        check("SPÉCIMEN" in text.upper() or "SPECIMEN" in text.upper(), "the PDF does not say that it is a specimen")
        check("Mairie de Saint-Exemple" in text, "the PDF does not name the donor")
    check(sorted(kinds) == ["drive-erasure", "drive-erasure", "machine-sheet"], kinds)
    expect(place.regain("registry", "verify"), 0)
    witnesses.file_system_is_clean(first)


def test_an_image_cannot_be_built_where_there_is_no_room(place):
    need("mmdebstrap")
    full = place.small_tmpfs("full", "2M")
    result = place.regain("image", "build", SOURCE / "profiles/essentiel.toml", "-o", full / "x.img.zst")
    check(result.status in (1, 5), result)
    check(list(full.iterdir()) == [], f"something was left behind: {list(full.iterdir())}")


def test_ctrl_c_while_an_image_is_built(place):
    need("mmdebstrap")
    output = place.place / "x.img.zst"
    process = place.start("image", "build", SOURCE / "profiles/essentiel.toml", "-o", output)
    time.sleep(5)
    interrupt(process)
    expect(finish(process, 120), 130)
    check(not output.exists(), "half an image was left")
    check(not list(place.place.glob("x.img.zst*")), "a partial image was left")


def test_a_stick_takes_images_of_known_signers_and_believes_them_itself(place):
    import stick_suite
    stick_suite.need_exfat()
    image, trust = the_image()
    iso = stick_suite.make_iso(place)
    size = (1200 * MIB + image.stat().st_size + 200 * MIB) // MIB * MIB
    path = stick_suite.stick_file(place, size)
    command = ("stick", "create", path, "--virtual", "--iso", iso, "--image", image, "--confirm", path)
    before = stick_suite.untouched(path)
    says(expect(place.regain(*command), 4), "not among those that are trusted", "--trust")
    damaged = damaged_copy(place, image, image.stat().st_size - 4 * MIB)
    expect(place.regain("stick", "create", path, "--virtual", "--iso", iso, "--image", damaged, "--confirm", path, *trust), 4)
    check(stick_suite.untouched(path) == before, "a refusal wrote to the stick")
    damaged.unlink()
    report = expect(place.regain(*command, *trust, "--json"), 0).json()
    copied = next(file for file in report["files"] if file["path"] == f"images/{image.name}")
    check(copied["read_back"] and copied["size_bytes"] == image.stat().st_size and len(copied["signer"]) == 64, copied)
    check(copied["sha256"] == witnesses.run("sha256sum", image).stdout.split()[0], copied)
    with stick_suite.records_of(place, path) as records, stick_suite.data_of(place, path, "ro") as data:
        says(expect(place.regain("image", "show", data / "images" / image.name, state=records), 0), "is trusted here")
        expect(place.regain("image", "verify", data / "images" / image.name, state=records), 0)
