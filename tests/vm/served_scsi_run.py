#!/usr/bin/env python3
"""served_scsi_run.py [--regain FILE] [--serve FILE] [TEST...]: simulated ATA and SCSI drives, served to the kernel of a small
machine (tests/simulator/served), are erased by Regain through SG_IO, SAT and the block layer.

hdparm and sg3-utils are witnesses before and after; an oracle that shares no code with the product looks at every cell
of the simulated media. Exit status: 0 all passed, 1 one failed, 77 nothing could be tried. Environment instead of
options: REGAIN_BINARY, REGAIN_SERVE_SCSI, REGAIN_VM_ARTIFACTS; REGAIN_VM_PATIENCE multiplies every time limit.
"""

import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import small_machine  # noqa: E402
from run import ARTIFACTS, LIST, REGAIN, Skip, expect, run_program  # noqa: E402

WITNESSES = ["hdparm", "sg_opcodes", "sg_sanitize", "sg_requests"]
MARKER = b"a-donor's-letter"
WHERE = 4321  # the sector that the marker is written to
SOCKET = "/run/simulators"


class Workshop:
    """What the tests are given."""

    def __init__(self, options, room):
        self.options, self.room = options, room

    def served(self, *models, sleeps=False):
        if not self.options.serve or not os.access(self.options.serve, os.X_OK):
            raise Skip("serve_scsi is not built (cmake --build build/dev --target serve_scsi)")
        # The note of a password has to outlive a power cut: with a state in memory no password is ever set.
        state = os.path.join(self.room, f"state-{'-'.join(models)}.raw")
        return ServedMachine(self.options, models, small_machine.make_state_disk(state), sleeps)


class ServedMachine(small_machine.SmallMachine):
    """A small machine whose drives are simulated. A drive goes by the name of its model."""

    def __init__(self, options, models, state, sleeps=False):
        super().__init__([], regain=options.regain, state=state, programs=[("/usr/bin/serve_scsi", options.serve), *WITNESSES],
                         modules=["target_core_user", "tcm_loop"], memory_mib=640, sleeps=sleeps)
        self.models, self.nodes = models, {}

    def __enter__(self):
        super().__enter__()
        drives = " ".join(f"{model}={model}" for model in self.models)
        result = self.run(f"serve_scsi serve {SOCKET} {drives} >/run/served 2>&1 &\n"
                          "until grep -q . /run/served; do sleep 0.2; done; cat /run/served; udevadm settle\n"
                          + "".join(f"serve_scsi ask {SOCKET} {model} node\n" for model in self.models))
        lines = result.stdout.split()
        expect(lines[:1] == ["serving"], f"the drives are not served: {result}")
        self.nodes = dict(zip(self.models, lines[1:]))
        self.serials = {model: f"SIM{'SAS' if model.startswith('sas') else 'ATA'}{number:02}"
                        for number, model in enumerate(self.models, 1)}
        return self

    def shell(self, script, status=0, seconds=120):
        """What a script said; its words for a drive's node are $model with _ for -."""
        nodes = "".join(f"{name.replace('-', '_')}={node}\n" for name, node in self.nodes.items())
        result = self.run(f"export REGAIN_LANG=en\n{nodes}{script}", seconds=seconds)
        expect(status is None or result.status == status,
               f"{script!r} ended with {result.status}:\n{result.stdout}\n{result.stderr}")
        return result

    def ask(self, model, *words):
        return self.shell(" ".join(["serve_scsi ask", SOCKET, model, *(f"'{word}'" for word in words)])).stdout.strip()

    def mark(self, *models):
        """A sector with the marker; on flash an older copy of it, too, that no reading shows."""
        text = MARKER.ljust(512, b".")
        script = ""
        for model in models:
            node = self.nodes[model]
            script += f"dd if=$IN/marker of={node} bs=512 seek={WHERE} conv=notrunc,fsync 2>/dev/null || exit 1\n"
            if "ssd" in model:
                script += f"dd if=$IN/marker of={node} bs=512 seek=7 conv=notrunc,fsync 2>/dev/null || exit 1\n"
                script += f"dd if=/dev/zero of={node} bs=512 seek=7 count=1 conv=notrunc,fsync 2>/dev/null || exit 1\n"
        result = self.run(script, {"marker": text})
        expect(result.status == 0, f"the marker could not be written: {result}")
        for model in models:
            expect(self.holds(model), f"{model} does not hold what was written")

    def holds(self, model):
        return self.ask(model, "holds", MARKER.hex()) == "yes"

    def shows(self, model):
        """Whether the block device still shows the marker; None where it can't be read."""
        script = f"dd if={self.nodes[model]} bs=512 skip={WHERE} count=1 iflag=direct 2>/dev/null >$OUT/sector"
        result = self.run(script)
        return None if result.status else result.files["sector"].startswith(MARKER)

    def capabilities(self):
        """Node -> fact -> value."""
        report = json.loads(self.shell("regain drives --capabilities --json >$OUT/found").files["found"])
        return {drive["path"]: {fact["fact"]: fact["value"] for fact in drive["capabilities"]["facts"]}
                for drive in report["drives"]}

    def wipe(self, models, *options, status, seconds=400):
        """Model -> its record of the report, for one run over these drives."""
        words = " ".join([*options, *(f"--confirm {self.serials[model]}" for model in models),
                          *(self.nodes[model] for model in models)])
        result = self.shell(f"regain wipe --no-certificate --progress none -o $OUT/report {words}", None, seconds)
        expect(result.status == status, f"regain wipe {words} ended with {result.status}:\n{result.stdout}\n{result.stderr}")
        if "report" not in result.files:
            return {}
        wipes = {wipe["drive"]["path"]: wipe for wipe in json.loads(result.files["report"])["wipes"]}
        return {model: wipes[self.nodes[model]] for model in models if self.nodes[model] in wipes}


