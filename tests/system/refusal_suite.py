"""Bad input: each gets its exit status, a sentence that says what to do, and loses nothing."""

import os
import pty
import shutil
import signal
import subprocess
import time

import witnesses
from workshop import MIB, REGAIN, check, expect, finish, interrupt, need, says, unprivileged

MARKER = b"OLD-DATA-MARKER-"


def untouched(path, size=16 * MIB):
    found = witnesses.count_marker(path, MARKER)
    check(found == size // len(MARKER), f"{path}: only {found} markers of {size // len(MARKER)} are left")


def wipe(place, drive, *options, **more):
    return place.regain("wipe", "--confirm", drive, *options, drive, **more)


def test_a_mounted_drive_is_refused(place):
    path = place.file("fs.img", 16 * MIB)
    witnesses.run("mke2fs", "-q", "-F", "-t", "ext4", path)
    drive = place.loop(path)
    mount_point = place.place / "mnt"
    mount_point.mkdir()
    subprocess.run(["mount", drive, mount_point], check=True)
    place.mounts.append(str(mount_point))
    (mount_point / "file").write_bytes(MARKER)
    says(expect(wipe(place, drive), 3), "mounted", str(mount_point))
    check((mount_point / "file").read_bytes() == MARKER, "the file is gone")


def test_one_protected_drive_refuses_the_whole_command(place):
    good = place.drive("good.raw", 16 * MIB)
    path = place.file("fs.img", 16 * MIB)
    witnesses.run("mke2fs", "-q", "-F", path)
    bad = place.loop(path)
    mount_point = place.place / "mnt"
    mount_point.mkdir()
    subprocess.run(["mount", bad, mount_point], check=True)
    place.mounts.append(str(mount_point))
    expect(place.regain("wipe", "--confirm", good, "--confirm", bad, good, bad), 3)
    untouched(good)


def test_swap_in_use_is_refused(place):
    path = place.file("swap.img", 16 * MIB)
    witnesses.run("mkswap", path)
    drive = place.loop(path)
    if subprocess.run(["swapon", drive], stderr=subprocess.DEVNULL).returncode != 0:
        from workshop import Skip
        raise Skip("swapon is not permitted here")
    try:
        says(expect(wipe(place, drive), 3), "swap")
    finally:
        subprocess.run(["swapoff", drive], check=True)


def test_a_drive_with_the_running_system_is_refused(place):
    listed = expect(place.regain("drives", "--json"), 0).json()["drives"]
    system = [d for d in listed if any(p["reason"] in ("system-root", "mounted", "boot-medium") for p in d["protected"])]
    if not system:
        from workshop import Skip
        raise Skip("this system's root is on no drive that is visible here")
    expect(wipe(place, system[0]["path"]), 3)


def test_a_read_only_drive_is_refused(place):
    drive = place.loop(place.file("ro.img", 16 * MIB, MARKER), "--read-only")
    says(expect(wipe(place, drive), 3), "read-only")
    untouched(drive)


def test_a_path_that_does_not_exist(place):
    says(expect(wipe(place, "/dev/no-such-drive"), 5), "/dev/no-such-drive")


def test_an_unknown_serial(place):
    expect(wipe(place, "NO-SUCH-SERIAL-42"), 5)


def test_a_directory(place):
    says(expect(wipe(place, str(place.place)), 2), "directory")


def test_a_file_without_virtual(place):
    path = place.file("disk.img", 16 * MIB, MARKER)
    says(expect(wipe(place, str(path)), 2), "--virtual")
    untouched(path)


def test_a_file_that_backs_a_loop_device(place):
    path = place.file("disk.img", 16 * MIB, MARKER)
    drive = place.loop(path)
    says(expect(wipe(place, str(path), "--virtual"), 3), drive)
    link = place.place / "another-name.img"
    os.link(path, link)
    expect(wipe(place, str(link), "--virtual"), 3)
    untouched(path)


def test_a_partition_is_not_a_drive(place):
    path = place.file("disk.img", 64 * MIB)
    subprocess.run(["sfdisk", "--quiet", str(path)], input="label: gpt\nsize=32MiB\n", text=True, check=True)
    drive = place.loop(path, "--partscan")
    subprocess.run(["partx", "--add", drive], stderr=subprocess.DEVNULL)
    if not os.path.exists(drive + "p1"):
        from workshop import Skip
        raise Skip("this kernel shows no partitions of loop devices")
    says(expect(wipe(place, drive + "p1"), 3), drive)


def test_no_confirmation(place):
    drive = place.drive(size=16 * MIB)
    says(expect(place.regain("wipe", drive), 3), "--confirm")
    untouched(drive)


def test_a_wrong_confirmation(place):
    drive = place.drive(size=16 * MIB)
    expect(place.regain("wipe", "--confirm", "WD-12345", drive), 3)
    expect(place.regain("wipe", "--confirm", drive, "--confirm", "WD-12345", drive), 3)
    untouched(drive)


def test_the_same_drive_twice(place):
    drive = place.drive(size=16 * MIB)
    expect(place.regain("wipe", "--confirm", drive, drive, drive), 2)
    untouched(drive)


def test_a_level_that_no_plan_can_reach(place):
    drive = place.drive(size=16 * MIB)
    expect(wipe(place, drive, "--policy", "purge"), 3)
    expect(wipe(place, drive, "--policy", "purge", "--verify", "none"), 2)
    untouched(drive)


def test_wrong_options(place):
    drive = place.drive(size=16 * MIB)
    for words in (["--policy", "destroy"], ["--verify", "maybe"], ["--method", "magic"], ["--no-such-option"], ["--progress", "loud"]):
        expect(wipe(place, drive, *words), 2)
    expect(place.regain("no-such-command"), 2)
    expect(place.regain("wipe"), 2)
    untouched(drive)


def start_on_a_terminal(place, *words):
    """Starts regain with a terminal on standard input and error; gives the process and the terminal's master side."""
    master, slave = pty.openpty()
    environment = {**os.environ, "REGAIN_STATE_DIR": str(place.state), "REGAIN_LANG": "en"}
    process = subprocess.Popen([REGAIN, *map(str, words)], stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True)
    os.close(slave)
    return process, master


def read_until(master, phrase, seconds=20):
    text, end = b"", time.monotonic() + seconds
    os.set_blocking(master, False)
    while phrase not in text:
        check(time.monotonic() < end, f"{phrase!r} did not appear in {text!r}")
        try:
            text += os.read(master, 4096)
        except BlockingIOError:
            time.sleep(0.02)
        except OSError:
            break
    return text


def test_a_drive_that_was_swapped_under_its_path(place):
    """Same path, same size, no serial on either: only diskseq differs."""
    first = place.file("first.img", 16 * MIB, MARKER)
    second = place.file("second.img", 16 * MIB, MARKER)
    drive = place.loop(first)
    process, master = start_on_a_terminal(place, "wipe", drive)
    read_until(master, b"confirm")
    place.detach(drive)
    subprocess.run(["losetup", drive, second], check=True)
    place.loops.append(drive)
    os.write(master, drive.encode() + b"\n")
    text = read_until(master, b"\x00never", 20) if process.poll() is None else b""
    check(process.wait(timeout=20) == 3, f"status {process.returncode}: {text!r}")
    os.close(master)
    untouched(first)
    untouched(second)


def test_a_confirmation_typed_on_the_terminal(place):
    drive = place.drive(size=16 * MIB)
    process, master = start_on_a_terminal(place, "wipe", "--no-certificate", drive)
    read_until(master, b"confirm")
    os.write(master, b"yes\n")
    check(process.wait(timeout=20) == 3, f"status {process.returncode}")
    untouched(drive)
    process, master = start_on_a_terminal(place, "wipe", "--no-certificate", drive)
    read_until(master, b"confirm")
    os.write(master, drive.encode() + b"\n")
    read_until(master, b"\x00never", 30)
    check(process.wait(timeout=30) == 0, f"status {process.returncode}")


def test_a_drive_that_stops_taking_writes_in_the_middle(place):
    """The loop device's file lies on a file system that fills up: writes fail with an I/O error half-way."""
    need("mount")
    small = place.small_tmpfs("small", "24M")
    backing = small / "drive.raw"
    with open(backing, "wb") as file:
        file.truncate(64 * MIB)
    drive = place.loop(backing)
    report = expect(wipe(place, drive, "--json", "--method", "random"), 1).json()["wipes"][0]
    check(report["verdict"] == "not-erased", report["verdict"])
    check(report["unwritable"] or report["errors"], "the report names no sector and no error")
    payloads = [witnesses.verify_jws(path.read_text(), witnesses.station_key(place.state)) for path in (place.state / "certificates").glob("*.jws")]
    check(len(payloads) == 1 and "failure" in payloads[0]["kind"], f"{payloads}")


def test_a_worker_that_is_killed_leaves_a_report(place):
    drive = place.drive(size=512 * MIB)
    process = place.start("wipe", "--json", "--confirm", drive, "--method", "random", drive)
    end = time.monotonic() + 30
    victims = []
    while not victims and time.monotonic() < end:
        time.sleep(0.01)
        # The journal is there when the drive is held and the first write is about to come.
        if list((place.state / "journals").glob("*.json")):
            victims = subprocess.run(["pgrep", "-P", str(process.pid)], stdout=subprocess.PIPE, text=True).stdout.split()
    check(victims, "no worker process was seen")
    time.sleep(0.2)
    os.kill(int(victims[0]), signal.SIGKILL)
    result = expect(finish(process), 1)
    record = result.json()["wipes"][0]
    check(record["verdict"] == "not-erased" and record["errors"], record)
    expect(place.regain("registry", "verify"), 0)


def test_ctrl_c_in_the_middle_of_a_wipe(place):
    drive = place.drive(size=1024 * MIB)
    process = place.start("wipe", "--json", "--confirm", drive, "--method", "random", "--progress", "json", drive)
    for line in process.stderr:
        if '"overwrite"' in line:  # a fast machine is through with it in less than half a second
            break
    interrupt(process)
    result = expect(finish(process), 130)
    record = result.json()["wipes"][0]
    check(record["interrupted"] and record["verdict"] == "not-erased", record)
    check(0 <= record["bytes_written"] < 1024 * MIB, record["bytes_written"])
    expect(place.regain("registry", "verify"), 0)
    says(expect(place.regain("registry", "list"), 0), "outcome")


def test_ctrl_c_at_the_confirmation(place):
    drive = place.drive(size=16 * MIB)
    process, master = start_on_a_terminal(place, "wipe", drive)
    read_until(master, b"confirm")
    os.killpg(process.pid, signal.SIGINT)
    check(process.wait(timeout=10) == 130, f"status {process.returncode}")
    untouched(drive)


def test_a_full_state_directory(place):
    drive = place.drive(size=16 * MIB)
    full = place.small_tmpfs("full", "256k")
    says(expect(wipe(place, drive, state=full / "state"), 5), "space")
    untouched(drive)


def test_a_state_directory_that_is_a_file(place):
    drive = place.drive(size=16 * MIB)
    path = place.place / "not-a-directory"
    path.write_text("x")
    expect(wipe(place, drive, state=path), 5)
    untouched(drive)


def test_a_report_file_that_cannot_be_written(place):
    drive = place.drive(size=16 * MIB)
    result = wipe(place, drive, "-o", "/no/such/directory/report.json")
    check(result.status in (2, 5), result)
    untouched(drive)


def test_a_report_never_takes_the_place_of_something_else(place):
    drive = place.drive(size=16 * MIB)
    path = place.file("virtual.img", 16 * MIB, MARKER)
    expect(place.regain("station", "init"), 0)
    for target in (drive, "/dev/null", place.state / "registry.db", ""):
        expect(wipe(place, drive, "-o", target), 2)
    expect(wipe(place, str(path), "--virtual", "-o", path), 2)
    untouched(drive)
    untouched(path)
    check(os.path.exists("/dev/null") and not os.path.isfile("/dev/null"), "/dev/null was replaced")


def test_surplus_operands_are_wrong_usage(place):
    for words in (["drives", "foo"], ["station", "show", "foo"], ["registry", "list", "foo"]):
        expect(place.regain(*words), 2)


def test_no_root(place):
    drive = place.drive(size=16 * MIB)
    os.chmod(place.place, 0o755)
    # Where the sources lie, nobody may be allowed to look (/root).
    program = shutil.copy(REGAIN, place.place / "regain")
    with unprivileged() as nobody:
        says(expect(wipe(place, drive, "--plan", program=program, **nobody), 5), "root")
    untouched(drive)


def test_a_missing_program(place):
    need("mmdebstrap")
    profile = place.place
    result = place.regain("image", "build", str(witnesses_profile()), "-o", profile / "x.img.zst", env={"PATH": str(place.place)})
    # /usr/sbin and /sbin are always searched, /usr/bin only through PATH: mmdebstrap lies in /usr/bin.
    says(expect(result, 5), "mmdebstrap")
    check(not (profile / "x.img.zst").exists(), "half an image was left")


def witnesses_profile():
    from workshop import SOURCE
    return SOURCE / "profiles" / "essentiel.toml"


def test_a_profile_with_a_typo(place):
    import shutil
    from workshop import SOURCE
    copy = place.place / "profiles"
    shutil.copytree(SOURCE / "profiles", copy)
    path = copy / "essentiel.toml"
    expect(place.regain("profile", "check", path), 0)
    lines = path.read_text().splitlines()
    position = next(i for i, line in enumerate(lines) if line.startswith("packages"))
    lines[position] = lines[position].replace("packages", "pakages", 1)
    path.write_text("\n".join(lines) + "\n")
    says(expect(place.regain("profile", "check", path), 4), "pakages", str(position + 1))


def test_a_job_with_a_typo(place):
    drive = place.drive(size=16 * MIB)
    job = place.place / "job.toml"
    job.write_text('schema = "regain.job/1"\ndonor = "Mairie"\ndoner = "x"\n')
    says(expect(wipe(place, drive, "--job", job), 4), "doner", "3")
    untouched(drive)


def test_a_job_file_that_is_missing(place):
    drive = place.drive(size=16 * MIB)
    expect(wipe(place, drive, "--job", "/no/such/job.toml"), 5)
    untouched(drive)
