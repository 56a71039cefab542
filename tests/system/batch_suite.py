"""`regain batch`: drives that are there and drives that come later, each with its own confirmation and certificate."""

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
import threading
import time

import witnesses
from workshop import MIB, REGAIN, Result, check, expect, interrupt, says

MARKER = b"OLD-DATA-MARKER-"


class Batch:
    """`regain batch` with a pipe to type into; what it says is read as it comes."""

    def __init__(self, place, *words):
        self.process = place.start("batch", "--progress", "none", *words, stdin=subprocess.PIPE)
        self.text, self.out = "", ""
        self.lock = threading.Lock()
        self.readers = [threading.Thread(target=self.read, args=(stream, is_out), daemon=True)
                        for stream, is_out in ((self.process.stdout, True), (self.process.stderr, False))]
        for reader in self.readers:
            reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def read(self, stream, is_out):
        for line in stream:
            with self.lock:
                self.text += line
                if is_out:
                    self.out += line

    def wait_for(self, *phrases, seconds=60):
        end = time.monotonic() + seconds
        for phrase in phrases:
            while True:
                with self.lock:
                    if re.search(phrase, self.text):
                        break
                check(time.monotonic() < end and (self.process.poll() is None or any(r.is_alive() for r in self.readers)),
                      f"{phrase!r} did not appear in:\n{self.text}")
                time.sleep(0.05)
        return self

    def type(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def end(self, status, seconds=90):
        self.process.stdin.close()
        self.process.wait(timeout=seconds)
        for reader in self.readers:
            reader.join(timeout=10)
        check(self.process.returncode == status, f"expected status {status}, got {self.process.returncode}:\n{self.text}")
        return self


def certificates_of(place):
    """Path of the drive → what its certificate says, each verified by `regain certificate verify`."""
    found = {}
    for jws in sorted((place.state / "certificates").glob("*.jws")):
        expect(place.regain("certificate", "verify", jws), 0)
        payload = witnesses.verify_jws(jws.read_text().strip(), witnesses.station_key(place.state))
        found.setdefault(payload["drive"]["path"], []).append(payload)
    return found


def is_untouched(path, size):
    return witnesses.count_marker(path, MARKER) == size // len(MARKER)


def test_batch_erases_drives_as_they_come_and_each_has_its_certificate(place):
    first = place.drive("first.raw", 32 * MIB)
    second = place.file("second.raw", 32 * MIB, MARKER)
    bystander = place.file("bystander.raw", 16 * MIB, MARKER)
    with Batch(place, "--virtual", "--json", "--donor", "Mairie", second, bystander) as batch:
        batch.wait_for(f"type {first}\n", f"type {second}\n", f"type {bystander}\n")
        batch.type("WD-123")
        batch.wait_for("no drive that is here has this serial")
        batch.type(first)
        batch.wait_for(f"{first}: recorded as")
        # Plugged in while it runs.
        third = place.drive("third.raw", 16 * MIB)
        batch.wait_for(f"type {third}\n")
        batch.type(third)
        batch.type(second)
        batch.wait_for(f"{third}: recorded as", f"{second}: recorded as")
        batch.type(first)
        batch.wait_for("had its turn in this run already")
        batch.type("")
        batch.wait_for("type q, or an empty line once more")  # the bystander waits
        batch.type("")
        batch.end(0)
    report = json.loads(batch.out)
    check(report["schema"] == "regain.wipe-report/1", report["schema"])
    erased = {wipe["drive"]["path"]: wipe["verdict"] for wipe in report["wipes"]}
    check(erased == {first: "cleared", str(second): "cleared", third: "cleared"}, erased)
    for path in (first, second, third):
        check(witnesses.count_marker(path, MARKER) == 0, f"markers are left on {path}")
    check(is_untouched(bystander, 16 * MIB), "a drive that nobody confirmed was written to")
    certificates = certificates_of(place)
    check(sorted(certificates) == sorted(erased), certificates.keys())
    kinds = [record["kind"] for record in expect(place.regain("registry", "list", "--json"), 0).json()["records"]]
    check(kinds.count("intent") == 3 and kinds.count("outcome") == 3, f"each drive has an intent of its own: {kinds}")
    check(not list((place.state / "journals").glob("*.json")), "a journal is left")


def test_batch_never_takes_what_is_mounted(place):
    drive = place.drive("mounted.raw", 16 * MIB)
    subprocess.run(["mkfs.ext4", "-q", drive], check=True)
    point = place.place / "point"
    point.mkdir()
    subprocess.run(["mount", drive, point], check=True)
    place.mounts.append(str(point))
    with Batch(place, "--virtual") as batch:
        batch.wait_for(f"erase {drive}: it is mounted")
        batch.type(drive)
        batch.end(3)
    says_again = batch.text.count(f"erase {drive}: it is mounted")
    check(says_again == 2, f"the line was not answered: {batch.text}")
    subprocess.run(["umount", point], check=True)
    place.mounts.remove(str(point))
    expect(subprocess_result(["e2fsck", "-fn", drive]), 0)


def test_batch_looks_again_when_a_drive_that_was_mounted_is_typed(place):
    drive = place.drive("mounted.raw", 16 * MIB)
    subprocess.run(["mkfs.ext4", "-q", drive], check=True)
    point = place.place / "point"
    point.mkdir()
    subprocess.run(["mount", drive, point], check=True)
    place.mounts.append(str(point))
    with Batch(place, "--virtual") as batch:
        batch.wait_for(f"erase {drive}: it is mounted")
        subprocess.run(["umount", point], check=True)
        place.mounts.remove(str(point))
        batch.type(drive)
        batch.wait_for(f"type {drive}\n")
        check(batch.text.count("it is mounted") == 1, f"an answer of before: {batch.text}")
        batch.type(drive)
        batch.wait_for(f"{drive}: recorded as")
        batch.type("q")
        batch.end(0)
    check(witnesses.count_marker(drive, MARKER) == 0, "markers are left")


def test_batch_obeys_what_a_program_types_before_the_drives_are_planned(place):
    drive = place.file("drive.raw", 16 * MIB, MARKER)
    result = expect(place.regain("batch", "--virtual", "--json", drive, stdin=None, input=f"{drive}\n"), 0)
    check([wipe["verdict"] for wipe in result.json()["wipes"]] == ["cleared"], result)
    check(witnesses.count_marker(drive, MARKER) == 0, "markers are left")


def test_batch_counts_an_allowed_drive_that_is_protected_as_refused(place):
    drive = place.drive("mounted.raw", 16 * MIB)
    subprocess.run(["mkfs.ext4", "-q", drive], check=True)
    point = place.place / "point"
    point.mkdir()
    subprocess.run(["mount", drive, point], check=True)
    place.mounts.append(str(point))
    says(expect(place.regain("batch", "--virtual", "--auto", "--allow", drive), 3), "it is mounted")
    other = place.file("other.raw", 16 * MIB, MARKER)
    expect(place.regain("batch", "--virtual", "--auto", "--allow", drive, "--allow", other, other), 1)
    check(witnesses.count_marker(other, MARKER) == 0, "the other one waited for it")


def test_batch_refuses_a_label_number_that_is_mistyped(place):
    drive = place.file("drive.raw", 16 * MIB, MARKER)
    numbers = place.place / "numbers"
    numbers.write_text(f"{drive} TOO-SHORT\n")
    says(place.regain("batch", "--virtual", "--psid", numbers, drive), "32 letters and digits")
    numbers.write_text("ABCD" * 8 + "\n")
    says(expect(place.regain("batch", "--virtual", "--psid", numbers, drive), 2), "serial before its number")
    check(is_untouched(drive, 16 * MIB), "it was written to")


def subprocess_result(command):
    return Result(subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))


