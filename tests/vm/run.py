#!/usr/bin/env python3
"""Does what was deployed start, and does it greet its owner? Tried in software PCs (QEMU without KVM).

    run.py --image X.img.zst --regain build/release/regain     deploys the image onto virtual drives and starts them
    run.py --raw DISK                                          starts copies of a raw disk; nothing is deployed
    run.py ... boots_by_bios answers_lead_to_login             only these

Every start is judged on the VGA screen, read through the console's own font, and on the serial line. Exit status: 0 all
passed, 1 one failed, 77 nothing could be tried. What a failure left (screen as text and PNG, serial line) is kept in
the directory of --artifacts.

Environment instead of options, for ctest: REGAIN_VM_IMAGE, REGAIN_VM_RAW, REGAIN_BINARY, REGAIN_VM_TRUST,
REGAIN_VM_ARTIFACTS; REGAIN_VM_PATIENCE multiplies every time limit on a slow or busy machine.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import console_reader  # noqa: E402
import disk as disks  # noqa: E402
import qemu  # noqa: E402

SKIPPED = 77
DRIVE_BYTES = 8 << 30
FONT = "/usr/share/consolefonts/Uni2-Fixed16.psf.gz"
GREETING = "Choisissez votre langue"
USER, PASSWORD = "camille", "abeille42"
# `openssl passwd -6 abeille42`: the password is public, the account exists only in these tests.
PASSWORD_HASH = "$6$B3OUdawevCCTN.B3$Y1kOebmCf5l8TAcanHs74/ExcTO6KfByNZV4wHCvO0xeximj7I9hQRjkV3rmbCSJ76OaG9U3mkZAskPN0pIed/"
ESCAPES = re.compile(r"\x1b(\[[0-9;?=!]*[A-Za-z]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][A-Za-z0-9]|[=>A-Za-z])|[\x0e\x0f\x07]")


class Skip(Exception):
    """This can't be tried here; the text says why."""


class Failure(Exception):
    """The machine did something else than it should."""


class Station:
    """What the tests are given, and the disks that they make from it."""

    def __init__(self, options, room):
        self.options, self.room = options, room
        self.patience = float(os.environ.get("REGAIN_VM_PATIENCE", "1"))

    def deployed_disk(self, name, answers=None):
        """A disk as a recipient gets it. Without an image it is a copy of the raw disk."""
        target = os.path.join(self.room, f"{name}.raw")
        if not self.options.image:
            disks.run("cp", "--sparse=always", "--", self.options.raw, target)
            if answers:
                disks.write_file(target, answers, "/etc/regain/first-start.conf")
            return target
        with open(target, "wb") as file:
            file.truncate(DRIVE_BYTES)
        command = [self.options.regain, "deploy", "--virtual", "--confirm", target, "--quiet",
                   "--state-dir", os.path.join(self.room, "state")]
        if self.options.trust:
            command += ["--trust", self.options.trust]
        if answers:
            command += ["--answers", answers]
        result = subprocess.run(command + ["--", self.options.image, target], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, env=disks.ENVIRONMENT)
        if result.returncode != 0:
            raise Failure(f"regain deploy ended with {result.returncode}:\n{result.stdout.decode(errors='replace')}")
        return target

    def restored_disk(self):
        """A disk written with zstd and dd alone."""
        if not self.options.image:
            raise Skip("no image (--image): there is nothing to restore")
        target = os.path.join(self.room, "restored.raw")
        with open(target, "wb") as file:
            file.truncate(DRIVE_BYTES)
        with subprocess.Popen(["zstd", "-dcq", "--", self.options.image], stdout=subprocess.PIPE) as reader:
            # Sparse only to spare the test machine's own disk; what the PC reads is the same.
            disks.run("dd", f"of={target}", "bs=4M", "iflag=fullblock", "conv=sparse,notrunc", stdin=reader.stdout)
            reader.stdout.close()
        if reader.returncode != 0:
            raise Failure(f"zstd ended with {reader.returncode}")
        return target

    def start(self, disk, firmware, **options):
        if firmware != "bios" and qemu.firmware_files(firmware) is None:
            raise Skip(f"no OVMF firmware for {firmware} (Debian package: ovmf)")
        return Watched(self, disk, firmware, **options)


