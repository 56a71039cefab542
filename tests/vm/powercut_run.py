#!/usr/bin/env python3
"""powercut_run.py [--regain FILE] [TEST...]: the power goes while a small machine overwrites a drive, again and again, and the
caches of its drive and of its state disk die with it. After each cut `regain wipe --resume` goes on, and at the end the
drive's file is looked at from outside. Exit status: 0 all passed, 1 one failed, 77 nothing could be tried.
Environment instead of options: REGAIN_BINARY, REGAIN_VM_ARTIFACTS; REGAIN_VM_PATIENCE multiplies every time limit.
"""

import collections
import json
import os
import random
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import small_machine  # noqa: E402
import volatile_drive  # noqa: E402
from run import ARTIFACTS, LIST, REGAIN, Skip, expect, run_program  # noqa: E402
from small_machine import MIB  # noqa: E402

DRIVE_MIB = 96
SPEED = 12 * MIB  # bytes a second: a step takes long enough to be cut in
STATE_SPEED = MIB // 2
LONGEST = 120  # seconds until a cut
SERIAL = "CUT-1"
# In the order of the plan; what regain says when each has ended.
STEPS = ["write-markers", "flush of markers", "check-markers (stored)", "overwrite", "flush", "check-markers (gone)", "verify"]
OLD = b"OLD-DATA-MARKER-"


class Workshop:
    """What the tests are given."""

    def __init__(self, options, room):
        self.options, self.room = options, room

    def path(self, name):
        return os.path.join(self.room, name)

    def machine(self, drives, state):
        if not self.options.regain:
            raise Skip("no regain program (--regain)")
        return small_machine.SmallMachine(drives, regain=self.options.regain, state=state, append="no_timer_check")


def words_of(node, method):
    """On with what was interrupted; from the start where nothing was noted yet. All that is said goes to the console at once."""
    command = (f"--confirm {SERIAL} --policy clear --method {method} --lang en --progress none --no-certificate "
               f"--json /dev/{node} >$OUT/report.json 2>/dev/console")
    return (f"export REGAIN_JOURNAL_INTERVAL=300\n"
            f"echo BEGINS >/dev/console\n"
            f"regain wipe --resume {command}\n"
            f"status=$?\n"
            f"if [ $status = 3 ]; then regain wipe {command}; status=$?; fi\n"  # refused: nothing was noted yet
            f"echo ENDED >/dev/console; exit $status\n")


def said(machine):
    """On the console, by the wipe."""
    return machine.serial_text().rpartition("BEGINS")[2]


def steps_done(words):
    """What had ended, as far as the console says; of a wipe that was resumed the earlier steps, too."""
    return re.findall(r"^\s+/dev/\w+: (.+): done", words.replace("\r", ""), re.MULTILINE)


def phase_of(text):
    """What was going on when the power went, as far as the console had said."""
    began = text.rpartition("BEGINS")[2]
    done = steps_done(began)
    percent = re.findall(r"(\d+) %", began)
    if "ENDED" in began:
        return "after the end"
    if len(done) >= len(STEPS):
        return "after the last step"
    if not done:
        return "starting or checking"
    return STEPS[len(done)] + (f" {percent[-1]} %" if percent and STEPS[len(done)] in ("overwrite", "verify") else "")


def check_from_outside(path, report):
    pattern = next(item["facts"] for item in report["evidence"] if item["kind"] == "pattern")
    with open(path, "rb") as file:
        content = file.read()
    expect(OLD not in content, "old content is left")
    if pattern["pattern"] == "zero":
        return expect(content.count(0) == len(content), "not all of it is zero")
    made = subprocess.run(["openssl", "enc", "-aes-256-ctr", "-K", pattern["key"], "-iv", pattern["iv"]],
                          input=bytes(len(content)), stdout=subprocess.PIPE, check=True).stdout
    return expect(made == content, "it is not the stream of the key on the record")


