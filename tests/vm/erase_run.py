#!/usr/bin/env python3
"""erase_run.py [--regain FILE] [TEST...]: QEMU's own drives are erased through the real kernel, in a small machine.

What `regain drives --capabilities` says is compared with hdparm, nvme and sg_*; the drives' files are searched from
outside, by code that shares nothing with the product. Exit status: 0 all passed, 1 one failed, 77 nothing could be tried.
Environment instead of options: REGAIN_BINARY, REGAIN_VM_ARTIFACTS; REGAIN_VM_PATIENCE multiplies every time limit.
"""

import base64
import collections
import functools
import hashlib
import json
import os
import pathlib
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import command_trace  # noqa: E402
import erase_witnesses  # noqa: E402
import small_machine  # noqa: E402
from run import ARTIFACTS, LIST, REGAIN, Failure, Skip, expect, run_program  # noqa: E402
from small_machine import MIB  # noqa: E402

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
SECTOR = 512
FONT_SETTINGS = ["/etc/fonts", "/usr/share/fontconfig"]
# The drives that were recorded (--record), and the names of their plans.
GOLDEN = {"nvme0n1": "qemu-nvme", "sda": "qemu-harddisk", "sdb": "qemu-virtio-scsi", "mmcblk0": "qemu-sd-card"}