def evidence(record, kind):
    return [entry["facts"] for entry in record["evidence"] if entry["kind"] == kind]


def nothing_is_left(machine, model, record):
    """What a level promises, asked of the oracle: purged, nothing in any cell; cleared, nothing that is shown."""
    expect(record["verdict"] != "purged" or not machine.holds(model), f"{model} is called purged and holds the marker")
    expect(record["verdict"] != "cleared" or machine.shows(model) is False, f"{model} is called cleared and shows the marker")


# --- the tests ----------------------------------------------------------------------------------------------------------


def served_drives_are_described_as_hdparm_and_sg_describe_them(workshop):
    """Sanitize, security, hidden sectors and their states, idle and running, as other people's programs see them."""
    with workshop.served("ata-ssd", "ata-hdd", "ata-hdd-hpa", "ata-hdd-dco", "ata-ssd-frozen", "sas-hdd", "sas-ssd") as machine:
        compare_with_hdparm(machine)
        compare_with_sg(machine)
        # An erase that another program started.
        for model in ("ata-ssd", "sas-ssd"):
            machine.ask(model, "erase-seconds", "60")
        # The block device of a SCSI drive at work can neither be opened nor closed while udev waits for its partitions
        # (which it does as soon as somebody who could write closes it): the sg node can.
        generic = "/dev/" + machine.shell("ls /sys/block/${sas_ssd#/dev/}/device/scsi_generic").stdout.strip()
        machine.shell("hdparm --yes-i-know-what-i-am-doing --sanitize-block-erase $ata_ssd &&\n"
                      f"sg_sanitize --block --early --quick {generic}")
        facts = machine.capabilities()
        said = machine.shell(f"hdparm --sanitize-status $ata_ssd\nsg_requests --progress --num=1 {generic}").stdout
        expect("SD2 Sanitize operation In Process" in said, f"hdparm does not see the operation: {said}")
        expect(re.search(r"Progress indication: \d+\.\d+%", said), f"sg_requests does not see the operation: {said}")
        for model in ("ata-ssd", "sas-ssd"):
            state = facts[machine.nodes[model]].get("sanitize-state")
            expect(state == "in-progress", f"{model}: {state} while its operation runs")
            refused = machine.shell(f"timeout 30 regain wipe --plan {machine.nodes[model]}", None)
            expect(refused.status == 3 and "sanitize-in-progress" in refused.stderr, f"{model} is busy: {refused}")
        # A password that another program set.
        machine.shell("hdparm --user-master u --security-set-pass strange $ata_hdd")
        security = facts_of(machine, "ata-hdd")
        expect((security["security-enabled"], security["security-locked"]) == ("yes", "no"), f"with a password: {security}")
        plan = json.loads(machine.shell("regain wipe --plan --json $ata_hdd").stdout)["plans"][0]
        reasons = {entry["method"]: entry["reason"]["code"] for entry in plan["rejected"]}
        expect(reasons.get("ata-security-erase-enhanced") == "security-enabled", f"the plan says {reasons}")
        machine.ask("ata-hdd", "power-cycle")
        expect(facts_of(machine, "ata-hdd")["security-locked"] == "yes", "not locked after a power cut")
        machine.shell("hdparm --user-master u --security-unlock strange $ata_hdd &&\n"
                      "hdparm --user-master u --security-disable strange $ata_hdd")
        expect(facts_of(machine, "ata-hdd")["security-enabled"] == "no", "still enabled")


