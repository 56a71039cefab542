#!/usr/bin/env python3
"""batch_run.py [--regain FILE] [TEST...]: drives are plugged into a small machine while `regain batch` runs in it.

QEMU plugs them in and pulls them out (QMP); the machine's own udevd tells of them, and its kernel powers them down. The
drives' files are searched from outside. Exit status: 0 all passed, 1 one failed, 77 nothing could be tried.
"""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import small_machine  # noqa: E402
from erase_run import FONT_SETTINGS, Workshop, fonts  # noqa: E402
from run import ARTIFACTS, LIST, REGAIN, expect, run_program  # noqa: E402

# The port that udev names after these places: the third one of a controller in slot 16.
DOCK = ["-device", "qemu-xhci,id=dock,addr=0x10,p3=8"]
PORT = "pci-0000:00:10.0-usb-0:3:1.0-scsi-0:0:0:0"

# Types what the test says when it is time; what regain says goes to the console too.
BATCH = """mkfifo /tmp/typed
regain batch --lang en --progress none --verify full -o $OUT/report.json {options} </tmp/typed >$OUT/said 2>&1 &
batch=$!
exec 4>/tmp/typed
tail -n +1 -f $OUT/said &
{script}
echo q >&4
wait $batch
status=$?
for certificate in /var/lib/regain/certificates/*.jws; do
    regain certificate verify --lang en $certificate || status=99
done
ls /sys/block >$OUT/blocks
exit $status
"""


def backend(drive, name):
    return ["-drive", f"if=none,id={name},format=raw,file={drive.path},cache=unsafe"]


def machine_for(workshop, arguments, modules):
    state = small_machine.make_state_disk(workshop.path("state.raw"))
    return workshop.machine([], state=state, memory_mib=1024, modules=modules, arguments=arguments, trees=FONT_SETTINGS,
                            files=fonts())


def report_of(result, status):
    expect(result.status == status, f"the batch ended with {result.status} instead of {status}: {result.stdout[-3000:]}")
    return {wipe["drive"]["serial"]: wipe for wipe in json.loads(result.files["report.json"])["wipes"]}


def usb_drives_are_erased_as_they_are_plugged_in(workshop):
    """One by its port without a question, one by its serial; both are powered down before they may be pulled."""
    first, second = workshop.donor("first", 16), workshop.donor("second", 16)
    arguments = [*DOCK, *backend(first, "first"), *backend(second, "second")]
    with machine_for(workshop, arguments, ["xhci_pci", "usb_storage"]) as machine:
        machine.begin(BATCH.format(options=f"--auto --allow {PORT} --donor Mairie", script="""
until grep -q "to erase it, type USB2" $OUT/said; do sleep 1; done
echo USB9 >&4
until grep -q "no drive that is here has this serial" $OUT/said; do sleep 1; done
echo USB2 >&4
until [ $(grep -c "can be pulled out" $OUT/said) = 2 ]; do sleep 1; done
"""))
        machine.wait_for("A line with q ends this", 120)
        machine.command("device_add", driver="usb-storage", id="one", bus="dock.0", port="3", drive="first", serial="USB1")
        machine.wait_for("is powered down and can be pulled out", 240)
        machine.command("device_del", id="one")
        machine.command("device_add", driver="usb-storage", id="two", bus="dock.0", port="4", drive="second", serial="USB2")
        result = machine.finish(240)
    said = result.files["said"].decode()
    expect(f"is erased without a question: its port {PORT} is allowed" in said, said)
    expect(said.index("to erase it, type USB2") > said.index("can be pulled out"), said)
    report = report_of(result, 0)
    expect(sorted(report) == ["USB1", "USB2"], f"the report is about {sorted(report)}")
    expect(all(wipe["verdict"] == "cleared" for wipe in report.values()), f"verdicts: {report}")
    expect("sd" not in result.files["blocks"].decode(), "the system did not let go of the drives")
    for drive in (first, second):
        drive.expect_erased()


def a_drive_that_is_pulled_at_work_leaves_the_others_alone(workshop):
    """SCSI disks at one controller: one vanishes while it is being erased, one goes on."""
    pulled, other = workshop.donor("pulled", 192), workshop.donor("other", 32)
    arguments = ["-device", "virtio-scsi-pci,id=hba", *backend(pulled, "pulled"), *backend(other, "other")]
    with machine_for(workshop, arguments, ["virtio_scsi"]) as machine:
        machine.begin(BATCH.format(options="--auto --allow PULLED --allow OTHER --method random", script="""
until [ $(grep -c ": recorded as" $OUT/said) = 2 ]; do sleep 1; done
"""))
        machine.wait_for("A line with q ends this", 120)
        machine.command("device_add", driver="scsi-hd", id="one", bus="hba.0", drive="pulled", serial="PULLED")
        machine.wait_for("write markers: done", 120)
        machine.command("device_add", driver="scsi-hd", id="two", bus="hba.0", drive="other", serial="OTHER")
        machine.command("device_del", id="one")
        result = machine.finish(300)
    report = report_of(result, 1)
    expect(report["PULLED"]["verdict"] == "not-erased", f"{report['PULLED']['verdict']}")
    expect("it was pulled out" in json.dumps(report["PULLED"]["errors"]), f"{report['PULLED']['errors']}")
    expect(report["OTHER"]["verdict"] == "cleared", f"{report['OTHER']}")
    other.expect_erased()


TESTS = [usb_drives_are_erased_as_they_are_plugged_in, a_drive_that_is_pulled_at_work_leaves_the_others_alone]


def main(arguments):
    return run_program(__doc__, arguments, [REGAIN, ARTIFACTS, LIST], TESTS, Workshop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
