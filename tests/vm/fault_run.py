#!/usr/bin/env python3
"""fault_run.py [--regain FILE] [TEST...]: one `regain wipe` of many drives, most of which break on the way.

The drives are SCSI disks of the kernel's own target (LIO over device-mapper) in a small machine: sectors that fail, a drive
that fails or forgets for seconds at a time, one that vanishes, one that hangs for two minutes, one that never
answers again, one that turns read-only. Their files are looked at from outside afterwards. Exit status: 0 all passed,
1 one failed, 77 nothing could be tried. Environment instead of options: REGAIN_BINARY, REGAIN_VM_ARTIFACTS;
REGAIN_VM_PATIENCE multiplies every time limit.
"""

import base64
import dataclasses
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import small_machine  # noqa: E402
from erase_run import FONT_SETTINGS, SECTOR, DonorDrive, fonts  # noqa: E402
from run import ARTIFACTS, LIST, REGAIN, Skip, expect, run_program  # noqa: E402
from small_machine import MIB  # noqa: E402

SIZE = 24 * MIB
SECTORS = SIZE // SECTOR
SPEED = MIB  # bytes a second, as QEMU lets them through: what moves much data takes as long on any host
HANG_SECONDS = 125
PATIENCE_SECONDS = 190  # before a drive that does not move is given up
MODULES = ["virtio_blk", "dm_mod", "dm_flakey", "target_core_mod", "target_core_iblock", "tcm_loop"]
CORE, FABRIC = "/sys/kernel/config/target/core", "/sys/kernel/config/target/loopback"


@dataclasses.dataclass
class Faulty:
    """A drive. bad: (first sector, count, whether it can still be read). flakey: words after the device's offset.
    later: shell that breaks it during the overwrite; $DM is its mapping, $NODE its name in /dev."""
    name: str
    bad: tuple = ()
    flakey: str = ""
    later: str = ""

    @property
    def serial(self):
        return f"FAULT{self.name.upper()}"

    def table(self, device):
        """Device-mapper's lines for it."""
        if self.flakey:
            return [f"0 {SECTORS} flakey {device} 0 {self.flakey}"]
        lines, place = [], 0
        for first, count, readable in self.bad:
            lines.append(f"{place} {first - place} linear {device} {place}")
            lines.append(f"{first} {count} flakey {device} {first} 0 3600 1 error_writes" if readable
                         else f"{first} {count} error")
            place = first + count
        lines.append(f"{place} {SECTORS - place} linear {device} {place}")
        return [line for line in lines if line.split()[1] != "0"]

    def bad_sectors(self):
        return {sector for first, count, _ in self.bad for sector in range(first, first + count)}

    def readable_sectors(self):
        return sum(count for _, count, readable in self.bad if readable)


SCATTERED = tuple((sector, 1, True) for sector in range(1234, SECTORS, 4001))
READ_ONLY = ("dmsetup load $DM --table \"0 {sectors} flakey $(dmsetup deps -o devname $DM | sed 's/.*(\\(.*\\))/\\/dev\\/\\1/') 0 "
             "0 3600 1 error_writes\" && dmsetup suspend --noflush --nolockfs $DM && dmsetup resume --noudevsync $DM"
             ).format(sectors=SECTORS)
DRIVES = [
    Faulty("alone"), Faulty("sound"),
    Faulty("edges", bad=((0, 8, False), (SECTORS - 8, 8, False))),
    Faulty("runs", bad=((10_000, 60, False), (30_300, 150, False))),
    Faulty("scattered", bad=SCATTERED),
    Faulty("failing", flakey="4 2"),
    Faulty("forgetting", flakey="4 2 1 drop_writes"),
    Faulty("vanishing", later="echo 1 >/sys/block/$NODE/device/delete"),
    Faulty("hanging", later=f"dmsetup suspend --noflush --nolockfs $DM; sleep {HANG_SECONDS}; dmsetup resume --noudevsync $DM"),
    Faulty("stuck", later="dmsetup suspend --noflush --nolockfs $DM"),
    Faulty("readonly", later=READ_ONLY),
]


