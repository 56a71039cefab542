"""The USB stick: made, updated under its data, its table put back, looked at. The sticks are loop devices; the ISO is
made by xorriso with the names and partitions of the live system, but with little in it. Their partitions are looked
at through loop devices of their own, since not every kernel reads tables of this kind on loop devices."""

import contextlib
import hashlib
import json
import pathlib
import subprocess
import time

import witnesses
from workshop import MIB, SOURCE, Skip, check, expect, finish, interrupt, need, says

RECORDS, RECORDS_LENGTH = 1024 * MIB, 128 * MIB
DATA = RECORDS + RECORDS_LENGTH
STICK = 1600 * MIB


def need_exfat():
    need("mkfs.exfat", "fsck.exfat", "xorriso", "sfdisk")
    if "exfat" in pathlib.Path("/proc/filesystems").read_text():
        return
    if not pathlib.Path("/dev/fuse").exists():
        raise Skip("neither the kernel's exFAT nor FUSE is here")
    need("mount.exfat-fuse")


def make_iso(place, name="regain.iso", release="Regain 0.1.0 (test)", size=6 * MIB):
    """A hybrid ISO: MBR with the ISO 9660 and an EFI partition behind it."""
    tree = place.place / (name + ".tree")
    (tree / ".disk").mkdir(parents=True)
    (tree / ".disk" / "info").write_text(release + "\n")
    (tree / "live").mkdir()
    block = hashlib.sha256(release.encode()).digest()
    (tree / "live" / "filesystem.squashfs").write_bytes(block * (size // len(block)))
    efi = place.place / (name + ".efi")
    efi.write_bytes(b"\0" * (2 * MIB))
    iso = place.place / name
    witnesses.run("xorriso", "-as", "mkisofs", "-quiet", "-o", iso, "-V", "REGAIN", "-r", "-J", "--mbr-force-bootable",
                  "-append_partition", "2", "0xef", efi, tree)
    return iso


def stick_file(place, size=STICK, name="stick.raw"):
    """A stick that had a life before: signatures where file systems, RAID and tables leave them."""
    path = place.place / name
    with open(path, "wb") as file:
        file.truncate(size)
    witnesses.run("sfdisk", "--quiet", "--label", "gpt", path, check=False)
    with open(path, "r+b") as file:
        for offset in (RECORDS + 65536 + 64, DATA + 65536 + 64):
            file.seek(offset)
            file.write(b"_BHRfS_M")  # btrfs, 64 KiB into a partition
        file.seek(DATA + 512)
        file.write(b"LABELONE" + b"\0" * 16 + b"LVM2 001")
    return path


def untouched(path):
    """What shows that nothing was written: the kernel's own time of it, and the places that would be."""
    with open(path, "rb") as file:
        pieces = []
        for offset in (0, RECORDS, DATA):
            file.seek(offset)
            pieces.append(hashlib.sha256(file.read(12 * MIB)).hexdigest())
    return path.stat().st_mtime_ns, pieces


def old_drive(place, name, size):
    path = place.file(name, size)
    with open(path, "r+b") as file:
        file.write(b"OLD-DATA-MARKER-" * (MIB // 16))
    return path


def table_of(path):
    rows = json.loads(witnesses.run("sfdisk", "--json", path).stdout)["partitiontable"]
    return rows["label"], {int(row["node"][-1]): (row["start"] * 512, row["size"] * 512, row["type"]) for row in rows["partitions"]}


def probe(path, offset, length):
    """blkid's answer for a range, as a dictionary."""
    text = witnesses.run("blkid", "-p", "-o", "export", "--offset", offset, "--size", length, path, check=False).stdout
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


@contextlib.contextmanager
def mounted(place, path, offset, length, *types, options="rw"):
    device = subprocess.run(["losetup", "--find", "--show", "--offset", str(offset), "--sizelimit", str(length), str(path)],
                            check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    top = place.place / f"mnt-{offset}"
    top.mkdir(exist_ok=True)
    try:
        for kind in types:
            if subprocess.run(["mount", "-t", kind, "-o", options, device, top], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
                break
        else:
            raise AssertionError(f"{path} at {offset}: cannot be mounted as {types}")
        yield top
        subprocess.run(["umount", top], check=True)
    finally:
        subprocess.run(["umount", "-l", top], check=False, stderr=subprocess.DEVNULL)
        subprocess.run(["losetup", "--detach", device], check=False, stderr=subprocess.DEVNULL)


def data_of(place, path, options="rw"):
    length = table_of(path)[1][4][1]
    return mounted(place, path, DATA, length, "exfat", "exfat-fuse", options=options)


def records_of(place, path, options="rw"):
    return mounted(place, path, RECORDS, RECORDS_LENGTH, "ext4", options=options)


def made_stick(place, *options, iso=None, size=STICK):
    need_exfat()
    path = stick_file(place, size)
    iso = iso or make_iso(place)
    result = place.regain("stick", "create", path, "--virtual", "--iso", iso, "--confirm", path, "--json", *options)
    return path, iso, expect(result, 0).json()


def iso_is_on(path, iso):
    """The ISO, apart from the disk signature and the entries 3 and 4."""
    wanted, found = bytearray(iso.read_bytes()), bytearray()
    with open(path, "rb") as file:
        found = bytearray(file.read(len(wanted)))
    for block in (wanted, found):
        block[440:444] = bytes(4)
        block[446 + 32:510] = bytes(32)
    check(wanted == found, f"{path} does not hold {iso} byte for byte")


def test_a_stick_is_what_other_programs_expect(place):
    path, iso, report = made_stick(place)
    check(report["schema"] == "regain.stick-report/1" and report["result"] == "complete", report)
    check([step["result"] for step in report["steps"]] == ["done"] * 7, report["steps"])
    check(report["iso"]["sha256"] == hashlib.sha256(iso.read_bytes()).hexdigest(), report["iso"])
    label, rows = table_of(path)
    check(label == "dos" and sorted(rows) == [1, 2, 3, 4], rows)
    check(rows[3] == (RECORDS, RECORDS_LENGTH, "83"), rows)
    check(rows[4] == (DATA, STICK - DATA, "7"), rows)
    iso_is_on(path, iso)
    check(probe(path, RECORDS, RECORDS_LENGTH).get("LABEL") == "REGAIN-REC", "no records")
    data = probe(path, DATA, STICK - DATA)
    check((data.get("TYPE"), data.get("LABEL")) == ("exfat", "REGAIN"), f"nothing old is found: {data}")
    check(probe(path, 0, STICK).get("TYPE") == "iso9660", "the ISO is what is found in front")
    with records_of(place, path) as top:
        check(sorted(entry.name for entry in top.iterdir()) == ["lost+found", "trust"], list(top.iterdir()))
    with data_of(place, path, "ro") as top:
        names = sorted(entry.name for entry in top.iterdir())
        check(names == ["LISEZMOI.txt", "README.txt", "certificates", "images", "jobs", "profiles"], names)
        check("Windows" in (top / "LISEZMOI.txt").read_text(encoding="utf-8"), "no explanation")


def test_a_stick_shows_what_it_is(place):
    path, _, _ = made_stick(place)
    shown = expect(place.regain("stick", "show", path, "--virtual", "--json"), 0).json()
    check(shown["schema"] == "regain.stick/1" and shown["state"] == "complete", shown)
    check(shown["iso"]["release"] == "Regain 0.1.0 (test)", shown)
    check(shown["iso"]["uuid"] == probe(path, 0, STICK)["UUID"], shown)
    check(shown["records"]["uuid"] == probe(path, RECORDS, RECORDS_LENGTH)["UUID"], shown)
    check(shown["data"]["uuid"] == probe(path, DATA, STICK - DATA)["UUID"], shown)
    says(expect(place.regain("stick", "show", path, "--virtual"), 0), "a Regain stick", "Regain 0.1.0 (test)")
    other = place.file("other.raw", STICK)
    check(expect(place.regain("stick", "show", other, "--virtual", "--json"), 0).json()["state"] == "none", "nothing there")


def test_a_newer_iso_by_dd_keeps_the_data_and_restore_puts_the_entries_back(place):
    path, _, _ = made_stick(place)
    with data_of(place, path) as top:
        (top / "images" / "large.img.zst").write_bytes(b"IMAGE" * MIB)
    with records_of(place, path) as top:
        (top / "registry.db").write_bytes(b"RECORDS")
    length = table_of(path)[1][4][1]
    newer = make_iso(place, "newer.iso", "Regain 0.2.0 (test)", 9 * MIB)
    witnesses.run("dd", f"if={newer}", f"of={path}", "bs=1M", "conv=notrunc,fsync")
    check(sorted(table_of(path)[1]) == [1, 2], "dd takes the entries away")
    device = place.loop(path)
    check(expect(place.regain("stick", "show", device, "--json"), 0).json()["state"] == "entries-missing", "seen")
    _, before = untouched(path)
    says(expect(place.regain("stick", "restore", device), 0), "back in its table")
    _, after = untouched(path)
    check(before[1:] == after[1:], "restore wrote more than the first sector")
    for number in (3, 4):
        check(pathlib.Path(f"{device}p{number}").exists() or pathlib.Path("/run/udev/control").exists(),
              f"the kernel does not show partition {number}")
    check(table_of(path)[1][3] == (RECORDS, RECORDS_LENGTH, "83") and table_of(path)[1][4] == (DATA, length, "7"), table_of(path))
    iso_is_on(path, newer)
    says(expect(place.regain("stick", "restore", device), 0), "nothing was written")
    place.detach(device)
    with data_of(place, path, "ro") as top:
        check((top / "images" / "large.img.zst").read_bytes() == b"IMAGE" * MIB, "the image is gone")
    with records_of(place, path, "ro") as top:
        check((top / "registry.db").read_bytes() == b"RECORDS", "the records are gone")


def test_restore_works_while_the_stick_is_in_use(place):
    """As at every start of the live system: the medium is mounted, and nothing may be disturbed."""
    path, iso, _ = made_stick(place)
    witnesses.run("dd", f"if={iso}", f"of={path}", "bs=1M", "conv=notrunc,fsync")
    device = place.loop(path)
    expect(place.regain("stick", "restore", device), 0)
    if not pathlib.Path(device + "p3").exists():
        raise Skip("this machine shows no partitions of loop devices")
    top = place.place / "records"
    top.mkdir()
    subprocess.run(["mount", device + "p3", top], check=True)
    place.mounts.append(str(top))
    (top / "registry.db").write_bytes(b"RECORDS")
    says(expect(place.regain("stick", "restore", device), 0), "nothing was written")
    witnesses.run("dd", f"if={iso}", f"of={device}", "bs=1M", "conv=notrunc,fsync", "oflag=direct")
    says(expect(place.regain("stick", "restore", device), 0), "back in its table")
    # The records stay mounted while a newer ISO is written; everything else refuses this drive.
    newer = make_iso(place, "newer.iso", "Regain 0.2.0 (test)")
    expect(place.regain("stick", "update", device, "--iso", newer), 0)
    says(expect(place.regain("stick", "create", device, "--iso", newer, "--confirm", device), 3), "mounted")
    says(expect(place.regain("wipe", device, "--confirm", device), 3), "mounted")
    check((top / "registry.db").read_bytes() == b"RECORDS", "the records are gone")


def test_an_update_keeps_table_and_data(place):
    path, _, _ = made_stick(place)
    with data_of(place, path) as top:
        (top / "jobs" / "job.toml").write_text("lot = \"7\"\n")
    label, rows = table_of(path)
    newer = make_iso(place, "newer.iso", "Regain 0.2.0 (test)", 3 * MIB)
    report = expect(place.regain("stick", "update", path, "--virtual", "--iso", newer, "--json"), 0).json()
    check(report["command"] == "update" and report["result"] == "complete", report)
    iso_is_on(path, newer)
    check({number: table_of(path)[1][number] for number in (3, 4)} == {number: rows[number] for number in (3, 4)}, table_of(path))
    with data_of(place, path, "ro") as top:
        check((top / "jobs" / "job.toml").read_text() == "lot = \"7\"\n", "the job is gone")
    witnesses.run("fsck.exfat", "-n", place.loop(path, "--offset", str(DATA), "--sizelimit", str(rows[4][1])))


def test_an_update_is_refused_where_there_is_no_stick_or_its_system_is_in_use(place):
    need_exfat()
    iso = make_iso(place)
    other = old_drive(place, "other.raw", STICK)
    before = untouched(other)
    says(expect(place.regain("stick", "update", other, "--virtual", "--iso", iso), 3), "not at their places")
    says(expect(place.regain("stick", "restore", other, "--virtual"), 3), "no partition table")
    check(untouched(other) == before, "it was written to")
    path = stick_file(place)
    expect(place.regain("stick", "create", path, "--virtual", "--iso", iso, "--confirm", path), 0)
    device = place.loop(path)
    expect(place.regain("stick", "restore", device), 0)
    if subprocess.run(["partx", "--add", "--nr", "1", device], stderr=subprocess.DEVNULL).returncode != 0 and not pathlib.Path(device + "p1").exists():
        raise Skip("this machine shows no partitions of loop devices")
    # Somebody reads the live system's partition, as a mount of it would.
    reader = place.loop(device + "p1")
    says(expect(place.regain("stick", "update", device, "--iso", iso), 3), reader)
    expect(place.regain("stick", "restore", device), 0)


def test_create_refuses_before_it_writes(place):
    need_exfat()
    iso = make_iso(place)
    small = old_drive(place, "stick.raw", 64 * MIB)

    def refused(status, *words, drive=small, phrase=""):
        before = untouched(drive)
        says(expect(place.regain("stick", "create", "--virtual", *words, drive), status), phrase)
        check(untouched(drive) == before, f"{words} wrote")

    confirmed = ("--confirm", small)
    refused(3, "--iso", iso, *confirmed, phrase="are needed")
    refused(2, *confirmed, phrase="--iso is needed")
    refused(5, "--iso", "/no/such.iso", *confirmed)
    cut = place.place / "cut.iso"
    cut.write_bytes(iso.read_bytes()[:MIB])
    refused(4, "--iso", cut, *confirmed, phrase="cut short")
    other = make_iso(place, "debian.iso", "Debian GNU/Linux 13")
    refused(4, "--iso", other, *confirmed, phrase="not a live system of Regain's")
    huge = place.place / "huge.iso"
    huge.write_bytes(iso.read_bytes())
    with open(huge, "r+b") as file:
        file.truncate(1024 * MIB + 2048)
    refused(3, "--iso", huge, *confirmed, phrase="has room for")
    image = place.place / "no.img.zst"
    image.write_bytes(b"x" * MIB)
    refused(4, "--iso", iso, "--image", image, *confirmed)
    job = place.place / "job.toml"
    job.write_text("donnor = \"typo\"\n")
    refused(4, "--iso", iso, "--job", job, *confirmed)
    large = old_drive(place, "large.raw", STICK)
    refused(3, "--iso", iso, drive=large, phrase="no confirmation")
    refused(3, "--iso", iso, "--confirm", "WRONG", drive=large, phrase="belongs to none")


def test_a_profile_and_a_job_are_on_the_stick(place):
    need_exfat()
    job = place.place / "lot.toml"
    job.write_text("schema = \"regain.job/1\"\ndonor = \"Mairie\"\n")
    path, _, report = made_stick(place, "--profile", SOURCE / "profiles" / "essentiel.toml", "--job", job)
    by_path = {file["path"]: file for file in report["files"]}
    check(by_path["jobs/job.toml"]["sha256"] == hashlib.sha256(job.read_bytes()).hexdigest(), by_path)
    check(all(file["read_back"] for file in report["files"]), report["files"])
    with data_of(place, path, "ro") as top:
        check((top / "jobs" / "job.toml").read_bytes() == job.read_bytes(), "another job")
        expect(place.regain("profile", "check", top / "profiles" / "essentiel.toml"), 0)


def test_a_stick_that_fails_in_the_middle_says_how_far_it_came_and_starts_nothing(place):
    """What is under the stick runs out of room while the file systems are made."""
    need_exfat()
    iso = make_iso(place)
    small = place.small_tmpfs("small", 26 * MIB)
    path = small / "stick.raw"
    with open(path, "wb") as file:
        file.write(iso.read_bytes()[:512])  # something to start from, before
        file.truncate(STICK)
    result = place.regain("stick", "create", path, "--virtual", "--iso", iso, "--confirm", path, "--json")
    report = expect(result, 1).json()
    check(report["result"] == "incomplete" and report["errors"], report)
    results = [step["result"] for step in report["steps"]]
    check(results[0] == "done" and results.count("failed") == 1 and results[-1] == "not-done", results)
    with open(path, "rb") as file:
        check(file.read(512) == bytes(512), "its first sector is not empty")
    check(expect(place.regain("stick", "show", path, "--virtual", "--json"), 0).json()["iso"]["found"] is False, "nothing to start")


def test_an_interrupted_creation_starts_nothing_and_can_be_done_again(place):
    need_exfat()
    iso = make_iso(place, size=400 * MIB)
    path = stick_file(place)
    process = place.start("stick", "create", path, "--virtual", "--iso", iso, "--confirm", path)
    # As soon as something of the ISO is there, behind its head.
    wanted = iso.read_bytes()[200 * MIB:200 * MIB + 32]
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        with open(path, "rb") as file:
            file.seek(200 * MIB)
            if file.read(32) == wanted:
                break
        time.sleep(0.02)
    interrupt(process)
    result = finish(process, timeout=120)
    if result.status == 0:
        raise Skip("it was done before it could be interrupted")
    says(expect(result, 130), "NOT a complete stick")
    with open(path, "rb") as file:
        check(file.read(512) == bytes(512), "its first sector is not empty")
    check(not any(str(path) in line for line in subprocess.run(["losetup", "-l", "-O", "BACK-FILE"], stdout=subprocess.PIPE, text=True).stdout.splitlines()),
          "a loop device is left")
    expect(place.regain("stick", "create", path, "--virtual", "--iso", iso, "--confirm", path), 0)
    iso_is_on(path, iso)
