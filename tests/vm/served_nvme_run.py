#!/usr/bin/env python3
"""served_nvme_run.py [--regain FILE] [--server FILE] [TEST...]: simulated NVMe controllers, served to a real kernel by
NVMe/TCP inside a small machine, are erased by `regain wipe` with nvme-cli as a witness.

--server: serve_nvme (tests/simulator/served). What is left on the flash afterwards, stale copies too, is asked of the
simulator. Exit status: 0 all passed, 1 one failed, 77 nothing could be tried.
Environment instead of options: REGAIN_BINARY, REGAIN_SERVE_NVME, REGAIN_VM_ARTIFACTS; REGAIN_VM_PATIENCE multiplies every
time limit.
"""

import contextlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import small_machine  # noqa: E402
from run import ARTIFACTS, LIST, REGAIN, Skip, expect, run_program  # noqa: E402
from served_drives import ServedNvme  # noqa: E402


class Workshop:
    """What the tests are given."""

    def __init__(self, options, room):
        self.options, self.room = options, room

    @contextlib.contextmanager
    def machine(self):
        server = self.options.server
        if not server or not os.access(server, os.X_OK):
            raise Skip("no serve_nvme (--server)")
        with small_machine.SmallMachine([], regain=self.options.regain, programs=["nvme", ("serve_nvme", server)],
                                        modules=["nvme_tcp"], memory_mib=1024, skips_idle_time=True) as machine:
            yield machine


def yes(bit):
    return "yes" if bit else "no"


def compare_with_nvme(drive, facts, said):
    """Field by field: what Regain says, and what nvme-cli says of the same controller."""
    control, log = said["id-ctrl"], said["sanitize-log"]
    sanicap, oacs, fna = (control[name] for name in ("sanicap", "oacs", "fna"))
    status = int(log["sstat"]["status"][1:].split(")")[0])
    wanted = {
        "nvme-serial": control["sn"].strip(), "nvme-model": control["mn"].strip(), "nvme-firmware": control["fr"].strip(),
        "nvme-version": f"0x{control['ver']:08x}", "highest-namespace": str(control["nn"]),
        "total-bytes": str(control["tnvmcap"]), "unallocated-bytes": str(control["unvmcap"]),
        "sanitize-crypto-erase": yes(sanicap & 1), "sanitize-block-erase": yes(sanicap & 2),
        "sanitize-overwrite": yes(sanicap & 4), "security-commands": yes(oacs & 1), "format-supported": yes(oacs & 2),
        "namespace-management": yes(oacs & 8), "format-concerns-all-namespaces": yes(fna & 1),
        "erase-concerns-all-namespaces": yes(fna & 2), "format-crypto-erase": yes(fna & 4),
        "namespaces": str(len(said["all"])), "namespaces-attached": str(len(said["attached"])),
        "sanitize-state": {0: "never", 1: "completed", 2: "in-progress", 3: "failed"}[status],
        "global-data-erased": yes(log["sstat"]["global_erased"]),
        "block-erase-seconds": str(log["time_block_erase"]), "crypto-erase-seconds": str(log["time_crypto_erase"]),
    }
    for nsid, space in said["id-ns"].items():
        wanted[f"namespace-{nsid}-bytes"] = str(space["nsze"] << space["lbafs"][space["flbas"] & 0xF]["ds"])
    found = {name: facts.get(name, {"value": "missing"})["value"] for name in wanted}
    expect(found == wanted, f"Regain says {found}, nvme says {wanted}")
    raw = {"sanitize-crypto-erase": f"0x{sanicap:08x}", "format-supported": f"0x{oacs:04x}",
           "format-crypto-erase": f"0x{fna:02x}"}
    expect({name: facts[name]["raw"] for name in raw} == raw, f"the raw fields are not {raw}")
    listed = {space["nsid"]: space["attached"] for space in drive["capabilities"]["namespaces"]}
    expect(listed == {nsid: nsid in said["attached"] for nsid in said["all"]}, f"the namespaces are listed as {listed}")
    return status


