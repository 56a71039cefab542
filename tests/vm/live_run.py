#!/usr/bin/env python3
"""live_run.py [--iso FILE] [TEST...]: software PCs start the live system, each with drives of a donor in it.

Judged on what stands on the screen, read with the console's own font: the first console, and the second one, on which
commands are typed. The donor's drives are compared with what they were before. Exit status: 0 all passed, 1 one failed,
77 nothing could be tried. Environment instead of options: REGAIN_VM_ISO, REGAIN_VM_ARTIFACTS; REGAIN_VM_PATIENCE
multiplies every time limit.
"""

import hashlib
import os
import re
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import console_reader  # noqa: E402
import disk as disks  # noqa: E402
import qemu  # noqa: E402
from run import ARTIFACTS, ISO, Failure, Skip, expect, run_program  # noqa: E402

FONT = "usr/share/consolefonts/Uni2-Fixed16.psf.gz"
SECOND_CONSOLE = "seconde console"
MENU_COLOURS = (b"\x55\xff\x55", b"\x54\xfe\x54")  # light-green, with 32 bits for a pixel and with 24
DONOR_BYTES = 64 << 20
BOOT_MEDIUM = "démarré"  # in the words of `regain drives` for what the system was started from


class Workshop:
    """What the tests are given, and the drives that they make."""

    def __init__(self, options, room):
        self.options, self.room = options, room
        self.patience = float(os.environ.get("REGAIN_VM_PATIENCE", "1"))
        self.font = console_reader.Font(self._console_font())

    def _console_font(self):
        """The very font that the live system's consoles show."""
        squashfs = os.path.join(self.room, "filesystem.squashfs")
        disks.run("xorriso", "-osirrox", "on", "-indev", self.options.iso, "-extract", "/live/filesystem.squashfs", squashfs)
        try:
            return disks.run("unsquashfs", "-cat", squashfs, FONT)
        finally:
            os.remove(squashfs)

    def donor_drives(self):
        """A SATA, an NVMe and a virtio drive that somebody used: a file system whose journal wants to be played back
        (mounting it would write), swap, and a member of an LVM set."""
        made = []
        for kind in ("sata", "nvme", "virtio"):
            path = os.path.join(self.room, f"donor-{kind}.raw")
            with open(path, "wb") as file:
                file.truncate(DONOR_BYTES)
            made.append((path, kind, False))
        disks.run("mke2fs", "-q", "-t", "ext4", made[0][0])
        disks.run("debugfs", "-w", "-R", "feature needs_recovery", made[0][0])
        disks.run("mkswap", made[1][0])
        with open(made[2][0], "r+b") as file:
            file.seek(512)
            file.write(b"LABELONE" + (1).to_bytes(8, "little") + bytes(8) + b"LVM2 001")
        return made

    def start(self, medium, firmware, memory_mib=1024, donors=()):
        if firmware != "bios" and qemu.firmware_files(firmware) is None:
            raise Skip(f"no OVMF firmware for {firmware} (Debian packages: ovmf, ovmf-ia32)")
        return LivePc(self, [medium, *donors], firmware, memory_mib)


