#!/usr/bin/env python3
"""stick_run.py --iso FILE --image FILE --trust PEM --regain FILE [TEST...]: a stick is made as a technician makes it, and
software PCs start from it without a hand on their keyboards. Then the drives and the stick are looked at from outside.

The stick is a loop device over a file, so this needs root, exfatprogs and exfat-fuse. Each test takes five to fifteen
minutes: ctest skips them unless REGAIN_VM_LIVE=1. Exit status as run.py. Environment instead
of options: REGAIN_VM_ISO, REGAIN_VM_OLDER_ISO, REGAIN_VM_IMAGE, REGAIN_VM_TRUST, REGAIN_BINARY, REGAIN_VM_ARTIFACTS;
REGAIN_VM_PATIENCE multiplies every time limit.

A power cut is the end of QEMU: what the PC's memory held is lost, what it had sent to a drive is not; but for one test,
where the caches of the drive and of the stick die as well (volatile_drive.py).
"""

import base64
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import disk as disks  # noqa: E402
import live_run  # noqa: E402
import qemu  # noqa: E402
import run  # noqa: E402
import volatile_drive  # noqa: E402
from run import Failure, Skip, expect  # noqa: E402

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
MARKER = b"SECRET-OF-THE-DONOR-"
MIB = 1 << 20
STICK_BYTES = 3 << 30
TARGET_BYTES = 8 << 30
SMALL_BYTES = 256 << 20
RECORDS_OFFSET, RECORDS_BYTES = 1024 * MIB, 128 * MIB  # docs/stick-format.md
DATA_OFFSET = RECORDS_OFFSET + RECORDS_BYTES
JOB = """schema = "regain.job/1"
donor = "Mairie d'essai"
lot = "VM"
operator = "Hirondelle"
[line]
allow = ["wipe", "deploy"]
drives = "all"
profile = "essentiel"
deploy_to = "automatic"
method = "zero"
answers = "first-start.conf"
then = "poweroff"
"""
WIPE_JOB = """schema = "regain.job/1"
donor = "Mairie d'essai"
lot = "VM"
operator = "Hirondelle"
[line]
allow = ["wipe"]
drives = "all"
method = "zero"
then = "poweroff"
"""
SLOW = 8 * MIB  # bytes a second, of a drive whose power is cut
INTERRUPTED = "interrompu"


def pieces(path):
    """The parts of a sparse file that hold something: (offset, bytes)."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        position = 0
        while position < size:
            try:
                position = os.lseek(file.fileno(), position, os.SEEK_DATA)
            except OSError:
                return
            end = os.lseek(file.fileno(), position, os.SEEK_HOLE)
            while position < end:
                file.seek(position)
                content = file.read(min(16 * MIB, end - position))
                yield position, content
                position += len(content)


def count_marker(path):
    """Occurrences on a disk; one on the border of two pieces is found with what the piece before ended with."""
    found, rest = 0, b""
    for _, content in pieces(path):
        found += (rest + content).count(MARKER)
        rest = content[-(len(MARKER) - 1):]
    return found


def used_drive(path, size):
    """A drive with the marker at its beginning, in its middle and at its end."""
    block = (MARKER * (MIB // len(MARKER) + 1))[:MIB]
    with open(path, "wb") as file:
        file.truncate(size)
        for position in (0, size // 2, size - 32 * MIB):
            file.seek(position)
            for _ in range(32):
                file.write(block)
    return path


def drive_with_files(path, size, room):
    """A file system with a donor's files on it."""
    files = pathlib.Path(room) / "donor-files"
    files.mkdir(exist_ok=True)
    for number in range(50):
        (files / f"courrier-{number}.txt").write_bytes(MARKER * 5000)
    with open(path, "wb") as file:
        file.truncate(size)
    disks.run("mke2fs", "-q", "-t", "ext4", "-d", str(files), path)
    return path