def what_nvme_says(served):
    device = f"/dev/{served.controller}"
    said = {"id-ctrl": served.nvme(f"id-ctrl {device}"),
            "sanitize-log": served.nvme(f"sanitize-log {device}")[served.controller],
            "all": [each["nsid"] for each in served.nvme(f"list-ns {device} --all")["nsid_list"]],
            "attached": [each["nsid"] for each in served.nvme(f"list-ns {device}")["nsid_list"]]}
    said["id-ns"] = {nsid: served.nvme(f"id-ns {device} -n {nsid}") for nsid in said["attached"]}
    return said


def served_nvme_is_purged(workshop):
    """An SSD with two namespaces, found as attached by TCP and described as nvme-cli does, is purged: a new key, then its
    blocks. Nothing that changes it is sent before the confirmation."""
    with workshop.machine() as machine:
        served = ServedNvme(machine, 1, "--namespace 1:4096:12 --namespace 2:256:12 --sanitize-seconds 5")
        markers = {1: served.mark(1, [0, 1, 2048, 4095]), 2: served.mark(2, [0, 255])}
        before = what_nvme_says(served)
        drive, facts = served.capabilities()
        expect((drive["bus"], drive["protocol"], drive["attachment"]) == ("nvme", "nvme", "tcp"), f"it is {drive}")
        expect(served.shell(f"cat /sys/class/nvme/{served.controller}/transport").strip() == "tcp", "the kernel disagrees")
        expect([node["path"] for node in drive["nodes"]] == [served.node(1), served.node(2)], f"its nodes: {drive['nodes']}")
        expect(compare_with_nvme(drive, facts, before) == 0, "a new drive has never been sanitized")

        plan = served.shell(f"regain wipe {served.node(1)} --lang en --plan")
        expect("purged (Purge)" in plan, f"the plan: {plan}")
        refused = machine.run(f"regain wipe {served.node(1)} --confirm ANOTHER --no-certificate")
        expect(refused.status == 3, f"another serial was taken for a confirmation: {refused}")
        expect(served.state()["changing_commands"] == [], "a command that changes the drive was sent before the confirmation")

        wiped = served.wipe("--policy best")
        expect((wiped.status, wiped.verdict) == (0, "purged"), f"{wiped.status} {wiped.verdict}: {wiped.errors}")
        expect(served.left(markers) == "nothing", f"it was purged, and there is left: {served.left(markers)}")
        logs = [(log["method"], log["seen_running"], log["completed"]) for log in wiped.evidence("drive-log")]
        expect(logs == [("nvme-sanitize-crypto", "yes", "yes"), ("nvme-sanitize-block", "yes", "yes")], f"the logs: {logs}")
        expect(served.state()["changing_commands"] == ["84 0000000c", "84 0000000a"], f"what was sent: {served.state()}")

        after = what_nvme_says(served)
        drive, facts = served.capabilities()
        expect(compare_with_nvme(drive, facts, after) == 1 and after["sanitize-log"]["cdw10_info"] == 0x0A,
               f"afterwards nvme says {after['sanitize-log']}")
        marked = served.mark(1, [7])
        expect(served.shows(1, marked[1]) == "yes", "the drive can't be used afterwards")