def facts_of(machine, model):
    return machine.capabilities()[machine.nodes[model]]


def compare_with_hdparm(machine):
    facts = machine.capabilities()
    for model in [model for model in machine.models if model.startswith("ata")]:
        node, found = machine.nodes[model], facts[machine.nodes[model]]
        said = machine.shell("".join(f"hdparm {option} {node}\n" for option in ("-I", "--sanitize-status", "-N", "--dco-identify"))
                             + "true").stdout
        lines = {re.sub(r"\s+", " ", line).strip() for line in said.splitlines()}

        def both(fact, words, negative=None):
            """Regain's yes goes with these words of hdparm, its no with their absence, or with other words."""
            seen = words in lines
            expect(seen or negative is None or negative in lines, f"{model}: hdparm says neither {words} nor {negative}: {said}")
            expect(found.get(fact) == ("yes" if seen else "no"), f"{model}: {fact} is {found.get(fact)}, hdparm says: {said}")

        both("sanitize-supported", "* SANITIZE feature set")
        if found["sanitize-supported"] == "yes":
            both("sanitize-crypto-scramble", "* CRYPTO_SCRAMBLE_EXT command")
            both("sanitize-block-erase", "* BLOCK_ERASE_EXT command")
            both("sanitize-overwrite", "* OVERWRITE_EXT command")
            both("sanitize-antifreeze-lock", "* SANITIZE_ANTIFREEZE_LOCK_EXT command")
            expect(found["sanitize-state"] == "idle" and "State: SD0 Sanitize Idle" in lines, f"{model}: {found['sanitize-state']}, {said}")
        both("security-enabled", "enabled", "not enabled")
        both("security-locked", "locked", "not locked")
        both("security-frozen", "frozen", "not frozen")
        both("enhanced-erase-supported", "supported: enhanced erase", "not supported: enhanced erase")
        minutes = re.search(r"(\d+)min for SECURITY ERASE UNIT. (\d+)min for ENHANCED", said).groups()
        expect((found["security-erase-minutes"], found["enhanced-erase-minutes"]) == minutes, f"{model}: {minutes}, {found}")
        shown, native = re.search(r"max sectors\s*=\s*(\d+)/(\d+)", said).groups() if "max sectors   =" in said else (None, None)
        if found.get("hpa-native-sectors"):
            expect((found["addressable-sectors"], found["hpa-native-sectors"]) == (shown, native), f"{model}: {shown}/{native}, {found}")
        if found.get("dco-native-sectors"):
            real = re.search(r"Real max sectors: (\d+)", said)[1]
            expect(found["dco-native-sectors"] == real, f"{model}: {real}, {found['dco-native-sectors']}")
    hidden = {model: facts[machine.nodes[model]].get("hidden-sectors") for model in machine.models}
    expect((hidden["ata-hdd"], hidden["ata-hdd-hpa"], hidden["ata-hdd-dco"]) == ("0", "4096", "4096"), f"hidden: {hidden}")


