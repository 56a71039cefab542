#!/usr/bin/env python3
"""erase_run.py [--regain FILE] [TEST...]: QEMU's own drives are erased through the real kernel, in a small machine.

What `regain drives --capabilities` says is compared with hdparm, nvme and sg_*; the drives' files are searched from
outside, by code that shares nothing with the product. Exit status: 0 all passed, 1 one failed, 77 nothing could be tried.
Environment instead of options: REGAIN_BINARY, REGAIN_VM_ARTIFACTS; REGAIN_VM_PATIENCE multiplies every time limit.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import small_machine  # noqa: E402
from run import chosen_tests, expect, run_tests  # noqa: E402
from small_machine import MIB  # noqa: E402


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


TESTS = [power_cut_leaves_what_was_written]


def main(arguments):
    environment = os.environ.get
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--regain", default=environment("REGAIN_BINARY"), help="the regain program")
    parser.add_argument("--artifacts", default=environment("REGAIN_VM_ARTIFACTS"), help="where failures leave evidence")
    parser.add_argument("--list", action="store_true", help="print the names of the tests")
    parser.add_argument("tests", nargs="*", metavar="TEST", help="default: all")
    options = parser.parse_args(arguments)
    tests = chosen_tests(parser, options.tests, TESTS)
    if options.list:
        print("\n".join(test.__name__ for test in tests))
        return 0
    return run_tests(tests, options, Workshop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