class Watched(qemu.Machine):
    """A machine whose screen can be read as text, and which keeps evidence when something goes wrong."""

    def __init__(self, station, disk, firmware, **options):
        super().__init__([disk], firmware, **options)
        self.station = station
        self.font = console_reader.Font(disks.read_file(disk, FONT))

    def __exit__(self, kind, *rest):
        if kind is not None and self.station.options.artifacts:
            self._keep_evidence(self.station.options.artifacts)
        super().__exit__(kind, *rest)

    def _keep_evidence(self, directory):
        os.makedirs(directory, exist_ok=True)
        name = os.path.join(directory, self.station.current)
        try:
            qemu.write_png(name + ".png", self.screenshot())
            with open(name + ".txt", "w") as file:
                file.write("SCREEN\n" + self.screen_text() + "\n\nSERIAL\n" + self.serial_plain() + "\n")
        except Exception as error:  # evidence must not hide the failure that it is about
            print(f"    no evidence kept: {error}")

    def screen_text(self):
        return "\n".join(console_reader.read_text(self.screenshot(), self.font))

    def serial_plain(self):
        return ESCAPES.sub("", self.serial_text())

    def wait_for_screen(self, words, seconds):
        self.wait_until(lambda: words in self.screen_text(), seconds * self.station.patience, f"“{words}” on the screen")

    def wait_for_serial(self, words, seconds, after=0):
        self.wait_until(lambda: words in self.serial_plain()[after:], seconds * self.station.patience,
                        f"“{words}” on the serial line")

    def wait_for_greeting(self):
        self.wait_for_screen(GREETING, 240)
        self.wait_for_serial(GREETING, 30)

    def answer_screen(self, words, typed=""):
        """Waits for a question on the screen and answers it with the keyboard."""
        self.wait_for_screen(words, 60)
        self.type(typed)
        self.press("ret")

    def log_in_on_screen(self, user, password):
        self.wait_for_screen("login:", 120)
        self.type(user + "\n")
        self.wait_for_screen("Mot de passe", 60)
        self.type(password + "\n")
        self.wait_for_screen(f"{user}@", 60)

    def log_in_on_serial(self, user, password):
        self.wait_for_serial("login:", 120)
        for words, typed in (("login:", ""), ("login:", user), ("Mot de passe", password)):
            start = len(self.serial_plain())
            if typed == "":
                self.write_serial("\r")
                self.wait_for_serial(words, 60, start)
                continue
            self.write_serial(typed + "\r")
            self.wait_for_serial("Mot de passe" if typed == user else f"{user}@", 60, start)

    def shell(self, command, seconds=60):
        """Runs a command in the session on the serial line and returns what it printed."""
        start = len(self.serial_plain())
        # The mark is put together by the shell: its echo on the line doesn't look like it.
        self.write_serial(f" {command}; echo done'-'mark\r")
        self.wait_for_serial("done-mark", seconds, start)
        printed = self.serial_plain()[start:]
        return printed[printed.index("\n") + 1:printed.index("done-mark")].replace("\r", "")


def expect(condition, words):
    if not condition:
        raise Failure(words)


def answer_file(station):
    path = os.path.join(station.room, "answers")
    with open(path, "w") as file:
        file.write(f"LANGUAGE=fr\nKEYBOARD_LAYOUT=fr\nUSER_NAME={USER}\nUSER_FULL_NAME=Camille Essai\n"
                   f"USER_PASSWORD_HASH={PASSWORD_HASH}\n")
    return path


# --- the tests --------------------------------------------------------------------------------------------------------