def compare_with_sg(machine):
    facts = machine.capabilities()
    for model in ("sas-hdd", "sas-ssd"):
        found = facts[machine.nodes[model]]
        said = machine.shell(f"sg_opcodes {machine.nodes[model]}").stdout
        for action in ("overwrite", "block erase", "cryptographic erase", "exit failure mode"):
            words = f"Sanitize, {action}"
            fact = "sanitize-" + {"cryptographic erase": "crypto-erase", "exit failure mode": "exit-failure"}.get(
                action, action.replace(" ", "-"))
            expect(found[fact] == ("yes" if words in said else "no"), f"{model}: {fact} is {found[fact]}, sg_opcodes says {said}")
        expect(found["sanitize-state"] == "idle", f"{model}: {found['sanitize-state']}")


def served_drives_are_erased_by_their_own_commands(workshop):
    """One run over drives of eight kinds: each by its strongest way, with all evidence, and no marker in any cell."""
    expected = {  # model: verdict, method
        "ata-ssd": ("purged", "ata-sanitize-block"), "ata-ssd-crypto": ("purged", "ata-sanitize-crypto"),
        "ata-hdd": ("purged", "ata-sanitize-overwrite"), "ata-hdd-old": ("purged", "ata-security-erase-enhanced"),
        "ata-hdd-normal": ("cleared", "ata-security-erase"), "sas-hdd": ("purged", "scsi-sanitize-overwrite"),
        "sas-ssd": ("purged", "scsi-sanitize-block"), "ata-ssd-dropped": ("cleared", "random")}
    with workshop.served(*expected) as machine:
        machine.mark(*expected)
        records = machine.wipe(list(expected), "--policy best", status=0)
        for model, outcome in expected.items():
            record = records[model]
            expect((record["verdict"], record["method"]) == outcome, f"{model}: {record['verdict']} by {record['method']}")
            expect(machine.shows(model) is False, f"{model} still shows the marker")
            nothing_is_left(machine, model, record)
            logs = evidence(record, "drive-log")
            expect(bool(logs) == (record["method"] != "random"), f"{model}: {len(logs)} logs of the drive")
            answers = {log[question] for log in logs for question in ("accepted", "completed", "shows_success")}
            expect(answers <= {"yes"}, f"{model}: {logs}")
            expect(evidence(record, "markers")[0]["still_there"] == 0, f"{model}: {record['evidence']}")
        # Flash whose erasures can't be had is overwritten, and called no more than that.
        expect(machine.holds("ata-ssd-dropped"), "no stale copy is left: the drive is no test of anything")
        said = machine.shell("for d in $ata_ssd $ata_hdd; do hdparm --sanitize-status $d; done\n"
                             "for d in $ata_hdd_old $ata_hdd_normal; do hdparm -I $d; done").stdout
        expect(said.count("SD3") + said.count("Last Sanitize Operation Completed Without Error") >= 2, f"hdparm says {said}")
        expect(len(re.findall(r"not\s+enabled", said)) == 2, f"a password is left: {said}")
        facts = machine.capabilities()
        states = {model: facts[machine.nodes[model]]["sanitize-state"] for model in ("ata-ssd", "ata-hdd", "sas-hdd")}
        expect(states == {"ata-ssd": "completed", "ata-hdd": "completed", "sas-hdd": "idle"}, f"{states}")