def content_digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class LivePc(qemu.Machine):
    def __init__(self, workshop, drives, firmware, memory_mib, cards=()):
        super().__init__(drives, firmware, memory_mib, cards=cards)
        self.workshop, self.started = workshop, time.monotonic()

    def __exit__(self, kind, *rest):
        artifacts = self.workshop.options.artifacts
        if artifacts and hasattr(self, "qmp_input") and self.process.poll() is None:
            self._keep_evidence(os.path.join(artifacts, self.name()))
        super().__exit__(kind, *rest)

    def name(self):
        """What its artifacts are called."""
        return self.workshop.current

    def _keep_evidence(self, name):
        os.makedirs(os.path.dirname(name), exist_ok=True)
        try:
            qemu.write_png(name + ".png", self.screenshot())
            with open(name + ".txt", "w") as file:
                file.write(self.screen_text() + "\n")
        except Exception as error:  # evidence must not hide the failure that it is about
            print(f"    no evidence kept: {error}")

    def screen_text(self):
        return "\n".join(console_reader.read_text(self.screenshot(), self.workshop.font))

    def wait_for(self, words, seconds):
        self.wait_until(lambda: words in self.screen_text(), seconds * self.workshop.patience, f"“{words}” on the screen")

    def shows_menu(self):
        """GRUB's menu, by the colour of the chosen line (its letters are of another font)."""
        pixels = self.screenshot()[2]
        return any(pixels.count(colour) > 1000 for colour in MENU_COLOURS)

    def pass_menu(self):
        """Chooses the first entry. Any other key would stop the countdown, and the machine would wait for ever."""
        self.wait_until(self.shows_menu, 300 * self.workshop.patience, "GRUB's menu")
        self.press("ret")
        self.wait_until(lambda: not self.shows_menu(), 60 * self.workshop.patience, "the end of GRUB's menu")

    def reach_second_console(self):
        """Presses the keys until the console is there: the kernel takes them as soon as it runs."""
        self.pass_menu()

        def there():
            text = self.screen_text()
            if SECOND_CONSOLE in text:
                return True
            if "(initramfs)" in text:
                raise Failure("the start ended in the initramfs:\n" + text)
            self.press("ctrl", "alt", "f2")
            time.sleep(2)
            return False
        self.wait_until(there, 600 * self.workshop.patience, "the second console")
        self.seconds_to_console = time.monotonic() - self.started

    def first_console(self):
        """What stands on the technician's screen once it is there."""
        self.press("ctrl", "alt", "f1")
        self.wait_for("Regain - que faire de cet ordinateur", 240)
        text = self.screen_text()
        if self.workshop.options.artifacts:
            os.makedirs(self.workshop.options.artifacts, exist_ok=True)
            name = os.path.join(self.workshop.options.artifacts, self.workshop.current)
            qemu.write_png(name + "-first.png", self.screenshot())
        self.press("ctrl", "alt", "f2")
        self.wait_for("root@", 60)
        return text

    def ask(self, command, seconds=120):
        """What a command prints, typed on the second console."""
        self.type("clear\n")
        time.sleep(0.5)
        # Cleared once more when the command was read: on a screen of 80 columns it can take two lines.
        self.type(f"clear; {command}; echo fin''i\n")
        self.wait_until(lambda: re.search(r"^fini$", self.screen_text(), re.M), seconds * self.workshop.patience,
                        f"the answer to “{command}”")
        return re.sub(r"^fini\n.*", "", self.screen_text() + "\n", flags=re.M | re.S)


def names_by_serial(machine):
    """The names that the kernel gave the drives; QEMU's serials say which is which (VM0 is the medium)."""
    pairs = [line.split() for line in machine.ask("lsblk -dnro NAME,SERIAL").splitlines()]
    return {pair[1]: "/dev/" + pair[0] for pair in pairs if len(pair) == 2}


def check_drives(machine, medium, donors):
    """`regain drives`: the medium is protected as what the system was started from, the donor's drives are candidates."""
    text = machine.ask("regain drives")
    entries = re.split(r"^(?=/dev/)", text.replace("\n/dev", "\n\n/dev"), flags=re.M)  # a long line goes on below
    lines = {entry.split()[0]: "".join(entry.split()) for entry in entries if entry.startswith("/dev/")}
    # A CD is no drive that could be wiped: it may be missing from the list.
    expect(medium in lines or medium.startswith("/dev/sr"), f"{medium} is not in the list:\n{text}")
    expect(medium not in lines or BOOT_MEDIUM in lines[medium], f"the boot medium {medium} could be chosen:\n{text}")
    for name in donors:
        expect(name in lines, f"{name} is not in the list:\n{text}")
        expect(BOOT_MEDIUM not in lines[name], f"{name} is taken for the boot medium:\n{text}")


