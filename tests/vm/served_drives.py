"""Simulated drives that a program inside a small machine serves to its kernel: started, attached, written on, asked.

Used by served_nvme_run.py. The questions about what is left on a medium are answered by the simulator, which shares no
code with the product.
"""

import dataclasses
import json
import os

from run import Failure

BLOCK = 4096


@dataclasses.dataclass
class Wiped:
    """What `regain wipe` left: its exit status, what it said, and its report for the drive."""
    status: int
    errors: str
    report: dict

    @property
    def verdict(self):
        return self.report["verdict"]

    def codes(self):
        return [remark["code"] for remark in self.report["remarks"]]

    def evidence(self, kind):
        return [item["facts"] for item in self.report["evidence"] if item["kind"] == kind]


class ServedNvme:
    """A simulated NVMe controller, attached by NVMe/TCP through 127.0.0.1."""

    def __init__(self, machine, number, *options):
        """options: of serve_nvme. The controller is there afterwards, with the nodes of its namespaces."""
        self.machine, self.control, self.port = machine, f"/run/served-{number}", 4420 + number
        self.name, self.serial = f"nqn.2026-11.org.regain:served-{number}", f"SERVED{number}"
        words = " ".join(["--control", self.control, "--port", str(self.port), "--name", self.name,
                          "--serial", self.serial, "--model", f"'Served NVMe {number}'", *options])
        self.shell(f"serve_nvme {words} >{self.control}.log 2>&1 &\n"
                   f"until grep -q ready {self.control}.log; do sleep 0.2; done\n" + self.attach_words())
        self.controller = self.shell(f"grep -l '^{self.serial} ' /sys/class/nvme/*/serial").split("/")[4]

    def attach_words(self):
        return (f"echo transport=tcp,traddr=127.0.0.1,trsvcid={self.port},nqn={self.name},reconnect_delay=1,"
                "ctrl_loss_tmo=600,nr_io_queues=1 >/dev/nvme-fabrics && sleep 1 && udevadm settle\n")

    def shell(self, script, files=None, seconds=120):
        """Runs a script that has to succeed, and returns what it said."""
        result = self.machine.run("set -e\n" + script, files, seconds)
        if result.status != 0:
            raise Failure(f"a script ended with {result.status}: {result.stderr}\n{script}")
        return result.stdout

    def node(self, nsid):
        return f"/dev/{self.controller}n{nsid}"

    def ask(self, line):
        return self.shell(f"serve_nvme --ask {self.control} '{line}'").strip()

    def state(self):
        return json.loads(self.ask("state"))

    def misbehave(self, how):
        if self.ask(f"misbehave {how}") != "ok":
            raise Failure(f"the drive can't misbehave like that: {how}")

    # --- what stands on it ------------------------------------------------------------------------------------------

    def mark(self, nsid, blocks):
        """Writes a marker onto these blocks, and then another one onto the first of them: what was there before is a
        stale copy. Returns both."""
        stale, marker = os.urandom(24).hex(), os.urandom(24).hex()
        files = {name: (bytes.fromhex(value) * BLOCK)[:BLOCK] for name, value in (("stale", stale), ("marker", marker))}
        lines = [f'dd if="$IN/stale" of={self.node(nsid)} bs={BLOCK} seek={blocks[0]} oflag=direct conv=notrunc 2>&1']
        lines += [f'dd if="$IN/marker" of={self.node(nsid)} bs={BLOCK} seek={block} oflag=direct conv=notrunc 2>&1'
                  for block in blocks]
        self.shell("\n".join([*lines, "sync"]), files)
        for what, value, shown in (("stale", stale, "no"), ("marker", marker, "yes")):
            if self.holds(nsid, value) != "yes" or self.shows(nsid, value) != shown:
                raise Failure(f"the {what} marker did not reach the medium of namespace {nsid}")
        return stale, marker

    def holds(self, nsid, marker):
        return self.ask(f"holds {nsid} {marker}")

    def shows(self, nsid, marker):
        return self.ask(f"shows {nsid} {marker}")

    def left(self, markers):
        """markers: nsid -> its markers. What the oracle finds: "nothing", "hidden copies" or "data that can be read", the
        words of docs/erase-matrix.md. On a small namespace Regain's own markers cover every block."""
        found = "nothing"
        for nsid, values in markers.items():
            for value in values:
                if self.shows(nsid, value) == "yes":
                    return "data that can be read"
                if self.holds(nsid, value) == "yes":
                    found = "hidden copies"
        return found

    # --- Regain ------------------------------------------------------------------------------------------------------

    def regain_words(self, options):
        return (f"regain wipe {self.node(1)} --lang en --confirm {self.serial} --no-certificate --progress none --json "
                f"--state-dir {self.control}.state {options}")

    def wipe(self, options, seconds=400):
        """Wipes the drive of which namespace 1 is a part."""
        result = self.machine.run(self.regain_words(options) + ' >"$OUT/report.json"', seconds=seconds)
        return wiped(result.status, result.stderr, result.files.get("report.json", b""))

    def begin_wipe(self, options):
        """Wipes it beside what the scripts after this one do."""
        log = f"{self.control}.wipe"
        self.shell(f"rm -f {log}.status\n"
                   f"(status=0; {self.regain_words(options)} >{log}.json 2>{log}.errors || status=$?; "
                   f"echo $status >{log}.status) "
                   "</dev/null >/dev/null 2>&1 &")

    def wait_for_wipe(self, seconds):
        log = f"{self.control}.wipe"
        result = self.machine.run(f"until [ -s {log}.status ]; do sleep 1; done\n"
                                  f'cp {log}.json {log}.errors {log}.status "$OUT"', seconds=seconds)
        files = {name.rsplit(".", 1)[1]: content for name, content in result.files.items()}
        return wiped(int(files["status"]), files["errors"].decode(), files["json"])

    def capabilities(self):
        """What `regain drives --capabilities --json` says of this drive: the drive, and its facts by their names."""
        drives = json.loads(self.shell("regain drives --capabilities --json"))["drives"]
        drive = next(drive for drive in drives if drive["serial"] == self.serial)
        return drive, {fact["fact"]: fact for fact in drive["capabilities"]["facts"]}

    def nvme(self, words):
        """What nvme-cli says, in JSON."""
        return json.loads(self.shell(f"nvme {words} -o json"))


def wiped(status, errors, text):
    try:
        wipes = json.loads(text)["wipes"] if text else []
    except ValueError as error:
        raise Failure(f"regain's report can't be read ({error}); it said: {errors}") from error
    return Wiped(status, errors, wipes[0] if wipes else {})