def served_drives_that_lie_are_not_believed(workshop):
    """Success without erasing, a region left out, failure half way: never more than what the oracle confirms."""
    lies = {"ata-ssd": "success without erasing", "ata-hdd": "erased but for one region", "ata-hdd-old": "success without erasing",
            "sas-hdd": "completed without running", "sas-ssd": "fails at 40 %", "ata-hdd-hpa": "locked by a stranger"}
    with workshop.served(*lies) as machine:
        machine.mark(*lies)
        for model, lie in lies.items():
            expect(machine.ask(model, "misbehave", lie) == "ok", f"{model} can't do {lie}")
        # A level or nothing: they stop.
        stubborn = [model for model in lies if model != "ata-hdd-hpa"]
        records = machine.wipe(stubborn, "--policy purge", status=1)
        for model in stubborn:
            expect(records[model]["verdict"] == "not-erased", f"{model}: {lies[model]}, and {records[model]['verdict']}")
        # The best that can be had: overwriting, in the end.
        magnetic = [model for model in stubborn if "hdd" in model]
        records = machine.wipe(magnetic, "--policy best", status=0)
        for model in magnetic:
            expect(records[model]["verdict"] == "cleared", f"{model}: {lies[model]}, and {records[model]['verdict']}")
            nothing_is_left(machine, model, records[model])
            expect(not machine.holds(model), f"{model}: overwritten, and the marker is there")
        locked = machine.shell(f"regain wipe --confirm {machine.serials['ata-hdd-hpa']} $ata_hdd_hpa", None)
        expect(locked.status in (1, 3) and "security-locked" in locked.stderr, f"locked by a stranger: {locked}")
        expect(machine.holds("ata-hdd-hpa"), "a locked drive was written to")


def served_drives_that_lost_power_are_freed(workshop):
    """SECURITY ERASE with the power cut in the middle: the next run frees the drive, and the one after it erases it."""
    with workshop.served("ata-hdd-old", "ata-ssd", "ata-hdd-normal") as machine:
        machine.mark("ata-hdd-old", "ata-ssd", "ata-hdd-normal")
        for model in machine.models:
            machine.ask(model, "erase-seconds", "300")
        # Regain dies with the drive in the middle of it.
        machine.shell(cut_short(machine, "ata-hdd-old", "erasing"))
        expect(machine.ask("ata-hdd-old", "state") == "locked", machine.ask("ata-hdd-old", "state"))
        said = machine.shell("hdparm -I $ata_hdd_old").stdout
        expect(re.search(r"^\s+enabled$", said, re.M) and re.search(r"^\s+locked$", said, re.M), f"not locked: {said}")
        for model in machine.models:
            machine.ask(model, "erase-seconds", "2")
        freed = machine.shell("regain wipe --resume --no-certificate", None)
        expect(machine.ask("ata-hdd-old", "state") == "ready", f"not freed: {freed}")
        said = machine.shell("hdparm -I $ata_hdd_old").stdout
        expect(len(re.findall(r"not\s+(?:enabled|locked)", said)) == 2, f"hdparm says {said}")
        expect(machine.holds("ata-hdd-old"), "the erase that was cut short erased: no test of anything")
        record = machine.wipe(["ata-hdd-old"], status=0)["ata-hdd-old"]
        expect((record["verdict"], machine.holds("ata-hdd-old")) == ("purged", False), f"{record['verdict']}")
        # The drive alone loses power: the run that is there frees it, and goes on with what is left to it.
        machine.ask("ata-hdd-normal", "erase-seconds", "300")
        ended = machine.shell(begun(machine, "ata-hdd-normal", "erasing", "-o $OUT/report")
                              + f"serve_scsi ask {SOCKET} ata-hdd-normal erase-seconds 2\n"
                              + f"serve_scsi ask {SOCKET} ata-hdd-normal power-cycle\nwait $job", None, 400)
        expect(machine.ask("ata-hdd-normal", "state") == "ready", machine.ask("ata-hdd-normal", "state"))
        record = json.loads(ended.files["report"])["wipes"][0]
        expect((record["verdict"], record["method"]) == ("cleared", "zero"), f"{record['verdict']} by {record['method']}")
        expect(not machine.holds("ata-hdd-normal"), "overwritten, and the marker is there")
        # A sanitize operation goes on by itself.
        machine.ask("ata-ssd", "erase-seconds", "20")
        machine.shell(cut_short(machine, "ata-ssd", "sanitizing"))
        expect(machine.ask("ata-ssd", "state") == "sanitizing", machine.ask("ata-ssd", "state"))
        refused = machine.shell("regain wipe --plan $ata_ssd", None)
        expect(refused.status == 3 and "sanitize-in-progress" in refused.stderr, f"while the drive is at it: {refused}")
        # A wipe waits until it has ended, and then does its own.
        record = machine.wipe(["ata-ssd"], status=0)["ata-ssd"]
        expect((record["verdict"], machine.holds("ata-ssd")) == ("purged", False), f"{record['verdict']}")
        expect(evidence(record, "drive-log")[0]["state_before"] == "completed", "what went on before was not looked at")