def served_nvme_is_cleared(workshop):
    """A drive of which Linux shows the namespaces at the subsystem, not at the controller (native multipath). By the
    quickest way, by Format NVM of every namespace, and with a namespace that is attached to nobody: cleared, and the
    plan says why it can't be more."""
    with workshop.machine() as machine:
        served = ServedNvme(machine, 1, "--namespace 1:256:12 --namespace 2:256:12 --sanitize-seconds 5 --shared")
        place = served.shell(f"readlink -f /sys/block/{os.path.basename(served.node(1))}")
        expect("/nvme-subsystem/" in place, f"the namespaces hang on {place}")
        table = served.shell("regain drives --lang en")
        expect("network (TCP)" in table and table.count(served.serial) == 1, f"the drives: {table}")
        markers = {nsid: served.mark(nsid, [0, 255]) for nsid in (1, 2)}
        wiped = served.wipe("--policy clear")
        expect((wiped.status, wiped.verdict) in ((0, "cleared"), (0, "purged")), f"{wiped.status} {wiped.verdict}: {wiped.errors}")
        expect(served.left(markers) in ("nothing", "hidden copies"), f"after Clear there is left: {served.left(markers)}")
        expect(wiped.verdict == "cleared" or served.left(markers) == "nothing", "it was purged, and hidden copies are left")

        markers = {nsid: served.mark(nsid, [0, 255]) for nsid in (1, 2)}
        count = len(served.state()["changing_commands"])
        wiped = served.wipe("--method nvme-format-user-data")
        expect((wiped.status, wiped.verdict) == (0, "cleared"), f"{wiped.status} {wiped.verdict}: {wiped.errors}")
        expect(served.left(markers) == "nothing", f"after Format there is left: {served.left(markers)}")
        expect(served.state()["changing_commands"][count:] == ["80 00000200"] * 2, f"what was sent: {served.state()}")

        hidden = {2: served.mark(2, [0, 255])}
        markers = {1: served.mark(1, [0, 255])}
        served.shell(f"nvme detach-ns /dev/{served.controller} -n 2 -c 1 && nvme ns-rescan /dev/{served.controller}\n"
                     f"while [ -e {served.node(2)} ]; do sleep 0.2; done")
        drive, facts = served.capabilities()
        compare_with_nvme(drive, facts, what_nvme_says(served))
        expect(len(drive["nodes"]) == 1, f"a namespace that is attached to nobody has a node: {drive['nodes']}")
        refused = machine.run(f"regain wipe {served.node(1)} --lang en --policy purge --plan")
        expect(refused.status == 3 and "namespace" in refused.stderr, f"a purge was planned: {refused}")
        wiped = served.wipe("--policy best")
        expect((wiped.status, wiped.verdict) == (0, "cleared"), f"{wiped.status} {wiped.verdict}: {wiped.errors}")
        expect("namespaces-not-attached" in [remark["code"] for remark in wiped.report["plan"]["remarks"]],
               f"the plan does not name it: {wiped.report['plan']['remarks']}")
        expect(served.left({**markers, **hidden}) == "nothing", "Sanitize concerns every namespace")
        served.shell(f"nvme attach-ns /dev/{served.controller} -n 2 -c 1 && nvme ns-rescan /dev/{served.controller}\n"
                     f"until [ -e {served.node(2)} ]; do sleep 0.2; done")


def served_nvme_lies_and_fails(workshop):
    """Controllers whose erasing does nothing, leaves a region out, fails, or stands still: never more than what the oracle
    allows, and the ladder goes down as far as it has to."""
    with workshop.machine() as machine:
        stuck = ServedNvme(machine, 1, "--namespace 1:128:12 --sanitize-seconds 5")
        stuck_markers = {1: stuck.mark(1, [0, 127])}
        stuck.misbehave("progress sticks at 40 %")
        stuck.begin_wipe("--method nvme-sanitize-block")  # a watchdog of ten minutes, beside the others

        liar = ServedNvme(machine, 2, "--namespace 1:256:12 --namespace 2:128:12 --sanitize-seconds 2")
        markers = {nsid: liar.mark(nsid, [0, 100]) for nsid in (1, 2)}
        liar.misbehave("success without erasing")
        for method in ("nvme-sanitize-block", "nvme-format-user-data"):
            wiped = liar.wipe(f"--method {method}")
            expect((wiped.status, wiped.verdict) == (1, "not-erased"), f"{method}: {wiped.status} {wiped.verdict}")
            expect(liar.left(markers) != "nothing", "it was to leave the data alone")
        wiped = liar.wipe("--policy best")
        expect((wiped.status, wiped.verdict) == (0, "cleared"), f"{wiped.status} {wiped.verdict}: {wiped.errors}")
        expect(wiped.report["method"] in ("zero", "random"), f"cleared by {wiped.report['method']}")
        expect("attempt-failed" in wiped.codes(), f"nothing is said of what failed before: {wiped.codes()}")
        expect(liar.left(markers) == "hidden copies", f"overwriting leaves {liar.left(markers)}")

        failing = ServedNvme(machine, 3, "--namespace 1:256:12 --sanitize-seconds 2")
        markers = {1: failing.mark(1, [0, 255])}
        failing.misbehave("fails at 40 %")
        wiped = failing.wipe("--policy purge")
        expect((wiped.status, wiped.verdict) == (1, "not-erased"), f"{wiped.status} {wiped.verdict}: {wiped.errors}")
        wiped = failing.wipe("--policy best")
        expect((wiped.status, wiped.verdict) == (0, "cleared"), f"{wiped.status} {wiped.verdict}: {wiped.errors}")
        expect(wiped.report["method"] == "nvme-format-user-data", f"cleared by {wiped.report['method']}")
        expect(failing.left(markers) == "nothing", f"Format leaves {failing.left(markers)}")

        region = ServedNvme(machine, 4, "--namespace 1:1024:12 --sanitize-seconds 2 --sanitize block")
        markers = {1: region.mark(1, [600])}
        region.misbehave("erased but for one region")
        wiped = region.wipe("--policy purge")
        expect((wiped.status, wiped.verdict) == (1, "not-erased"), f"{wiped.status} {wiped.verdict}: {wiped.errors}")
        expect(region.left(markers) != "nothing", "the region was to be left out")

        wiped = stuck.wait_for_wipe(1000)
        expect((wiped.status, wiped.verdict) == (1, "not-erased"), f"{wiped.status} {wiped.verdict}: {wiped.errors}")
        log = wiped.evidence("drive-log")[0]
        expect((log["stood_still"], log["left_running"]) == ("yes", "yes"), f"the log: {log['remarks']}")
        expect(stuck.state()["sanitize_state"] == 2 and stuck.holds(1, stuck_markers[1][1]) == "yes", "it goes on")