def boots_by_bios(station):
    """BIOS: the first start greets in French; a person answers with the keyboard and logs in."""
    with station.start(station.deployed_disk("bios"), "bios") as machine:
        machine.wait_for_greeting()
        machine.answer_screen(GREETING)
        machine.answer_screen("Quel clavier avez-vous")
        machine.answer_screen("Comment vous appelez-vous", "zoe martin")
        machine.answer_screen("Choisissez un nom d'utilisateur")  # the suggestion: zoe
        machine.answer_screen("Choisissez un mot de passe", "azerty42")
        machine.answer_screen("Tapez encore une fois", "azerty42")
        machine.answer_screen("le nom « zoe »")
        machine.log_in_on_screen("zoe", "azerty42")


def boots_by_uefi(station):
    """UEFI without any NVRAM entry: the first start greets in French."""
    with station.start(station.deployed_disk("uefi"), "uefi") as machine:
        machine.wait_for_greeting()


def boots_by_secure_boot(station):
    """UEFI with Secure Boot and Microsoft's keys, as a PC comes from the shop."""
    with station.start(station.deployed_disk("secure"), "secure") as machine:
        machine.wait_for_greeting()


def answers_lead_to_login(station):
    """An answer file: no question, a login that works, nothing of the answers left, and no question ever again."""
    disk = station.deployed_disk("answers", answer_file(station))
    with station.start(disk, "uefi", snapshot=False) as machine:
        machine.wait_for_screen("login:", 300)
        expect(GREETING not in machine.serial_plain(), "it asked although it had an answer file")
        machine.wait_for_serial(f"Premier démarrage terminé : utilisateur « {USER} »", 60)
        machine.log_in_on_serial(USER, PASSWORD)
        expect("sudo" in machine.shell("id -nG"), "the first user may not use sudo")
        expect("LANG=fr_FR.UTF-8" in machine.shell("locale"), "the session is not in French")
        expect("XKBLAYOUT=\"fr\"" in machine.shell("cat /etc/default/keyboard"), "the keyboard is not French")
        expect("Europe/Paris" in machine.shell("readlink /etc/localtime"), "the clock is not that of Paris")
        expect("0 loaded units" in machine.shell("systemctl --failed --no-pager | cat"), "a service failed to start")
        machine.log_in_on_screen(USER, PASSWORD)
        machine.shell(f"echo {PASSWORD} | sudo -S sync")
    try:
        disks.read_file(disk, "/etc/regain/first-start.conf")
        raise Failure("the answer file, which holds a password hash, is still there")
    except FileNotFoundError:
        pass
    disks.read_file(disk, "/var/lib/regain/first-start/done")


def deployments_differ(station):
    """Two deployments of one image share no identity. Read from the disks; nothing is started."""
    if not station.options.image:
        raise Skip("no image (--image): nothing is deployed")
    one, two = (disks.identities(station.deployed_disk(name)) for name in ("one", "two"))
    expect(one.keys() == two.keys() and len(one) >= 8, f"identities are missing: {sorted(one)} {sorted(two)}")
    shared = [name for name in one if one[name] == two[name]]
    expect(not shared, "both deployments have the same " + ", ".join(shared))
    for found in (one, two):
        expect(re.fullmatch("[0-9a-f]{32}", found["machine-id"]), f"machine-id is “{found['machine-id']}”")


def raw_restore_boots(station):
    """The image written with `zstd -dc | dd` and nothing else starts as well."""
    with station.start(station.restored_disk(), "bios") as machine:
        machine.wait_for_greeting()


TESTS = [boots_by_bios, boots_by_uefi, boots_by_secure_boot, answers_lead_to_login, deployments_differ, raw_restore_boots]


# --- running them -----------------------------------------------------------------------------------------------------

def missing_program():
    for program in ("qemu-system-x86_64", "debugfs", "sfdisk", "blkid", "zstd", "dd"):
        if shutil.which(program, path=disks.ENVIRONMENT["PATH"]) is None:
            return program
    return None