def served_drives_give_back_what_they_hide(workshop):
    """Sectors that hdparm hid (HPA) and that a configuration hides (DCO) come back before the erasure, the kernel sees them,
    and what stood there is gone; two of one drive take a power cycle between."""
    with workshop.served("ata-hdd", "ata-hdd-dco") as machine:
        size = {model: int(machine.shell(f"blockdev --getsz {node}").stdout) for model, node in machine.nodes.items()}
        result = machine.run(f"dd if=$IN/marker of={machine.nodes['ata-hdd']} bs=512 seek={size['ata-hdd'] - 9} conv=notrunc,fsync",
                             {"marker": MARKER.ljust(512, b".")})
        expect(result.status == 0 and machine.holds("ata-hdd"), f"{result}")
        for model in machine.models:
            hide(machine, model, size[model] - 2048)
        plans = json.loads(machine.shell("regain wipe --plan --json $ata_hdd $ata_hdd_dco").stdout)["plans"]
        told = [[step["kind"] for step in plan["preparations"]] for plan in plans]
        expect(told == [["host-protected-area"], ["host-protected-area", "configuration-overlay"]], f"the plans say {told}")
        record = machine.wipe(["ata-hdd"], status=0)["ata-hdd"]
        expect(record["verdict"] == "purged" and not machine.holds("ata-hdd"), f"{record['verdict']}: {record['remarks']}")
        expect(record["coverage"]["addressable_bytes"] == 512 * size["ata-hdd"], f"{record['coverage']}")
        given = evidence(record, "hidden-sectors")
        expect([(log["change"], log["accepted"]) for log in given] == [("host-protected-area", "yes")], f"{given}")
        expect(int(machine.shell("blockdev --getsz $ata_hdd").stdout) == size["ata-hdd"], "the kernel does not see them")
        # The overlay is left for the next time that the drive is switched on.
        refused = machine.shell(f"regain wipe --no-certificate --confirm {machine.serials['ata-hdd-dco']} $ata_hdd_dco", None)
        expect(refused.status == 3 and "switched off and on" in refused.stderr, f"{refused}")
        machine.ask("ata-hdd-dco", "power-cycle")
        record = machine.wipe(["ata-hdd-dco"], status=0)["ata-hdd-dco"]
        changes = [log["change"] for log in evidence(record, "hidden-sectors")]
        expect(record["verdict"] == "purged" and changes == ["host-protected-area", "configuration-overlay"], f"{record['verdict']}, {changes}")
        expect(record["coverage"]["addressable_bytes"] == 512 * (size["ata-hdd-dco"] + 4096), f"{record['coverage']}")


def hide(machine, model, sectors):
    """Makes a host-protected area with hdparm; the drive loses power, and the kernel looks again."""
    node = machine.nodes[model]
    machine.shell(f"hdparm --yes-i-know-what-i-am-doing -N p{sectors} {node}")
    machine.ask(model, "power-cycle")
    machine.shell(f"echo 1 >/sys/block/{node.split('/')[-1]}/device/rescan; udevadm settle\n"
                  f"[ $(blockdev --getsz {node}) = {sectors} ]")