class StickWorkshop(live_run.Workshop):
    """What the tests are given: a stick, the drives of a donor, and a look at both from outside."""

    def make_stick(self, iso=None, job=JOB):
        """`regain stick create` as a technician types it, onto a loop device."""
        stick = os.path.join(self.room, "stick.raw")
        with open(stick, "wb") as file:
            file.truncate(STICK_BYTES)
        job_file = pathlib.Path(self.room) / "job.toml"
        job_file.write_text(job)
        system = []
        if "deploy" in job:
            os.rename(run.answer_file(self), job_file.with_name("first-start.conf"))
            system = ["--image", self.options.image, "--profile", str(TOP / "profiles/essentiel.toml"), "--trust", self.options.trust]
        with self.loop(stick) as device:
            command = ["stick", "create", device, "--iso", iso or self.options.iso, "--job", str(job_file), "--confirm", device]
            result = self.regain(*command, *system)
            expect(result.returncode == 0, f"stick create ended with {result.returncode}:\n{result.stdout}")
        return stick

    def regain(self, *words):
        return subprocess.run([self.options.regain, *words, "--state-dir", os.path.join(self.room, "host-state")],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=disks.ENVIRONMENT, text=True)

    @contextlib.contextmanager
    def loop(self, path, *options):
        device = disks.run("losetup", "--find", "--show", *options, path).decode().strip()
        try:
            yield device
        finally:
            disks.run("losetup", "--detach", device)

    @contextlib.contextmanager
    def mounted(self, stick, offset, size, *mount):
        place = os.path.join(self.room, f"at-{offset}")
        os.makedirs(place, exist_ok=True)
        limit = ["--sizelimit", str(size)] if size else []
        with self.loop(stick, "--read-only", "--offset", str(offset), *limit) as device:
            disks.run(*mount, device, place)
            try:
                yield pathlib.Path(place)
            finally:
                disks.run("umount", place)

    def data_of(self, stick):
        """The partition REGAIN, as any other computer shows it."""
        return self.mounted(stick, DATA_OFFSET, None, "mount.exfat-fuse", "-o", "ro")

    def records_of(self, stick):
        return self.mounted(stick, RECORDS_OFFSET, RECORDS_BYTES, "mount", "-t", "ext4", "-o", "ro,noload")

    def donors(self):
        room = self.room
        return [(drive_with_files(os.path.join(room, "sata.raw"), SMALL_BYTES, room), "sata", False),
                (used_drive(os.path.join(room, "nvme.raw"), TARGET_BYTES), "nvme", False),
                (used_drive(os.path.join(room, "virtio.raw"), SMALL_BYTES), "virtio", False)]

    def start_line(self, stick, donors, firmware="bios", memory_mib=1024):
        if firmware != "bios" and qemu.firmware_files(firmware) is None:
            raise Skip(f"no OVMF firmware for {firmware} (Debian packages: ovmf, ovmf-ia32)")
        return LinePc(self, [(stick, "usb", False), *donors], firmware, memory_mib)


class LinePc(live_run.LivePc):
    """A PC that works by itself; its screens are kept as pictures where --artifacts says."""

    shown = ""
    was_done = False  # the green page was there

    def look(self):
        """What stands on the screen now; nothing once the PC is off."""
        try:
            text, picture = self.screen_text(), self.screenshot()
        except (RuntimeError, OSError, ValueError):
            return ""
        if text != self.shown and self.workshop.options.artifacts:
            name = f"{self.workshop.current}-{int(time.monotonic() - self.started):05}.png"
            qemu.write_png(os.path.join(self.workshop.options.artifacts, name), picture)
        self.shown = text
        self.was_done = self.was_done or "TERMINÉ" in text
        return text

    def watch_for(self, pattern, seconds):
        """The screen on which `pattern` stands."""
        deadline = time.monotonic() + seconds * self.workshop.patience
        while self.process.poll() is None and time.monotonic() < deadline:
            text = self.look()
            if re.search(pattern, text):
                return text
            time.sleep(0.5)
        raise Failure(f"“{pattern}” did not come; the screen:\n{self.shown}")

    def wait_until_off(self, seconds, checks=True):
        deadline = time.monotonic() + seconds * self.workshop.patience
        while self.process.poll() is None:
            self.look()
            if time.monotonic() > deadline:
                raise Failure("the PC did not switch itself off; its screen:\n" + self.shown)
            time.sleep(1)
        expect(not checks or "FAILED" not in self.shown, "something failed on the way down:\n" + self.shown)

    def watch_to_the_end(self, seconds):
        """Until the PC switches itself off, after the green page."""
        self.wait_until_off(seconds)
        expect(self.was_done, "it went off without the green page; the last screen:\n" + self.shown)

    def cut_power(self):
        self.process.kill()
        self.process.wait()