class DonorDrive:
    """A raw file, full of random sectors: each is known by its SHA-256, none is like another one. What is left of them
    is looked for from outside."""

    def __init__(self, path, size):
        self.path, self.size, self.known, self.words = path, size, set(), []
        source = random.SystemRandom()
        with open(path, "wb") as file:
            for _ in range(size // MIB):
                block = os.urandom(MIB)
                file.write(block)
                self.known.update(_digests(block))
                position = source.randrange(MIB - 64)
                self.words.append(block[position:position + 64])

    def sectors_left(self):
        """How many sectors of the file, wherever they lie, were there in the beginning."""
        with open(self.path, "rb") as file:
            return sum(digest in self.known for block in iter(lambda: file.read(MIB), b"") for digest in _digests(block))

    def words_left(self):
        """How many pieces of the old content, one of each MiB, are in the file at any place."""
        with open(self.path, "rb") as file:
            content = file.read()
        return sum(word in content for word in self.words)

    def expect_untouched(self):
        expect(os.path.getsize(self.path) == self.size, f"{self.path} changed its size")
        left = self.sectors_left()
        expect(left == self.size // SECTOR and self.words_left() == len(self.words),
               f"{self.path} holds {left} of {self.size // SECTOR} known sectors: the test would prove nothing")

    def expect_erased(self):
        left, words = self.sectors_left(), self.words_left()
        expect(left == 0 and words == 0, f"{self.path} still holds {left} sectors and {words} pieces of what was there")


def _digests(block):
    return (hashlib.blake2b(block[position:position + SECTOR], digest_size=16).digest()
            for position in range(0, len(block), SECTOR))


class Workshop:
    """What the tests are given."""

    def __init__(self, options, room):
        self.options, self.room = options, room

    def path(self, name):
        return os.path.join(self.room, name)

    def drive_file(self, name, size=64 * MIB):
        path = self.path(name + ".raw")
        with open(path, "wb") as file:
            file.truncate(size)
        return path

    def donor(self, name, mib=64):
        drive = DonorDrive(self.path(name + ".raw"), mib * MIB)
        drive.expect_untouched()
        return drive

    def machine(self, drives, **options):
        if not self.options.regain:
            raise Skip("no regain program (--regain)")
        programs = [*erase_witnesses.PROGRAMS, *options.pop("programs", [])]
        return small_machine.SmallMachine(drives, regain=self.options.regain, programs=programs, **options)


def look(machine, drives):
    """Regain and the witnesses agree about these (kind, node); what Regain said."""
    result = machine.run(erase_witnesses.questions(drives), seconds=180)
    expect(result.status == 0, f"the drives were not all asked: {result.stderr}")
    compared = erase_witnesses.compare(drives, result.files)
    expect(compared >= 4 * len(drives), f"only {compared} facts were compared")
    return {node: erase_witnesses.Capabilities(result.files, node) for _, node in drives}


def wipe(machine, node, serial, policy, options="--no-certificate", seconds=300):
    """Erases one drive; its part of the report."""
    result = machine.run(f"regain wipe /dev/{node} --confirm {serial} --policy {policy} --lang en --json --progress none "
                         f"{options} >$OUT/report.json", seconds=seconds)
    expect(result.status == 0, f"regain wipe /dev/{node} ended with {result.status}: {result.stderr[-2000:]}")
    wipes = json.loads(result.files["report.json"])["wipes"]
    expect(len(wipes) == 1, f"the report is about {len(wipes)} drives")
    return wipes[0]


def expect_report(report, method, steps, nodes=1):
    """Verdict, method and steps of a wipe that went as planned, and markers of every namespace."""
    expect((report["verdict"], report["method"]) == ("cleared", method),
           f"the verdict is {report['verdict']} by {report['method']} instead of cleared by {method}")
    done = [step["step"] for step in report["steps"]]
    expect(done == steps and all(step["result"] == "done" for step in report["steps"]), f"the steps were {report['steps']}")
    expect(report["verification"]["kind"] == "full" and report["verification"]["mismatches"] == 0,
           f"read back: {report['verification']}")
    markers = [one["facts"] for one in report["evidence"] if one["kind"] == "markers"]
    expect(len(markers) == nodes and all(one["gone"] == one["planned"] == one["stored"] > 0 for one in markers),
           f"markers: {markers}")
    expect(report["errors"] == [], f"errors: {report['errors']}")


def fonts():
    """What a certificate is written with, as files of the machine; all of Noto's fonts would be too much."""
    found = [path for path in pathlib.Path("/usr/share/fonts/truetype/noto").glob("Noto*-*.ttf")
             if path.name in ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf", "NotoSerif-Regular.ttf", "NotoSerif-Bold.ttf")]
    if not found:
        raise Skip("no fonts for a certificate (Debian package: fonts-noto-core)")
    return [(str(path), path.read_bytes()) for path in found]


def expect_certificate(machine, serial):
    """There is one certificate, `regain certificate verify` believes it, and it is about this real drive."""
    result = machine.run("cd /var/lib/regain/certificates; cp *.jws $OUT/certificate.jws; cp *.pdf $OUT/certificate.pdf\n"
                         "regain certificate verify *.jws --trust /var/lib/regain/keys/station.crt --lang en")
    expect(result.status == 0, f"certificate verify ended with {result.status}: {result.stdout} {result.stderr}")
    payload = result.files["certificate.jws"].split(b".")[1]
    content = json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
    expect(content["specimen"] is False, "a real drive's certificate is marked as a specimen")
    expect(serial in json.dumps(content), f"the certificate does not name {serial}")
    expect(result.files["certificate.pdf"].startswith(b"%PDF"), "there is no PDF")


BEFORE = ["write-markers", "flush", "check-markers"]
AFTER = ["check-markers", "verify"]
OVERWRITE = [*BEFORE, "overwrite", "flush", *AFTER]
FORMAT = ["firmware-erase", "identify-again"]


def again_when_stuck(test):
    """Three times from the beginning, when it was QEMU's drive that stopped answering."""
    @functools.wraps(test)
    def attempts(workshop):
        for attempt in (1, 2, 3):
            try:
                return test(workshop)
            except small_machine.Stuck as reason:
                if attempt == 3:
                    raise Failure(f"{reason}, three times") from reason
                print(f"    {reason}: once more", flush=True)
    return attempts


def power_cut_leaves_what_was_written(workshop):
    """The harness itself: scripts, what they leave, and two starts with the same disks and a power cut between them."""
    drives = [small_machine.sata(workshop.drive_file("sata"))]
    state = small_machine.make_state_disk(workshop.path("state.raw"))
    with small_machine.SmallMachine(drives, state=state) as machine:
        result = machine.run('echo said; echo complained >&2; cp "$IN/given" "$OUT/kept"; exit 3', {"given": b"\0\1\2"})
        expect((result.status, result.stdout, result.stderr, result.files) == (
            3, "said\n", "complained\n", {"kept": b"\0\1\2"}), f"the script brought back {result}")
        machine.begin("echo remembered >/var/lib/regain/note; sync; echo it is written >/dev/sda; sync; echo now; sleep 600")
        machine.wait_for("now", 30)
        machine.cut_power()
    with small_machine.SmallMachine(drives, state=state) as machine:
        result = machine.run("cat /var/lib/regain/note; head -n 1 /dev/sda")
        expect(result.stdout == "remembered\nit is written\n", f"after the power cut there is {result}")


@again_when_stuck
def nvme_drives_are_formatted(workshop):
    """NVMe Format erases one namespace, both of two, and is the quickest way: nothing is left in the files."""
    one, first, second, quick = (workshop.donor(name, 32) for name in ("one", "first", "second", "quick"))
    drives = [("nvme", "nvme0n1"), ("nvme", "nvme1n1"), ("nvme", "nvme2n1")]
    with workshop.machine([small_machine.nvme(one.path, serial="ONE"),
                           small_machine.nvme(first.path, second.path, serial="TWO"),
                           small_machine.nvme(quick.path, serial="QUICK")]) as machine:
        before = look(machine, drives)
        report = wipe(machine, "nvme0n1", "ONE", "best")
        expect_report(report, "nvme-format-user-data", [*BEFORE, *FORMAT, *AFTER])
        report = wipe(machine, "nvme1n1", "TWO", "best")
        expect_report(report, "nvme-format-user-data", [*BEFORE, *BEFORE, *FORMAT, *AFTER, *AFTER], nodes=2)
        report = wipe(machine, "nvme2n1", "QUICK", "clear")
        expect_report(report, report["plan"]["method"], [step["step"] for step in report["plan"]["steps"]])
        after = look(machine, drives)
        for node in before:
            expect(after[node].facts == before[node].facts, f"{node} is another drive since it was erased")
    for donor in (one, first, second, quick):
        donor.expect_erased()


def sata_scsi_and_sd_drives_are_overwritten(workshop):
    """A SATA drive, a SCSI disk and an SD card have no command that erases them: overwritten, and nothing is left."""
    ata, scsi, card = workshop.donor("ata"), workshop.donor("scsi"), workshop.donor("card", 16)
    drives = [("ata", "sda"), ("scsi", "sdb"), ("sd", "mmcblk0")]
    with workshop.machine([small_machine.sata(ata.path, serial="ATA-1"), small_machine.scsi(scsi.path, serial="SCSI-1"),
                           small_machine.sd_card(card.path)], trees=FONT_SETTINGS, files=fonts()) as machine:
        before = look(machine, drives)
        expect_report(wipe(machine, "sda", "ATA-1", "best", options="--donor Mairie"), "zero", OVERWRITE)
        expect_certificate(machine, "ATA-1")
        expect_report(wipe(machine, "sdb", "SCSI-1", "clear"), "zero", OVERWRITE)
        expect_report(wipe(machine, "mmcblk0", "0xdeadbeef", "best"), "random", OVERWRITE)
        after = look(machine, drives)
        for node in before:
            expect(after[node].facts == before[node].facts, f"{node} is another drive since it was erased")
    for donor in (ata, scsi, card):
        donor.expect_erased()


@again_when_stuck
def looking_sends_nothing_dangerous(workshop):
    """Neither `drives`, `inspect`, `wipe --plan` nor a refused wipe sends a command that QEMU does not know as harmless,
    and what was sent to find the capabilities is all in their log."""
    donors = [workshop.donor(name, 16) for name in ("first", "second", "ata", "scsi", "card")]
    first, second, ata, scsi, card = (donor.path for donor in donors)
    nodes = ["nvme0n1", "sda", "sdb", "mmcblk0"]
    trace = workshop.path("trace")
    plans = "\n".join(f"regain wipe --plan --json --policy {policy} /dev/{node} >$OUT/plan.{policy}.{node}.json || true"
                      for node in nodes for policy in ("best", "clear", "purge"))
    refused = "\n".join(f"regain wipe --policy purge --confirm {serial} /dev/{node} --no-certificate && exit 1\n"
                        f"regain wipe --confirm WRONG /dev/{node} --no-certificate && exit 1"
                        for node, serial in zip(nodes, ("NVME1", "SATA1", "SCSI1", "0xdeadbeef")))
    drives = list(zip(("nvme", "ata", "scsi", "sd"), nodes))
    phases = {"drives": "regain drives --json", "capabilities": "regain drives --capabilities --json >$OUT/capabilities.json",
              "inspect": "regain inspect --json >$OUT/inspection.json; test $? -le 1", "plan": plans,
              "refused": refused + "\ntrue"}
    with workshop.machine([small_machine.nvme(first, second), small_machine.sata(ata), small_machine.scsi(scsi),
                           small_machine.sd_card(card)], programs=["smartctl", "dmidecode"], traces=command_trace.EVENTS,
                          trace_file=trace, arguments=command_trace.ARGUMENTS) as machine:
        seen = {}
        for phase, script in phases.items():
            start = time.time()
            result = machine.run(script, seconds=240)
            seen[phase] = command_trace.commands(trace, start, time.time())
            expect(result.status == 0, f"{phase} ended with {result.status}: {result.stderr[-2000:]}")
            if phase == "capabilities":
                told = {node: erase_witnesses.Capabilities(result.files, node) for node in nodes}
            if phase == "plan" and not workshop.options.record:
                expect_golden_plans(result.files)
        if workshop.options.record:
            result = machine.run(erase_witnesses.questions(drives), seconds=180)
            system = machine.run("uname -r").stdout.strip()
            erase_witnesses.record(workshop.options.record, GOLDEN, result.files, system)
        for donor in donors:
            donor.expect_untouched()
        start = time.time()
        result = machine.run("nvme format /dev/nvme0 -n 1 -s 1 -f && echo gone | dd of=/dev/sda oflag=direct bs=512 conv=sync && "
                             "echo gone | dd of=/dev/sdb oflag=direct bs=512 conv=sync && "
                             "echo gone | dd of=/dev/mmcblk0 oflag=direct bs=512 conv=sync")
        expect(result.status == 0, f"nvme format and dd: {result.stderr}")
        seen["dangerous"] = command_trace.commands(trace, start)
    for phase in phases:
        # What `drives` reads may still be in the kernel's memory.
        expect(seen[phase] or phase == "drives", f"QEMU saw no command at all during {phase}")
        expect(not command_trace.dangerous(seen[phase]), f"{phase} sent {command_trace.dangerous(seen[phase])}")
    expect_all_in_log(seen["capabilities"], told)
    # The witness sees what is dangerous: Format, and what writes.
    found = command_trace.dangerous(seen["dangerous"])
    expect({("nvme admin", "80"), ("ata", "61"), ("scsi", "2a"), ("sd", "25")} <= set(found),
           f"of what was dangerous QEMU's events tell {found}")
    keep_trace(workshop, seen)


def expect_golden_plans(files):
    """The plans made in the machine are the reviewed ones of tests/golden/plans, which are made from what was recorded
    here."""
    for node, name in GOLDEN.items():
        golden = json.loads((TOP / f"tests/golden/plans/{name}.json").read_text())
        for policy in ("best", "clear", "purge"):
            expected, content = golden[policy], files[f"plan.{policy}.{node}.json"]
            expect(bool(content) == ("plan" in expected), f"{node}, {policy}: {content!r}; reviewed: {expected}")
            if not content:
                continue
            plan = json.loads(content)["plans"][0]
            short = {"plan": plan["method"], "steps": [step["step"] for step in plan["steps"]],
                     "remarks": [remark["code"] for remark in plan["remarks"]],
                     "rejected": [f"{one['method']}: {one['reason']['code']}" for one in plan["rejected"]]}
            reviewed = {"plan": expected["plan"].split(",")[0],
                        "steps": [step.split()[0] for step in expected["steps"]],
                        "remarks": [remark.split()[0] for remark in expected["remarks"]],
                        "rejected": [one.split(",")[0].split(" ", 2)[0] + " " + one.split(",")[0].split(" ", 2)[1]
                                     for one in expected["rejected"]]}
            expect(short == reviewed, f"{node}, {policy}: the plan is {short}, reviewed was {reviewed}")


def expect_all_in_log(seen, told):
    """What QEMU saw beside the kernel's reading is what the logs of the capabilities hold."""
    logged = collections.Counter()
    for drive in told.values():
        for command in drive.commands:
            request = command["request"]
            if command["channel"] == "nvme":
                logged["nvme admin", request[:2]] += 1
            elif request.startswith("85"):
                logged["ata", f"{request[28:30]} {request[8:10]}"] += 1
            else:
                action = f" {int(request[2:4], 16) & 31:02x}" if request[:2] in command_trace.WITH_SERVICE_ACTION else ""
                logged["scsi", request[:2] + action] += 1
    by_kernel = {("nvme", "02"), ("ata", "60"), ("scsi", "28"), ("scsi", "00")}
    sent = {key: count for key, count in seen.items() if key not in by_kernel and not key[0].startswith("sd")}
    expect(sent == dict(logged), f"QEMU saw {sent}, the log holds {dict(logged)}")


def keep_trace(workshop, seen):
    """The table of what was sent, for a person to read."""
    if not workshop.options.artifacts:
        return
    os.makedirs(workshop.options.artifacts, exist_ok=True)
    with open(os.path.join(workshop.options.artifacts, "commands-seen-by-qemu.txt"), "w") as file:
        for phase, counts in seen.items():
            for (kind, command), count in sorted(counts.items()):
                name = command_trace.HARMLESS[kind].get(command, "")
                file.write(f"{phase:14}{kind:12}{command:8}{count:6}  {name}\n")


TESTS = [power_cut_leaves_what_was_written, nvme_drives_are_formatted, sata_scsi_and_sd_drives_are_overwritten,
         looking_sends_nothing_dangerous]


def main(arguments):
    record = ("--record", "", "looking_sends_nothing_dangerous: the directory to keep what the drives answered (tests/fixtures/qemu)")
    return run_program(__doc__, arguments, [REGAIN, ARTIFACTS, record, LIST], TESTS, Workshop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