class Interrupted:
    """One drive with its state disk through its power cuts."""

    def __init__(self, workshop, kind, node, method):
        self.workshop, self.kind, self.node, self.method = workshop, kind, node, method
        self.random = random.Random(f"{kind} {method}")  # other moments for each
        self.path = workshop.path(f"{kind}-{method}.raw")
        with open(self.path, "wb") as file:
            file.write(OLD * (DRIVE_MIB * MIB // len(OLD)))
        self.state_path = small_machine.make_state_disk(workshop.path(f"state-{kind}-{method}.raw"), 32 * MIB)
        self.phases = collections.Counter()
        self.state_unflushed = 0  # sectors, at the cuts
        self.written = 0  # bytes, in the overwrites of all machines so far
        self.cuts = [self.before_the_overwrite, self.in_the_overwrite, self.in_the_overwrite, self.while_noting_the_overwrite,
                     self.in_the_overwrite, self.after_the_overwrite, self.in_the_verification]

    def run(self):
        """Cut, started again and gone on with, until nothing cuts it any more."""
        with volatile_drive.VolatileDrive(self.path, self.random.random(), SPEED) as drive, \
                volatile_drive.VolatileDrive(self.state_path, self.random.random(), STATE_SPEED) as state:
            self.drive, self.state = drive, state
            for number, moment in enumerate(self.cuts, 1):
                self.start(lambda machine, moment=moment: self.cut(machine, moment, number))
            result = self.start(lambda machine: machine.finish(400))
            drive.cut_power()
            state.cut_power()
            print(f"    {self.kind} {self.method}: {drive.lost} sectors of the drive and {state.lost} of the state disk were "
                  f"lost in {len(self.cuts)} power cuts: {dict(self.phases)}", flush=True)
            self.check(result)
            # Of the state disk it is a sector or two, and each of them may survive.
            expect(drive.lost and self.state_unflushed, "nothing was lost: that was no power cut")

    def start(self, then):
        make = {"sata": small_machine.sata, "nvme": small_machine.nvme}[self.kind]
        with self.workshop.machine([make(self.drive, serial=SERIAL)], self.state) as machine:
            machine.begin(words_of(self.node, self.method))
            machine.wait_for("BEGINS", 60)
            try:
                return then(machine)
            finally:
                machine.cut_power()

    def cut(self, machine, moment, number):
        moment(machine)
        cached = self.drive.lose_power(), self.state.lose_power()
        self.state_unflushed += cached[1]
        machine.cut_power()
        self.drive.cut_power()
        self.state.cut_power()
        phase = phase_of(machine.serial_text())
        self.phases[phase] += 1
        print(f"    {self.kind} {self.method}: cut {number} in: {phase}; not flushed were {cached[0]} sectors of the drive and "
              f"{cached[1]} of the state disk", flush=True)

    # Each waits for a moment that nobody knows before.

    def before_the_overwrite(self, machine):
        self.wait_for_steps(machine, self.random.choice([0, 0, 1, 2]))
        time.sleep(self.random.uniform(0, 0.4))

    def in_the_overwrite(self, machine):
        self.wait_for_steps(machine, 3)
        begin = self.drive.bytes_written
        part = self.random.uniform(0, 0.5) * max(MIB, DRIVE_MIB * MIB - self.written)
        self.wait(machine, lambda: self.drive.bytes_written > begin + part)
        self.written += self.drive.bytes_written - begin

    def while_noting_the_overwrite(self, machine):
        """The state disk has some of a mark, or of what the file system makes of it."""
        self.wait_for_steps(machine, 3)
        time.sleep(self.random.uniform(0, 1))
        self.wait(machine, lambda: self.state.unflushed(), 0.001)

    def after_the_overwrite(self, machine):
        self.wait_for_steps(machine, self.random.choice([4, 5]))

    def in_the_verification(self, machine):
        self.wait_for_steps(machine, 6)
        end = self.drive.bytes_read + self.random.uniform(0, 0.9) * DRIVE_MIB * MIB
        self.wait(machine, lambda: self.drive.bytes_read > end)

    def wait_for_steps(self, machine, count):
        """So many have ended, as far as the console says."""
        self.wait(machine, lambda: len(steps_done(said(machine))) >= count and (count == 0 or "/dev/" in said(machine)))

    def wait(self, machine, condition, pause=0.02):
        deadline = time.monotonic() + LONGEST * machine.patience
        while time.monotonic() < deadline and not condition() and "ENDED" not in said(machine):
            time.sleep(pause)

    def check(self, result):
        expect(result.status == 0, f"it ended with {result.status}: {result.stderr[-2000:]}")
        report = json.loads(result.files["report.json"])["wipes"][0]
        expect(report["verdict"] == "cleared" and not report["errors"],
               f"{report['verdict']}: {report['remarks']} {report['errors']}")
        checks = [item["facts"] for item in report["evidence"] if item["kind"] == "resumption"]
        expect(all(check["begun_anew"] == "no" for facts in checks for check in facts["checks"]),
               f"a flushed sector was lost, or a mark was not true: {checks}")
        resumed = checks[0]["resumed"] if checks else 0
        print(f"    {self.kind} {self.method}: the record tells of {resumed} resumptions", flush=True)
        check_from_outside(self.path, report)


def sata_zero(workshop):
    """Zeros on a SATA drive."""
    Interrupted(workshop, "sata", "sda", "zero").run()


def sata_random(workshop):
    """Random data on a SATA drive."""
    Interrupted(workshop, "sata", "sda", "random").run()


def nvme_zero(workshop):
    """Zeros on an NVMe drive."""
    Interrupted(workshop, "nvme", "nvme0n1", "zero").run()


def nvme_random(workshop):
    """Random data on an NVMe drive."""
    Interrupted(workshop, "nvme", "nvme0n1", "random").run()


TESTS = [sata_zero, sata_random, nvme_zero, nvme_random]


def main(arguments):
    return run_program(__doc__, arguments, [REGAIN, ARTIFACTS, LIST], TESTS, Workshop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
