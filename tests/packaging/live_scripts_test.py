#!/usr/bin/env python3
"""live_scripts_test.py SOURCE NAME: the live system's shell scripts on a made-up machine, without root.

Their text runs as it is, save that /sys, /run/regain and /var/lib/regain lead into a directory of the test, and that
the programs that look at drives are stand-ins.
"""

import hashlib
import io
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

SOURCE = pathlib.Path(sys.argv[1])
UUID = "2026-11-22-08-00-00-00"
USB = "pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host{0}/target{0}:0:0/{0}:0:0:0/block"
SATA = "pci0000:00/0000:00:17.0/ata{0}/host{0}/target{0}:0:0/{0}:0:0:0/block"
EMMC = "pci0000:00/0000:00:1c.0/mmc_host/mmc{0}/mmc{0}:0001/block"

FAKES = {
    "udevadm": "exit 0",
    "regain": "exit 3",
    "e2fsck": "exit 0",
    "mount": 'case "$*" in *exfat*) [ ! -e "$ROOM/no-exfat" ] ;; esac',
    "lsblk": 'for entry in "$ROOM"/sys/class/block/*; do [ -e "$entry/partition" ] || echo "${entry##*/} disk"; done',
    "curl": 'while [ "$1" != --output ]; do shift; done; cp "$ROOM/answer.tar" "$2" 2>/dev/null',
    "blkid": 'cat "$ROOM/content/${6##*/}.$5" 2>/dev/null',
    "od": 'cat "$ROOM/content/${9##*/}.at$6" 2>/dev/null',
    "debugfs": 'echo "${5##*/}" >>"$ROOM/mended"',
}


def check(condition, words):
    if not condition:
        raise SystemExit(f"FAILED: {words}")


class Machine:
    def __init__(self, room):
        self.room = pathlib.Path(room)
        for name in ("sys/class/block", "content", "bin", "run", "state"):
            (self.room / name).mkdir(parents=True)
        for name, body in FAKES.items():
            program = self.room / "bin" / name
            program.write_text(f"#!/bin/sh\n{body}\n")
            program.chmod(0o755)

    def block(self, directory, name, **attributes):
        place = directory / name
        place.mkdir(parents=True)
        for attribute, value in {"size": 1000, "removable": 0, "ro": 0, **attributes}.items():
            (place / attribute).write_text(f"{value}\n")
        (self.room / "sys/class/block" / name).symlink_to(place)
        return place

    def content(self, name, **fields):
        for field, value in fields.items():
            (self.room / "content" / f"{name}.{field}").write_text(f"{value}\n")

    def drive(self, name, kind, number, parts=0):
        directory = self.room / "sys/devices" / kind.format(number)
        drive = self.block(directory, name, diskseq=number)
        if kind == EMMC:
            (directory.parent / "type").write_text("MMC\n")
        for part in range(1, parts + 1):
            self.block(drive, f"{name}{'p' if name[-1].isdigit() else ''}{part}", partition=part)
        return drive

    def with_iso(self, name, kind, number):
        """A drive that somebody wrote the ISO to."""
        self.drive(name, kind, number, 1)
        for each in (name, name + "1"):
            self.content(each, TYPE="iso9660", UUID=UUID)

    def with_records(self, name, kind, number):
        self.drive(name, kind, number, 4)
        self.content(name, TYPE="iso9660", UUID=UUID)
        self.content(f"{name}{'p' if name[-1].isdigit() else ''}3", TYPE="ext4", LABEL="REGAIN-REC")

    def run(self, shell, text):
        environment = {**os.environ, "ROOM": str(self.room), "PATH": f"{self.room}/bin:{os.environ['PATH']}"}
        text = text.replace("/sys/class/block", f"{self.room}/sys/class/block")
        text = text.replace("/proc/cmdline", f"{self.room}/cmdline").replace("/dev/console", f"{self.room}/console")
        text = text.replace("/run/regain", f"{self.room}/run").replace("/var/lib/regain", f"{self.room}/state")
        return subprocess.run([*shell, "-c", text], env=environment, capture_output=True, text=True, timeout=60, check=False)

    def from_network(self, *names, server="http://10.77.0.1:8080"):
        """Started from the network; the server answers with these files (without any: not at all)."""
        (self.room / "cmdline").write_text(f"boot=live regain.server={server} quiet\n")
        if names:
            with tarfile.open(self.room / "answer.tar", "w") as archive:
                for name in names:
                    entry = tarfile.TarInfo(name)
                    entry.size = 3
                    archive.addfile(entry, io.BytesIO(b"abc"))

    def medium(self):
        """What the initramfs finds, and after how many looks."""
        text = (SOURCE / "boot-media/initramfs/scripts/live-premount/regain-medium").read_text()
        functions = text[text.index("# RAM that has"):text.index("mkdir -p /run/regain /conf")]
        result = self.run(["sh"], functions + f"\nsleep() {{ :; }}\nuuid={UUID} iso=''\n"
                          'if find_medium; then echo "$device $seconds"; else echo none; fi\n')
        return result.stdout.strip()

    def fetch_system(self, answers):
        """What the initramfs makes of a server that tells a file's size only that many times; a and b hold three bytes each."""
        scripts = SOURCE / "boot-media/initramfs/scripts"
        text = (scripts / "live-premount/regain-network").read_text()
        functions = (scripts / "regain-functions").read_text() + text[text.index("LIST="):text.index("server=$(parameter")]
        digest = hashlib.sha256(b"abc").hexdigest()
        (self.room / "run/sha256sum.txt").write_text(f"{digest}  live/a\n{digest}  live/b\n")
        wget = self.room / "bin/wget"
        wget.write_text('#!/bin/sh\nwhile [ "$1" != -O ]; do shift; done\nsleep 0.2\nprintf abc >"$2"\n')
        wget.chmod(0o755)
        counted = (f'size_of() {{ echo >>"$ROOM/asked"; if [ "$(wc -l <"$ROOM/asked")" -le {answers} ]; then echo 3; fi; }}\n'
                   "sleep() { :; }\nserver=http://server files='a b'\n")
        result = self.run(["dash"], functions + counted + 'if fetch_system; then echo read; else echo "not now"; fi\n')
        return result.stdout.strip()

    def records(self, boot_device=""):
        network = (self.room / "cmdline").exists()
        (self.room / "run/boot-medium").write_text("NONE=network\n" if network else f"UUID={UUID}\n")
        (self.room / "run/boot-device").write_text(boot_device + "\n")
        self.run(["bash"], (SOURCE / "boot-media/live/usr/lib/regain/records").read_text())
        return (self.room / "run/records").read_text().strip()