def served_nvme_loses_its_host(workshop):
    """Regain is killed and the drive loses power while it sanitizes; somebody else's operation runs: the next start looks
    at the drive's log first, touches nothing while it runs, and ends with a true verdict."""
    with workshop.machine() as machine:
        served = ServedNvme(machine, 1, "--namespace 1:256:12 --sanitize-seconds 45")
        markers = {1: served.mark(1, [0, 255])}
        served.begin_wipe("--policy best")
        served.shell("until nvme sanitize-log /dev/%s | grep -q 'SSTAT.*0x.*2$'; do sleep 0.5; done; killall -9 regain"
                     % served.controller, seconds=200)
        expect(served.ask("power-cycle") == "ok", "the power can't be cut")
        served.shell(f"until nvme id-ctrl /dev/{served.controller} >/dev/null 2>&1; do sleep 0.5; done\n"
                     f"until [ \"$(cat /sys/class/nvme/{served.controller}/state)\" = live ]; do sleep 0.5; done")
        expect(served.state()["sanitize_state"] == 2, f"it was to go on by itself: {served.state()}")
        sent = served.state()["changing_commands"]
        _, facts = served.capabilities()
        expect(facts["sanitize-state"]["value"] == "in-progress", f"Regain says {facts['sanitize-state']}")
        refused = machine.run(f"regain wipe {served.node(1)} --lang en --plan")
        expect(refused.status == 3 and "sanitize-in-progress" in refused.stderr, f"{refused}")
        expect(served.state()["changing_commands"] == sent, "something was sent to a drive that sanitizes")

        # A wipe waits until it has ended, and then does its own.
        wiped = served.wipe("--policy best")
        expect((wiped.status, wiped.verdict) == (0, "purged"), f"{wiped.status} {wiped.verdict}: {wiped.errors}")
        expect("still erasing itself" in wiped.errors, f"it does not say that it waits: {wiped.errors}")
        expect(served.left(markers) == "nothing", "purged, and something is left")
        expect("was interrupted" in wiped.errors, f"nothing is said of the job before: {wiped.errors}")
        expect(wiped.evidence("drive-log")[0]["state_before"] == "completed", "what the log said first")

        served.shell(f"nvme sanitize /dev/{served.controller} -a 2")
        said = what_nvme_says(served)
        drive, facts = served.capabilities()
        expect(compare_with_nvme(drive, facts, said) == 2, f"nvme says {said['sanitize-log']}")
        refused = machine.run(f"regain wipe {served.node(1)} --lang en --plan")
        expect(refused.status == 3 and "Wait until the drive has ended" in refused.stderr, f"{refused}")


TESTS = [served_nvme_is_purged, served_nvme_is_cleared, served_nvme_lies_and_fails, served_nvme_loses_its_host]


def main(arguments):
    server = ("--server", "REGAIN_SERVE_NVME", "the program serve_nvme")
    return run_program(__doc__, arguments, [REGAIN, server, ARTIFACTS, LIST], TESTS, Workshop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