# The options of the test programs: name, the environment variable that stands for it, what it is. They are files.
IMAGE = ("--image", "REGAIN_VM_IMAGE", "a Regain image")
REGAIN = ("--regain", "REGAIN_BINARY", "the regain program")
TRUST = ("--trust", "REGAIN_VM_TRUST", "the PEM file of the image's signer")
RAW = ("--raw", "REGAIN_VM_RAW", "a raw disk, instead of an image")
ISO = ("--iso", "REGAIN_VM_ISO", "the live system")
ARTIFACTS = ("--artifacts", "REGAIN_VM_ARTIFACTS", "where failures leave evidence")
LIST = "--list"


def _absolute(path):
    return os.path.abspath(path) if path else path


def parse(description, arguments, wanted, tests):
    """The options in `wanted`, as absolute paths, and the tests that were named: all when none was."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, variable, words in (entry for entry in wanted if entry != LIST):
        parser.add_argument(name, type=_absolute, default=os.environ.get(variable), help=words)
    if LIST in wanted:
        parser.add_argument(LIST, action="store_true", help="print the names of the tests")
    parser.add_argument("tests", nargs="*", metavar="TEST", help="default: all")
    options = parser.parse_args(arguments)
    known = {test.__name__: test for test in tests}
    unknown = set(options.tests) - known.keys()
    if unknown:
        parser.error("unknown test: " + ", ".join(sorted(unknown)))
    options.tests = [known[name] for name in options.tests] or tests
    return options


def run_one(test, options, room, make_station):
    """One test in a room of its own, which is gone afterwards: the disks are large."""
    started = time.monotonic()
    own_room = os.path.join(room, test.__name__)
    os.mkdir(own_room)
    try:
        station = make_station(options, own_room)
        station.current = test.__name__
        test(station)
        result, words = "passed", ""
    except Skip as reason:
        result, words = "skipped", f": {reason}"
    except (Failure, qemu.TimedOut) as reason:
        result, words = "FAILED", f": {reason}"
    except Exception:
        result, words = "FAILED", ":\n" + traceback.format_exc()
    finally:
        shutil.rmtree(own_room, ignore_errors=True)
    print(f"{result:8}{test.__name__} ({time.monotonic() - started:.0f} s){words}", flush=True)
    return result


def run_tests(tests, options, make_station):
    """Runs these tests and returns the exit status. make_station(options, room): what a test is given."""
    with tempfile.TemporaryDirectory(prefix="regain-vm-tests-") as room:
        results = [run_one(test, options, room, make_station) for test in tests]
    if "FAILED" in results:
        return 1
    return 0 if "passed" in results else SKIPPED


def reason_to_skip_all(options):
    if not options.image and not options.raw:
        return "neither an image (--image) nor a raw disk (--raw) was given"
    for path in (options.image, options.raw):
        if path and not os.path.exists(path):
            return f"{path} is not there"
    if options.image and not (options.regain and os.access(options.regain, os.X_OK)):
        return "no regain program (--regain)"
    program = missing_program()
    return f"the program {program} is missing" if program else None


def run_program(description, arguments, wanted, tests, make_station, reason_to_skip=None, make_ready=None):
    """A whole test program; returns its exit status. wanted: its options. reason_to_skip(options): why nothing can be
    tried here, or None. make_ready(options): called when it can."""
    options = parse(description, arguments, wanted, tests)
    if LIST in wanted and options.list:
        print("\n".join(test.__name__ for test in options.tests))
        return 0
    reason = reason_to_skip(options) if reason_to_skip else None
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    if make_ready:
        make_ready(options)
    return run_tests(options.tests, options, make_station)


def main(arguments):
    return run_program(__doc__, arguments, [IMAGE, REGAIN, TRUST, RAW, ARTIFACTS, LIST], TESTS, Station, reason_to_skip_all)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