def served_drives_that_are_frozen_are_freed_by_sleep(workshop):
    """The machine is suspended to memory, its clock wakes it, the drive that lost its power meanwhile is no longer frozen,
    and the same run erases it by its own command. A drive that is frozen still is overwritten, and called no more than that."""
    with workshop.served("ata-hdd-old-frozen", "ata-hdd-normal", sleeps=True) as machine:
        # Who serves the drives sleeps, too: the kernel must have nothing to say to them by then.
        machine.shell("for type in /sys/class/scsi_disk/*/cache_type; do echo 'temporary write through' >$type; done")
        machine.mark(*machine.models)
        plan = json.loads(machine.shell("regain wipe --plan --json $ata_hdd_old_frozen").stdout)["plans"][0]
        reasons = {entry["method"]: entry["reason"]["code"] for entry in plan["rejected"]}
        expect(reasons.get("ata-security-erase-enhanced") == "security-frozen", f"the plan says {reasons}")
        # Without a word of the operator nothing sleeps.
        asked = machine.shell(wiping(machine, "ata-hdd-old-frozen", "--policy purge"), None)
        expect(asked.status == 3 and "--suspend yes" in asked.stdout, f"{asked}")
        expect(slept(machine) == 0 and machine.holds("ata-hdd-old-frozen"), "it slept, or erased, without being told to")
        # A sleep after which the firmware freezes again: the drive keeps its power here.
        record = woken(machine, "ata-hdd-old-frozen", "--policy best", "is still frozen")
        expect(record["verdict"] == "cleared" and record["method"] in ("zero", "random"), f"{record['verdict']} by {record['method']}")
        machine.mark("ata-hdd-old-frozen")
        power_goes = (f"(until [ -e /var/lib/regain/asleep.json ]; do sleep 0.1; done\n"
                      f"serve_scsi ask {SOCKET} ata-hdd-old-frozen suspend) &\n")
        record = woken(machine, "ata-hdd-old-frozen", "--policy purge", "are free now", power_goes)
        expect((record["verdict"], record["method"]) == ("purged", "ata-security-erase-enhanced"), f"{record['verdict']} by {record['method']}")
        expect(not machine.holds("ata-hdd-old-frozen"), "purged, and the marker is there")
        said = machine.shell("hdparm -I $ata_hdd_old_frozen; ls /var/lib/regain").stdout
        expect(re.search(r"not\s+enabled", said) and "asleep.json" not in said, f"what is left: {said}")


def wiping(machine, model, options):
    return f"regain wipe --no-certificate --progress none {options} --confirm {machine.serials[model]} {machine.nodes[model]}"


def woken(machine, model, options, words, meanwhile=""):
    """The drive's record, of a wipe that put the machine to sleep once."""
    before = slept(machine)
    result = machine.shell(meanwhile + wiping(machine, model, f"--suspend yes -o $OUT/report {options}"), None, 300)
    expect(result.status == 0 and words in result.stdout, f"{result}")
    expect(slept(machine) == before + 1, f"it slept {slept(machine) - before} times:\n{result.stdout}")
    return json.loads(result.files["report"])["wipes"][0]


def slept(machine):
    """How often the machine has slept to memory and come back."""
    return int(machine.shell("cat /sys/power/suspend_stats/success 2>/dev/null || dmesg | grep -c 'PM: suspend exit'").stdout)


def begun(machine, model, state, options=""):
    """A wipe in the background whose drive has reached this state."""
    return (f"regain wipe --no-certificate --progress none {options} --confirm {machine.serials[model]} {machine.nodes[model]} & job=$!\n"
            f"until [ $(serve_scsi ask {SOCKET} {model} state) = {state} ]; do sleep 0.3; done\n")


def cut_short(machine, model, state):
    """Regain is killed in that state, then the drive loses power."""
    return begun(machine, model, state) + (f"kill -9 $(pidof regain)\nserve_scsi ask {SOCKET} {model} power-cycle\n"
                                           "wait $job\ntrue")


TESTS = [served_drives_are_described_as_hdparm_and_sg_describe_them, served_drives_are_erased_by_their_own_commands,
         served_drives_that_lie_are_not_believed, served_drives_that_lost_power_are_freed,
         served_drives_give_back_what_they_hide, served_drives_that_are_frozen_are_freed_by_sleep]


def main(arguments):
    serve = ("--serve", "REGAIN_SERVE_SCSI", "the serve_scsi program")
    return run_program(__doc__, arguments, [REGAIN, serve, ARTIFACTS, LIST], TESTS, Workshop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