def check_nothing_was_touched(machine, names, donors, before):
    """Nothing of the donor's is mounted, swapped to or assembled, and no byte of it has changed."""
    uses = machine.ask("lsblk -nro TYPE,MOUNTPOINTS " + " ".join(names)).split()
    expect(uses == ["disk"] * len(names), f"something of the donor's is in use: {uses}")
    machine.ask("sync")
    for path, _, _ in donors:
        expect(content_digest(path) == before[path], f"{os.path.basename(path)} was written to")


def say_figures(machine):
    text = machine.ask("free -m")
    found = re.search(r"^Mem\S*" + r"\s+(\d+)" * 6, text, re.M)
    expect(found, f"free says something else:\n{text}")
    print(f"    {machine.workshop.current}: second console after {machine.seconds_to_console:.0f} s; memory in MiB: "
          f"{found[1]}, used {found[2]}, available {found[6]}", flush=True)


def start_and_check(workshop, medium, firmware, memory_mib=1024, more=None):
    """One start, and what every start must show; `more(machine)` is tried in the same machine."""
    donors = workshop.donor_drives()
    before = {path: content_digest(path) for path, _, _ in donors}
    with workshop.start(medium, firmware, memory_mib, donors) as machine:
        machine.reach_second_console()
        machine.first_console()
        names = names_by_serial(machine)
        others = [names[f"VM{number}"] for number in (1, 2, 3)]
        check_drives(machine, "/dev/sr0" if medium[1] == "cdrom" else names["VM0"], others)
        check_nothing_was_touched(machine, others, donors, before)
        failed = machine.ask("systemctl --failed --no-legend")
        expect(not failed.strip(), f"a service failed:\n{failed}")
        say_figures(machine)
        if more:
            more(machine, names.get("VM0"))


def is_locked_down(machine, _):
    expect("[integrity]" in machine.ask("cat /sys/kernel/security/lockdown"), "the kernel is not locked down")


def starts_a_copy_in_memory_by_secure_boot(workshop):
    """UEFI with Secure Boot, from a stick, 2 GiB: the system copies itself to RAM; the stick stays protected."""
    def more(machine, stick):
        is_locked_down(machine, stick)
        expect(stick not in machine.ask("findmnt -nlo SOURCE"), "the stick is still mounted")
        expect("UUID=" in machine.ask("cat /run/regain/boot-medium"), "the medium was not written down")
    start_and_check(workshop, (workshop.options.iso, "usb"), "secure", 2048, more)


def starts_from_a_cd_by_bios(workshop):
    """BIOS, from a CD, 1 GiB: too little for a copy; the CD stays mounted and is never a candidate."""
    def more(machine, _):
        expect("/run/live/medium" in machine.ask("findmnt -no TARGET /dev/sr0"), "the CD is not where live-boot keeps it")
        expect("none no-stick" in machine.ask("cat /run/regain/records"), "the records go somewhere")
    start_and_check(workshop, (workshop.options.iso, "cdrom"), "bios", more=more)


def starts_from_a_stick_by_bios(workshop):
    """BIOS, from a stick, 1 GiB: the first partition is mounted, so that its neighbours can be."""
    def more(machine, stick):
        expect(f"{stick}1" in machine.ask("findmnt -no SOURCE /run/live/medium"), "not started from the first partition")
    start_and_check(workshop, (workshop.options.iso, "usb"), "bios", more=more)


def starts_by_uefi(workshop):
    """UEFI without Secure Boot, from a stick."""
    start_and_check(workshop, (workshop.options.iso, "usb"), "uefi")


def starts_from_a_cd_by_secure_boot(workshop):
    """UEFI with Secure Boot, from a CD."""
    start_and_check(workshop, (workshop.options.iso, "cdrom"), "secure", more=is_locked_down)


def starts_by_uefi_of_32_bits(workshop):
    """UEFI of 32 bits with a processor of 64, as some tablets and netbooks have it."""
    start_and_check(workshop, (workshop.options.iso, "usb"), "uefi32")


def starts_in_512_mib(workshop):
    """The least memory that is tried."""
    start_and_check(workshop, (workshop.options.iso, "usb"), "bios", 512)