def initramfs_prefers_a_stick_to_the_donors_own_disk(machine):
    machine.with_iso("sda", SATA, 1)
    machine.with_iso("sdb", USB, 5)
    check(machine.medium() == "/dev/sdb1 0", machine.medium())


def initramfs_takes_a_disk_when_nothing_else_came_up(machine):
    machine.with_iso("sda", SATA, 1)
    machine.drive("mmcblk0", EMMC, 2, 1)
    machine.content("mmcblk0p1", TYPE="iso9660", UUID="2001-01-01-00-00-00-00")
    check(machine.medium() == "/dev/sda1 15", machine.medium())


def initramfs_goes_on_when_the_server_is_away_in_the_middle(machine):
    # A sum with nothing in it ends the whole script, and the machine with it: "not now" is tried again.
    check(machine.fetch_system(answers=2) == "read", "the sizes are known by then")
    (machine.room / "asked").unlink()
    check(machine.fetch_system(answers=1) == "not now", "a server that is away is no end")


def records_go_onto_the_boot_stick(machine):
    machine.with_records("sda", USB, 5)
    check(machine.records("sda 5") == "stick /dev/sda", "not by the device that was started from")
    check(machine.records("sda 4") == "stick /dev/sda", "not by the only one that holds the medium")
    check((machine.room / "run/data").is_dir(), "no place for the data")


def records_with_a_torn_superblock_are_mended(machine):
    """Half of it was written when the power went: blkid knows no file system there any more."""
    machine.with_records("sda", USB, 5)
    for field in ("TYPE", "LABEL"):
        (machine.room / f"content/sda3.{field}").unlink()
    check(machine.records("sda 5") == "none no-stick", "nothing tells that these are records")
    (machine.room / "content/sda3.at1080").write_text(" 53 ef\n")
    (machine.room / "content/sda3.at1144").write_text(" 53 4f 4d 45 42 4f 44 59 2d 31\n")
    check(machine.records("sda 5") == "none no-stick", "another label")
    check(not (machine.room / "mended").exists(), "somebody else's file system was written to")
    (machine.room / "content/sda3.at1144").write_text(" 52 45 47 41 49 4e 2d 52 45 43\n")
    check(machine.records("sda 5") == "stick /dev/sda", "they are not used")
    check((machine.room / "mended").read_text() == "sda3\n", "the superblock was not written again")


def records_ask_when_two_sticks_hold_the_same_iso(machine):
    machine.with_records("sda", USB, 5)
    machine.with_records("sdb", USB, 6)
    check(machine.records("sda 5") == "none several-sticks", "the first one may be another than the firmware's")


def records_never_go_onto_a_donors_emmc(machine):
    machine.with_records("mmcblk0", EMMC, 1)
    check(machine.records() == "none no-stick", "its job file would run, and it would never be erased")


def records_leave_no_place_for_copies_where_the_data_is_not_mounted(machine):
    machine.with_records("sda", USB, 5)
    (machine.room / "no-exfat").touch()
    check(machine.records("sda 5") == "stick /dev/sda", "the records are there all the same")
    check(not (machine.room / "run/data").exists(), "copies would be made in RAM")


def records_go_to_the_server_of_a_start_from_the_network(machine):
    machine.from_network("jobs/lot.toml", "trust/anchor.pem", "profiles/a/b.toml")
    machine.drive("sda", SATA, 1, 4)
    check(machine.records() == "network http://10.77.0.1:8080", "the server answers")
    for name in ("run/data/jobs/lot.toml", "run/data/profiles/a/b.toml", "state/trust/anchor.pem"):
        check((machine.room / name).read_text() == "abc", f"{name} is not in its place")


def records_ask_when_the_server_does_not_answer(machine):
    machine.from_network()
    check(machine.records() == "none network", "they would be lost without a word")


def records_go_to_no_server_with_a_strange_address(machine):
    machine.from_network("jobs/lot.toml", server="http://10.77.0.1:8080/$(reboot)")
    check(machine.records() == "none network", "it is no address")


def records_take_nothing_strange_from_a_server(machine):
    machine.from_network("jobs/lot.toml", "jobs/../../outside")
    check(machine.records() == "network http://10.77.0.1:8080", "the server answers")
    check(not (machine.room / "run/data/jobs").exists() and not (machine.room / "outside").exists(), "it was unpacked")


def records_go_onto_a_stick_rather_than_to_a_server(machine):
    machine.from_network("jobs/lot.toml")
    machine.with_records("sdb", USB, 6)
    check(machine.records() == "stick /dev/sdb", "a stick with records wins")
    check(not (machine.room / "run/data/jobs").exists(), "the server's jobs came onto the stick")


def main():
    with tempfile.TemporaryDirectory(prefix="regain-live-") as room:
        globals()[sys.argv[2]](Machine(room))


if __name__ == "__main__":
    main()