class Workshop:
    """What the tests are given."""

    def __init__(self, options, room):
        self.options, self.room = options, room

    def donor(self, name):
        return DonorDrive(os.path.join(self.room, name + ".raw"), SIZE)

    def machine(self, donors):
        if not self.options.regain:
            raise Skip("no regain program (--regain)")
        state = small_machine.make_state_disk(os.path.join(self.room, "state.raw"), 256 * MIB)
        return small_machine.SmallMachine([throttled(donor.path) for donor in donors], regain=self.options.regain,
                                          programs=["/usr/sbin/dmsetup"], modules=MODULES, state=state, memory_mib=1024,
                                          trees=FONT_SETTINGS, files=fonts(),
                                          # A busy host misses ticks; the target says each failure on the console, which costs more than the failure.
                                          append="no_timer_check loglevel=1")


def throttled(path):
    """A disk of the machine that is as slow as SPEED, for reading and for writing."""
    def arguments(number):
        return ["-drive", f"if=none,id=slow{number},format=raw,file={path},cache=unsafe,throttling.bps-total={SPEED},"
                          f"throttling.bps-total-max={SPEED}", "-device", f"virtio-blk-pci,drive=slow{number},serial=UNDER{number}"]
    return small_machine.Drive(arguments, "virtio_blk", [path])


def served(drives):
    """Shell that makes a SCSI disk of each of the machine's disks, with its faults; the nodes come in this order."""
    script = "mount -t configfs configfs /sys/kernel/config 2>/dev/null\nset -e\n"
    for number, drive in enumerate(drives):
        backing = f"$(grep -lx UNDER{number} /sys/block/vd*/serial | cut -d/ -f4)"
        core, target = f"{CORE}/iblock_{number}/{drive.name}", f"{FABRIC}/naa.600140500000{number:04x}/tpgt_1"
        table = "\\n".join(drive.table("/dev/$under"))
        script += f"""
under={backing}
printf '{table}\\n' | sed "s,\\$under,$under,g" | dmsetup create {drive.name} --noudevsync
mkdir -p {core}
echo "udev_path=/dev/dm-{number}" >{core}/control
echo 1 >{core}/enable
echo {drive.serial} >{core}/wwn/vpd_unit_serial
mkdir -p {target}/lun/lun_0
echo naa.600140500001{number:04x} >{target}/nexus
ln -s {core} {target}/lun/lun_0/virtual
"""
    return script + "udevadm settle\nls /sys/block | grep ^sd\n"


def wipe_command(drives, nodes, name):
    words = " ".join(f"--confirm {drive.serial}" for drive in drives)
    paths = " ".join(f"/dev/{nodes[drive.name]}" for drive in drives)
    return (f"REGAIN_DRIVE_PATIENCE={PATIENCE_SECONDS * 1000} regain wipe --lang en --method zero --json --progress json "
            f"--donor Mairie {words} {paths} >$OUT/{name}.json 2>/run/{name}.progress")


def breaking(drives, nodes, progress):
    """Shell that waits until the overwrite is on its way, and then breaks what is to break."""
    script = ""
    for drive in drives:
        if drive.later:
            line = f'"drive":"/dev/{nodes[drive.name]}".*"step":"overwrite"'
            script += (f"(DM={drive.name} NODE={nodes[drive.name]}\nuntil grep -q '{line}' {progress} 2>/dev/null; do sleep 1; done\n"
                       f"sleep 4\n{drive.later}\necho {drive.name} is broken now: $?) &\n")
    return script