def check_certificates(workshop, stick, at_least):
    """What lies on REGAIN is believed by the host, with the station's certificate that lies beside it."""
    with workshop.data_of(stick) as data:
        folder = data / "certificates"
        found = sorted(folder.glob("*.pdf"))
        expect(len(found) >= at_least, f"{at_least} certificates should be there: {found}")
        anchors = sorted(folder.glob("ST-*.pem"))
        expect(len(anchors) == 1, f"the station's certificate: {anchors}")
        for pdf in found:
            for file in (pdf, pdf.with_suffix(".jws")):
                result = workshop.regain("certificate", "verify", str(file), "--trust", str(anchors[0]))
                expect(result.returncode == 0, f"{file.name}: {result.stdout}")
            says = disks.run("pdfsig", "-nocert", str(pdf)).decode()
            expect("Signature is Valid" in says and "Total document signed" in says, says)
            if workshop.options.artifacts:
                shutil.copy(pdf, workshop.options.artifacts)
        return [pdf.name for pdf in found]


def check_records(workshop, stick):
    """The stick's own records: a sound file system, a registry whose every row is right, no job left open."""
    with workshop.loop(stick, "--read-only", "--offset", str(RECORDS_OFFSET), "--sizelimit", str(RECORDS_BYTES)) as device:
        disks.run("e2fsck", "-fn", device)
    with workshop.records_of(stick) as records:
        copy = os.path.join(workshop.room, "records")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(records, copy, ignore=shutil.ignore_patterns("lost+found", "images"))
        expect(not list((records / "journals").glob("*.json")), "a job is still open")
    result = subprocess.run([workshop.options.regain, "registry", "verify", "--state-dir", copy], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, env=disks.ENVIRONMENT, text=True)
    expect(result.returncode == 0, "registry verify: " + result.stdout)


def check_donors(donors):
    for path, kind, _ in donors:
        expect(count_marker(path) == 0, f"something of the donor's is left on the {kind} drive")


def check_login(workshop, deployed, firmware):
    """The deployed disk alone starts to a login in French, without a question."""
    with run.Watched(workshop, deployed, firmware, snapshot=False) as machine:
        machine.wait_for_screen("login:", 300)
        machine.log_in_on_serial(run.USER, run.PASSWORD)
        expect("LANG=fr_FR.UTF-8" in machine.shell("locale"), "the session is not in French")


def whole_line(workshop, firmware):
    stick, donors = workshop.make_stick(), workshop.donors()
    expect(all(count_marker(path) for path, _, _ in donors), "the drives hold nothing to erase")
    with workshop.start_line(stick, donors, firmware) as pc:
        pc.watch_for("commence dans", 600)
        first_screen = time.monotonic() - pc.started
        pc.watch_to_the_end(900)
        print(f"    {workshop.current}: announced after {first_screen:.0f} s, off after {time.monotonic() - pc.started:.0f} s",
              flush=True)
    check_donors(donors)
    check_certificates(workshop, stick, 4)  # three drives and the machine's sheet
    check_records(workshop, stick)
    os.remove(stick)
    check_login(workshop, donors[1][0], firmware)


def the_line_by_bios(workshop):
    """BIOS: three drives are erased, one gets the system, the PC goes off; everything is confirmed from outside."""
    whole_line(workshop, "bios")


