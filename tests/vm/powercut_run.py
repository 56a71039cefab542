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

CUTS_EACH = 5
DRIVE_MIB = 96
LONGEST = 120  # seconds until a cut
SERIAL = "CUT-1"
# In the order of the plan; what regain says when each has ended.
STEPS = ["write-markers", "flush of markers", "check-markers (stored)", "overwrite", "flush", "check-markers (gone)", "verify"]
OLD = b"OLD-DATA-MARKER-"


class Workshop:
    """What the tests are given."""

    def __init__(self, options, room):
        self.options, self.room = options, room
        self.random = random.Random(20261123)

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


def steps_done(said):
    """What had ended, as far as the console says; of a wipe that was resumed the earlier steps, too."""
    return re.findall(r"^\s+/dev/\w+: (.+): done", said.replace("\r", ""), re.MULTILINE)


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
        self.path = workshop.path(f"{kind}-{method}.raw")
        with open(self.path, "wb") as file:
            file.write(OLD * (DRIVE_MIB * MIB // len(OLD)))
        self.state_path = small_machine.make_state_disk(workshop.path(f"state-{kind}-{method}.raw"), 32 * MIB)
        self.phases = collections.Counter()

    def run(self):
        """Cut, started again and gone on with, until nothing cuts it any more."""
        with volatile_drive.VolatileDrive(self.path, self.workshop.random.random()) as drive, \
                volatile_drive.VolatileDrive(self.state_path, self.workshop.random.random()) as state:
            for cut in range(CUTS_EACH):
                self.start(drive, state, self.cut_somewhere)
                drive.cut_power()
                state.cut_power()
                print(f"    {self.kind} {self.method}: cut {cut + 1}", flush=True)
            result = self.start(drive, state, lambda machine: machine.finish(400))
            drive.cut_power()
            state.cut_power()
            self.check(result)
            print(f"    {self.kind} {self.method}: {drive.lost} sectors of the drive and {state.lost} of the state disk were "
                  f"lost in {CUTS_EACH} power cuts: {dict(self.phases)}", flush=True)

    def start(self, drive, state, then):
        make = {"sata": small_machine.sata, "nvme": small_machine.nvme}[self.kind]
        with self.workshop.machine([make(drive, serial=SERIAL)], state) as machine:
            machine.begin(words_of(self.node, self.method))
            machine.wait_for("BEGINS", 60)
            try:
                return then(machine)
            finally:
                machine.cut_power()

    def cut_somewhere(self, machine):
        """After so many steps, and a moment: more often where more time is spent."""
        steps = self.workshop.random.choice([0, 1, 2, 3, 3, 3, 3, 4, 5, 6, 6, 6, 7])
        deadline = time.monotonic() + LONGEST * machine.patience
        while time.monotonic() < deadline:
            said = machine.serial_text().rpartition("BEGINS")[2]
            if len(steps_done(said)) >= steps and (steps == 0 or "/dev/" in said) or "ENDED" in said:
                break
            time.sleep(0.02)
        time.sleep(self.workshop.random.uniform(0, 4))
        machine.cut_power()
        phase = phase_of(machine.serial_text())
        self.phases[phase] += 1
        print(f"      in: {phase}", flush=True)

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