def sectors_not_zero(path):
    with open(path, "rb") as file:
        content = file.read()
    return {number for number in range(len(content) // SECTOR)
            if content[number * SECTOR:(number + 1) * SECTOR] != bytes(SECTOR)}


def unwritable(record):
    return {sector for entry in record["unwritable"] for sector in range(entry["first_lba"], entry["last_lba"] + 1)}


def evidence(record, kind):
    found = [item["facts"] for item in record["evidence"] if item["kind"] == kind]
    return found[0] if found else None


def codes(record):
    return {remark["code"] for remark in record["remarks"]}


# --- the tests ----------------------------------------------------------------------------------------------------------


def drives_that_break_neither_stop_nor_slow_the_others(workshop):
    """One run over ten drives: what can be written is written, what can't is listed, and only sound drives are cleared."""
    donors = {drive.name: workshop.donor(drive.name) for drive in DRIVES}
    alone, others = DRIVES[0], DRIVES[1:]
    with workshop.machine(list(donors.values())) as machine:
        result = machine.run(served(DRIVES), seconds=120)
        expect(result.status == 0, f"the drives are not served: {result.stdout} {result.stderr}")
        nodes = dict(zip(donors, result.stdout.split()))
        expect(len(nodes) == len(DRIVES), f"there are {nodes}")
        result = machine.run(wipe_command([alone], nodes, "alone"), seconds=180)
        expect(result.status == 0, f"the drive that is alone: {result.status}, {result.stderr}")
        by_itself = json.loads(result.files["alone.json"])["wipes"][0]
        expect(by_itself["verdict"] == "cleared", f"alone: {by_itself['remarks']}")
        print(f"  alone: {by_itself['duration_ms'] / 1000} s", flush=True)
        script = (f"({wipe_command(others, nodes, 'all')}; echo $? >/run/status) &\nwiping=$!\n"
                  + breaking(others, nodes, "/run/all.progress")
                  + "wait $wiping; sync\ncp /run/all.progress $OUT/progress; mkdir $OUT/certificates\n"
                  "cp /var/lib/regain/certificates/*.jws $OUT/certificates/\ndmesg >$OUT/dmesg; exit $(cat /run/status)")
        result = machine.run(script, seconds=700)
        keep(workshop, result)
        expect(result.status == 1, f"regain wipe ended with {result.status}: {result.files['progress'][-2000:]}")
        report = json.loads(result.files["all.json"])
    records = {name: record for record in report["wipes"] for name, node in nodes.items()
               if record["drive"]["path"] == f"/dev/{node}"}
    expect(set(records) == {drive.name for drive in others}, f"records of {sorted(records)}")
    left = {name: sectors_not_zero(donors[name].path) for name in records}
    for drive in others:
        record = records[drive.name]
        print(f"  {drive.name:11}{record['verdict']:11}{record['duration_ms'] / 1000:6.1f} s  written {record['bytes_written']:9}"
              f"  unwritable {len(unwritable(record)):5}  left {len(left[drive.name]):6}  {', '.join(sorted(codes(record)))}")
    expect_sound(records, left, by_itself)
    expect_listed(others, records, left)
    expect_never_a_false_word(records, left)
    expect_hung(records, nodes)
    expect_certificates(result.files, records)


def keep(workshop, result):
    if not workshop.options.artifacts:
        return
    os.makedirs(workshop.options.artifacts, exist_ok=True)
    for name in ("all.json", "progress", "dmesg"):
        with open(os.path.join(workshop.options.artifacts, f"faults-{name}"), "wb") as file:
            file.write(result.files.get(name, b""))


def expect_sound(records, left, by_itself):
    """Cleared, and about as quick as alone; the one that hung for two minutes is cleared as well."""
    for name in ("sound", "hanging"):
        expect(records[name]["verdict"] == "cleared" and not left[name], f"{name}: {codes(records[name])}, {len(left[name])} left")
    # The steps that move much data: the small requests of the markers cost the emulated processor, which all drives share.
    alone, together = (sum(step["duration_ms"] for step in record["steps"] if step["step"] in ("overwrite", "verify"))
                       for record in (by_itself, records["sound"]))
    print(f"  the sound drive was written and read in {together / 1000:.1f} s, the one that was alone in {alone / 1000:.1f} s")
    expect(together < 1.2 * alone + 3000, f"the sound drive took {together} ms, alone {alone} ms")
    expect(records["hanging"]["duration_ms"] > HANG_SECONDS * 1000, "the drive that hung did not hang")


def expect_listed(drives, records, left):
    """Everything that could be written was written; exactly what could not is listed, with what can be read there."""
    for drive in drives:
        if not drive.bad:
            continue
        record, bad = records[drive.name], drive.bad_sectors()
        expect(record["verdict"] == "not-erased", f"{drive.name} is {record['verdict']}")
        expect(unwritable(record) == bad, f"{drive.name}: listed are {record['unwritable']}")
        expect(left[drive.name] == bad, f"{drive.name}: {len(left[drive.name])} sectors are left, {len(bad)} are bad")
        facts = evidence(record, "unwritable-sectors")
        expect((facts["sectors"], facts["readable_sectors"]) == (len(bad), drive.readable_sectors()), f"{drive.name}: {facts}")
        # dm-flakey fails every flush as well where it fails writes.
        expect(drive.readable_sectors() or not record["errors"], f"{drive.name}: {record['errors']}")
        expect(not record["interrupted"], f"{drive.name} was interrupted")


def expect_never_a_false_word(records, left):
    for name, record in records.items():
        expect(record["verdict"] in ("cleared", "not-erased"), f"{name}: {record['verdict']}")
        expect(record["verdict"] == "not-erased" or not left[name], f"{name} is cleared, and {len(left[name])} sectors are left")
        lost = SIZE // SECTOR - record["bytes_written"] // SECTOR
        expect(name == "forgetting" or len(left[name]) <= lost, f"{name}: {lost} sectors are missing, {len(left[name])} are left")
    for name in ("vanishing", "stuck", "readonly", "forgetting"):
        expect(records[name]["verdict"] == "not-erased" and left[name], f"{name} is {records[name]['verdict']}")
    # Out of order for two seconds of six, and nothing is lost; whether its markers were stored is another question.
    failing = records["failing"]
    expect(not left["failing"] and not failing["unwritable"], f"failing: {len(left['failing'])} left, {failing['unwritable']}")
    vanished = records["vanishing"]
    expect("errors" in codes(vanished) and not vanished["unwritable"], f"vanishing: {vanished['errors']}, {vanished['unwritable']}")
    expect(vanished["duration_ms"] < 2 * records["sound"]["duration_ms"], f"vanishing: after {vanished['duration_ms']} ms")


def expect_hung(records, nodes):
    """The report says in which step, where and since when."""
    record, facts = records["stuck"], evidence(records["stuck"], "stuck")
    expect(facts and "drive-hung" in codes(record), f"stuck: {record['errors']}")
    expect(facts["step"] == "overwrite" and facts["node"] == f"/dev/{nodes['stuck']}" and facts["operation"] == "write", facts)
    expect(0 <= facts["first_byte"] <= facts["last_byte"] < SIZE and facts["first_byte"] % SECTOR == 0, facts)
    expect(PATIENCE_SECONDS <= facts["seconds"] < PATIENCE_SECONDS + 60, facts)
    print(f"  stuck: {facts}")


def expect_certificates(files, records):
    """Each drive of the run has its own, with the verdict of its record."""
    told = {}
    for name, content in files.items():
        if name.startswith("certificates/"):
            payload = content.split(b".")[1]
            erasure = json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
            drive = erasure.get("drive") or erasure.get("erasure", {}).get("drive") or {}
            told[drive.get("serial")] = erasure.get("erasure", erasure).get("verdict")
    for name, record in records.items():
        serial = record["drive"]["serial"]
        expect(told.get(serial) == record["verdict"], f"{name}: the certificate of {serial} says {told.get(serial)}; all: {told}")


TESTS = [drives_that_break_neither_stop_nor_slow_the_others]


def main(arguments):
    return run_program(__doc__, arguments, [REGAIN, ARTIFACTS, LIST], TESTS, Workshop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