def the_line_by_uefi(workshop):
    """The same by UEFI."""
    whole_line(workshop, "uefi")


def the_line_by_secure_boot(workshop):
    """The same by UEFI with Secure Boot: the kernel is locked down."""
    whole_line(workshop, "secure")


def the_line_by_uefi_of_32_bits(workshop):
    """The same by UEFI of 32 bits."""
    whole_line(workshop, "uefi32")


def start_again(pc, stage):
    """The next start tells what was interrupted, on which drive, and one confirmation starts it again."""
    text = pc.watch_for(INTERRUPTED, 600)
    expect("VM2" in text or "nvme" in text, "the screen does not name the drive:\n" + text)
    expect(stage in text, f"“{stage}” is not on the screen:\n{text}")
    print("    " + "\n    ".join(line for line in text.splitlines() if line.strip()), flush=True)
    pc.press("1")  # start it again


def two_power_cuts(workshop):
    """The power goes in the middle of the wipe, and again in the middle of the deployment; then all is brought to its end."""
    stick, donors = workshop.make_stick(), workshop.donors()
    with workshop.start_line(stick, donors) as pc:
        pc.watch_for(r"nvme0n1 .*écrasement.* [2-9]\d%", 700)
        pc.cut_power()
    with workshop.start_line(stick, donors) as pc:
        start_again(pc, "effaçait")
        pc.watch_for(r"nvme0n1 +écriture.* [1-9]\d%", 900)
        pc.cut_power()
    with workshop.start_line(stick, donors) as pc:
        start_again(pc, "installait")
        pc.watch_to_the_end(900)
    check_donors(donors)
    check_certificates(workshop, stick, 2)
    check_records(workshop, stick)
    check_login(workshop, donors[1][0], "bios")


def cut_with_caches(pc, *drives):
    """How many sectors only the caches of these drives held."""
    cached = [drive.lose_power() for drive in drives]
    pc.cut_power()
    for drive in drives:
        drive.cut_power()
    return cached


def resumption_told(workshop, stick):
    """What the drive's certificate on REGAIN says of its interruptions."""
    with workshop.data_of(stick) as data:
        for file in (data / "certificates").glob("*.jws"):
            payload = file.read_bytes().split(b".")[1]
            certificate = json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
            erasure = certificate.get("erasure", {})
            for item in erasure.get("evidence", []):
                if item["kind"] == "resumption":
                    return erasure["verdict"], item["facts"]
    raise Failure("no certificate tells of a resumption")


def power_cuts_that_empty_the_caches(workshop):
    """From the stick, four cuts during a wipe that take the caches of the drive and of the stick with them: it goes on each time."""
    stick = workshop.make_stick(job=WIPE_JOB)
    donor = used_drive(os.path.join(workshop.room, "sata.raw"), SMALL_BYTES)
    write, read = r"sd[ab] .*écrasement.* ", r"sd[ab] .*relecture.* "
    moments = [write + r"[1-3]\d%", write + r"[4-6]\d%", write + r"[3-9]\d%", read + r"[1-8]\d%"]
    with volatile_drive.VolatileDrive(stick, 11) as medium, volatile_drive.VolatileDrive(donor, 12, SLOW) as drive:
        for number, moment in enumerate([*moments, None]):
            with workshop.start_line(medium, [(drive, "sata", False)]) as pc:
                if number:
                    text = pc.watch_for(INTERRUPTED, 600)
                    expect("effaçait" in text and "VM1" in text, "the screen does not name the job and the drive:\n" + text)
                    pc.press("1")
                if moment is None:
                    pc.wait_until_off(900)
                    expect(pc.was_done, "it went off without the green page:\n" + pc.shown)
                    cut_with_caches(pc, drive, medium)
                    break
                line = re.search(moment, pc.watch_for(moment, 700))[0]
                cached = cut_with_caches(pc, drive, medium)
                print(f"    cut {number + 1} at “{line}”: not flushed were {cached[0]} sectors of the drive, {cached[1]} of the stick",
                      flush=True)
        print(f"    {drive.lost} sectors of the drive and {medium.lost} of the stick were lost", flush=True)
        expect(drive.lost, "nothing was lost: these were no power cuts")
    with open(donor, "rb") as file:
        expect(not any(any(block) for block in iter(lambda: file.read(MIB), b"")), "not all of the drive is zero")
    check_certificates(workshop, stick, 1)
    check_records(workshop, stick)
    verdict, facts = resumption_told(workshop, stick)
    print(f"    {verdict}, resumed {facts['resumed']} times", flush=True)
    expect(verdict == "cleared" and facts["resumed"] == len(moments), f"{verdict}: {facts}")
    expect(all(check["begun_anew"] == "no" for check in facts["checks"]), f"a flushed sector was lost: {facts}")