def test_batch_starts_by_itself_only_what_is_allowed(place):
    allowed = place.file("allowed.raw", 16 * MIB, MARKER)
    other = place.file("other.raw", 16 * MIB, MARKER)
    expect(place.regain("batch", "--auto"), 2)
    expect(place.regain("batch", "--allow", "X"), 2)
    result = expect(place.regain("batch", "--auto", "--allow", allowed, "--virtual", "--json", allowed, other), 0)
    report = result.json()
    check([wipe["drive"]["path"] for wipe in report["wipes"]] == [str(allowed)], report)
    says(result, "is erased without a question")
    check(is_untouched(other, 16 * MIB), "a drive that is not in the list was written to")


def test_batch_takes_a_drive_by_its_port_when_it_is_plugged_in_later(place):
    path = place.file("later.raw", 16 * MIB, MARKER)
    free = subprocess.run(["losetup", "--find"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    with Batch(place, "--virtual", "--auto", "--allow", free) as batch:
        batch.wait_for("A line with q ends this")
        time.sleep(1)
        subprocess.run(["losetup", free, path], check=True)
        place.loops.append(free)
        batch.wait_for(f"{free} is erased without a question", f"{free}: recorded as")
        batch.type("q")
        batch.end(0)
    check(witnesses.count_marker(path, MARKER) == 0, "markers are left")


def test_batch_reports_a_drive_that_is_pulled_out_and_goes_on_with_the_others(place):
    pulled = place.file("pulled.raw", 1536 * MIB, MARKER)
    other = place.drive("other.raw", 64 * MIB)
    with Batch(place, "--virtual", "--method", "random", "--json", pulled) as batch:
        batch.wait_for(f"type {pulled}\n", f"type {other}\n")
        batch.type(pulled)
        batch.wait_for(f"{pulled}: write markers: done")
        batch.type(other)
        os.truncate(pulled, 4096)
        os.unlink(pulled)
        # A file system tells nobody that a file is gone; a loop device that comes makes it look again.
        place.drive("bell.raw", MIB)
        batch.wait_for("was pulled out, lost its power or failed while it was being erased", f"{other}: recorded as", f"{pulled}: recorded as", seconds=120)
        batch.type("q")
        batch.end(1)
    verdicts = {wipe["drive"]["path"]: wipe["verdict"] for wipe in json.loads(batch.out)["wipes"]}
    check(verdicts == {str(pulled): "not-erased", other: "cleared"}, verdicts)
    certificates = certificates_of(place)
    check(sorted(certificates) == sorted(verdicts), "a report is missing")


def test_batch_that_is_interrupted_leaves_a_record(place):
    drive = place.file("long.raw", 1536 * MIB, MARKER)
    with Batch(place, "--virtual", "--method", "random", "--json", drive) as batch:
        batch.wait_for(f"type {drive}\n")
        batch.type(drive)
        batch.wait_for(f"{drive}: write markers: done")
        interrupt(batch.process)
        batch.process.wait(timeout=60)
        batch.end(130)
    record = json.loads(batch.out)["wipes"][0]
    check(record["interrupted"] and record["verdict"] == "not-erased", record)
    check(len(certificates_of(place)) == 1, "no record")


def test_batch_on_a_terminal_shows_a_line_for_each_drive_and_what_is_typed(place):
    drive = place.file("drive.raw", 32 * MIB, MARKER)
    pid, terminal = pty.fork()
    if pid == 0:
        environment = {**os.environ, "REGAIN_STATE_DIR": str(place.state), "REGAIN_LANG": "fr", "TERM": "linux"}
        os.execve(os.path.abspath(REGAIN), ["regain", "batch", "--virtual", str(drive)], environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 80, 0, 0))
    text = b""

    def wait_for(phrase, seconds=60):
        nonlocal text
        end = time.monotonic() + seconds
        while phrase.encode() not in text:
            check(time.monotonic() < end, f"{phrase!r} did not appear in {text.decode(errors='replace')}")
            if select.select([terminal], [], [], 0.2)[0]:
                text += os.read(terminal, 4096)

    wait_for(f"tapez {drive}")
    os.write(terminal, str(drive).encode()[:5])
    wait_for("q pour finir\u00a0: " + str(drive)[:5])
    os.write(terminal, b"\x1c")  # Ctrl-\\ would leave the terminal without echo
    os.write(terminal, b"\x15" + str(drive).encode() + b"\r\n")  # as a barcode scanner ends its line
    wait_for("enregistré")
    check("encore une ligne vide" not in text.decode(errors="replace"), "one line of a scanner was taken for two")
    os.write(terminal, b"q\n")
    end = time.monotonic() + 60
    with_status = None
    while with_status is None:
        check(time.monotonic() < end, "it did not end")
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                text += os.read(terminal, 4096)
            except OSError:
                pass
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            with_status = os.waitstatus_to_exitcode(status)
    try:
        while select.select([terminal], [], [], 0)[0]:
            text += os.read(terminal, 4096)
    except OSError:
        pass  # its end
    os.close(terminal)
    check(with_status == 0, f"status {with_status}: {text.decode(errors='replace')}")
    check(witnesses.count_marker(drive, MARKER) == 0, "markers are left")