def starts_as_a_file_by_loopback(workshop):
    """A stick of another kind (FAT) holds the ISO as a file; its GRUB starts it by loopback.cfg."""
    def more(machine, stick):
        expect(f"{stick}1" in machine.ask("findmnt -no SOURCE /run/live/findiso"), "the ISO's file system is not mounted")
    start_and_check(workshop, (loopback_stick(workshop), "usb"), "bios", more=more)


def loopback_stick(workshop, offset=1 << 20):
    """What a multi-boot stick does, in essence: a GRUB in the MBR, a FAT file system, the ISO in a folder."""
    if not os.path.isdir("/usr/lib/grub/i386-pc") or shutil.which("grub-mkimage") is None:
        raise Skip("no GRUB to make a multi-boot stick with (Debian packages: grub-pc-bin, grub-common)")
    stick = os.path.join(workshop.room, "multi.raw")
    with open(stick, "wb") as file:
        file.truncate(offset + os.path.getsize(workshop.options.iso) + (64 << 20))
    disks.run("sfdisk", "-q", stick, input=b"label: dos\nstart=2048, type=c, bootable\n")
    disks.run("mkfs.vfat", "-F", "32", "--offset", "2048", stick)
    disks.run("mmd", "-i", f"{stick}@@{offset}", "::/isos")
    disks.run("mcopy", "-i", f"{stick}@@{offset}", workshop.options.iso, "::/isos/regain.iso")
    config, core = os.path.join(workshop.room, "early.cfg"), os.path.join(workshop.room, "core.img")
    with open(config, "w") as file:
        file.write("set iso_path=/isos/regain.iso\nexport iso_path\nloopback loop (hd0,msdos1)$iso_path\nset root=loop\n"
                   "configfile /boot/grub/loopback.cfg\n")
    disks.run("grub-mkimage", "-O", "i386-pc", "-p", "/boot/grub", "-c", config, "-o", core, "biosdisk", "part_msdos", "fat",
              "iso9660", "loopback", "normal", "configfile", "linux", "search", "search_fs_uuid", "echo", "test", "all_video",
              "vbe", "gfxterm", "font", "gzio", "halt", "reboot")
    install_boot_code(stick, core)
    return stick


def install_boot_code(stick, core):
    """GRUB's boot.img in the MBR and its core behind it, as grub-bios-setup places them."""
    with open("/usr/lib/grub/i386-pc/boot.img", "rb") as file:
        boot = bytearray(file.read())
    with open(core, "rb") as file:
        image = bytearray(file.read())
    expect(len(image) < (2047 << 9), "GRUB's core is too large for the gap")
    boot[0x5C:0x64] = (1).to_bytes(8, "little")        # the sector where the core begins
    boot[0x66:0x68] = b"\x90\x90"                      # use the drive that the BIOS names
    image[500:508] = (2).to_bytes(8, "little")         # the first block list: what follows the core's first sector
    image[508:510] = ((len(image) + 511) // 512 - 1).to_bytes(2, "little")
    with open(stick, "r+b") as file:
        file.write(boot[:440])
        file.seek(512)
        file.write(image)


TESTS = [starts_a_copy_in_memory_by_secure_boot, starts_from_a_cd_by_bios, starts_from_a_stick_by_bios, starts_by_uefi,
         starts_from_a_cd_by_secure_boot, starts_by_uefi_of_32_bits, starts_as_a_file_by_loopback, starts_in_512_mib]


def reason_to_skip_all(options):
    if not options.iso:
        return "no ISO was given (--iso)"
    if not os.path.exists(options.iso):
        return f"{options.iso} is not there"
    for program in ("qemu-system-x86_64", "xorriso", "unsquashfs", "mke2fs", "debugfs", "mkswap", "sfdisk", "mcopy"):
        if shutil.which(program, path=disks.ENVIRONMENT["PATH"]) is None:
            return f"the program {program} is missing"
    return None


def main(arguments):
    return run_program(__doc__, arguments, [ISO, ARTIFACTS], TESTS, Workshop, reason_to_skip_all)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