def version_on(machine):
    return machine.ask("cat /etc/regain-live").strip()


def a_newer_iso_by_dd(workshop):
    """An older stick has done its work; the newer ISO is written over it as any ISO: the data are there, it runs."""
    if not workshop.options.older_iso:
        raise Skip("no older ISO (--older-iso)")
    stick, donors = workshop.make_stick(workshop.options.older_iso), workshop.donors()
    with workshop.start_line(stick, donors) as pc:
        pc.watch_for("TERMINÉ", 1200)
        pc.wait_until_off(120, checks=False)  # what the older one does on its way down is its own
    before = check_certificates(workshop, stick, 4)
    with workshop.loop(stick) as device:
        disks.run("dd", f"if={workshop.options.iso}", f"of={device}", "bs=4M", "conv=fsync,notrunc")
    with workshop.start_line(stick, donors) as pc:
        # This stick has done these drives already: it asks before it does them again.
        pc.watch_for("déjà", 700)
        pc.press("ctrl", "alt", "f2")
        pc.wait_for("root@", 60)
        expect("stick /dev/" in pc.ask("cat /run/regain/records"), "the records are not on the stick")
        version, images = version_on(pc), pc.ask("ls /var/lib/regain/images")
        print(f"    {workshop.current}: runs {version}", flush=True)
        expect(os.path.basename(workshop.options.image) in images, "the images are gone:\n" + images)
        uuid = disks.run("blkid", "-p", "-o", "value", "-s", "UUID", workshop.options.iso).decode().strip()
        expect(uuid in pc.ask("cat /run/regain/boot-medium"), "the older system was started")
        pc.ask("regain registry verify")
        pc.type("poweroff\n")
        pc.wait_until_off(120)
    expect(check_certificates(workshop, stick, 4) == before, "certificates have changed")


TESTS = [the_line_by_bios, the_line_by_uefi, the_line_by_secure_boot, the_line_by_uefi_of_32_bits, two_power_cuts,
         power_cuts_that_empty_the_caches, a_newer_iso_by_dd]


def reason_to_skip_all(options):
    for name in ("iso", "image", "trust", "regain"):
        path = getattr(options, name)
        if not path:
            return f"--{name} was not given"
        if not os.path.exists(path):
            return f"{path} is not there"
    for program in ("qemu-system-x86_64", "xorriso", "unsquashfs", "mke2fs", "losetup", "mount.exfat-fuse", "pdfsig"):
        if shutil.which(program, path=disks.ENVIRONMENT["PATH"]) is None:
            return f"the program {program} is missing"
    return None if os.geteuid() == 0 else "loop devices need root"


def make_ready(options):
    if options.artifacts:
        os.makedirs(options.artifacts, exist_ok=True)


def main(arguments):
    older_iso = ("--older-iso", "REGAIN_VM_OLDER_ISO", "an older one")
    wanted = [run.ISO, older_iso, run.IMAGE, run.TRUST, run.REGAIN, run.ARTIFACTS]
    return run.run_program(__doc__, arguments, wanted, TESTS, StickWorkshop, reason_to_skip_all, make_ready)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
