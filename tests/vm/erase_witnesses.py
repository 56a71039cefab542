"""What other people's programs say of a drive in a small machine, compared with `regain drives --capabilities --json`.

Used by erase_run.py and by tests of simulated drives that a kernel is served. `questions()` is what the machine runs
(hdparm, nvme-cli, sg3-utils, the kernel's sysfs), `compare()` judges it on the host. Every fact that both sides tell is
compared, and the drive's own pages byte for byte, by their SHA-256.
"""

import hashlib
import json
import os
import re
import subprocess

from run import Failure, expect

PROGRAMS = ["hdparm", "nvme", "sg_inq", "sg_opcodes", "sg_readcap", "sg_requests"]


def questions(drives):
    """A script: what Regain and the witnesses say of these (kind, node). Every answer is a file of its own."""
    words = ["set -e", "cd $OUT", "regain drives --capabilities --json >capabilities.json"]
    for kind, node in drives:
        words += {"nvme": _nvme_questions, "ata": _ata_questions, "scsi": _scsi_questions, "sd": _sd_questions}[kind](node)
    return "\n".join(words) + "\n"


def _nvme_questions(node):
    controller = re.sub(r"n[0-9]+$", "", node)
    return [f"nvme id-ctrl /dev/{controller} -o json >{node}.controller.json",
            f"nvme id-ctrl /dev/{controller} -b >{node}.controller",
            f"nvme list-ns /dev/{controller} -o json >{node}.active.json",
            f"nvme list-ns /dev/{controller} -a -o json >{node}.allocated.json",
            f"for number in $(sed -n 's/.*\"nsid\":\\([0-9]*\\).*/\\1/p' {node}.allocated.json); do",
            f"    nvme id-ns /dev/{controller} -n $number -o json >{node}.namespace$number.json",
            f"    nvme id-ns /dev/{controller} -n $number -b >{node}.namespace$number",
            "done"]


def _ata_questions(node):
    return [f"hdparm --Istdout /dev/{node} >{node}.words", f"hdparm -I /dev/{node} >{node}.report 2>/dev/null",
            f"hdparm -N /dev/{node} >{node}.hpa 2>&1 || true", f"blockdev --getsize64 /dev/{node} >{node}.size"]


def _scsi_questions(node):
    # sg_opcodes ends with 9 where the drive does not list its commands.
    return [f"sg_inq /dev/{node} >{node}.inquiry", f"sg_readcap --16 /dev/{node} >{node}.capacity",
            f"sg_opcodes /dev/{node} >{node}.opcodes 2>{node}.opcodes-error || echo $? >{node}.opcodes-status",
            f"blockdev --getsize64 /dev/{node} >{node}.size"]


def _sd_questions(node):
    return [f"for name in name serial type csd cid; do cat /sys/block/{node}/device/$name >{node}.$name; done",
            f"blockdev --getsize64 /dev/{node} >{node}.size"]


class Capabilities:
    """One drive as Regain told it."""

    def __init__(self, files, node):
        drives = json.loads(files["capabilities.json"])["drives"]
        self.drive = next(drive for drive in drives if drive["path"] == f"/dev/{node}")
        self.facts = {fact["fact"]: fact["value"] for fact in self.drive["capabilities"]["facts"]}
        self.raw = {fact["fact"]: fact["raw"] for fact in self.drive["capabilities"]["facts"]}
        self.commands = self.drive["capabilities"]["commands"]
        self.methods = {method["method"]: method["support"] for method in self.drive["capabilities"]["methods"]}

    def pages(self, name):
        """The SHA-256 of the data of every command of this name."""
        return [command.get("data_in_sha256") or hashlib.sha256(bytes.fromhex(command["data_in"])).hexdigest()
                for command in self.commands if command["name"] == name and "data_in" in command]


def compare(drives, files):
    """Raises Failure at the first thing that Regain and a witness tell differently. Returns how many were compared."""
    compared = 0
    for kind, node in drives:
        ours = Capabilities(files, node)
        judge = {"nvme": _compare_nvme, "ata": _compare_ata, "scsi": _compare_scsi, "sd": _compare_sd}[kind]
        pairs = list(judge(ours, node, files))
        for what, regain, witness in pairs:
            expect(regain == witness, f"{node}, {what}: regain says {regain!r}, the witness {witness!r}")
        compared += len(pairs)
    return compared


def yes(bit):
    return "yes" if bit else "no"


def _compare_nvme(ours, node, files):
    controller = json.loads(files[f"{node}.controller.json"])
    facts = ours.facts
    yield "model", facts["nvme-model"], controller["mn"].rstrip()
    yield "serial", facts["nvme-serial"], controller["sn"].rstrip()
    yield "serial of the record", ours.drive["serial"], controller["sn"].rstrip()
    yield "firmware", facts["nvme-firmware"], controller["fr"].rstrip()
    yield "version", int(facts["nvme-version"], 16), controller["ver"]
    for field, bits in {"sanicap": {"sanitize-crypto-erase": 0, "sanitize-block-erase": 1, "sanitize-overwrite": 2},
                        "oacs": {"security-commands": 0, "format-supported": 1, "namespace-management": 3},
                        "fna": {"format-concerns-all-namespaces": 0, "erase-concerns-all-namespaces": 1,
                                "format-crypto-erase": 2}}.items():
        for fact, bit in bits.items():
            yield fact, facts[fact], yes(controller[field] >> bit & 1)
            yield f"{field} of {fact}", int(ours.raw[fact], 16), controller[field]
    yield "highest namespace", int(facts["highest-namespace"]), controller["nn"]
    yield "RPMB units", int(facts["rpmb-units"]), controller["rpmbs"] & 7
    yield "support of Format", ours.methods["nvme-format-user-data"], yes(controller["oacs"] >> 1 & 1)
    yield "Identify Controller", ours.pages("Identify Controller"), [digest(files[f"{node}.controller"])]
    yield from _compare_namespaces(ours, node, files)


def _compare_namespaces(ours, node, files):
    active, allocated = ([entry["nsid"] for entry in json.loads(files[f"{node}.{which}.json"])["nsid_list"]]
                         for which in ("active", "allocated"))
    told = ours.drive["capabilities"]["namespaces"]
    yield "allocated namespaces", [one["nsid"] for one in told], allocated
    yield "active namespaces", [one["nsid"] for one in told if one["attached"]], active
    yield "number of namespaces", int(ours.facts["namespaces"]), len(allocated)
    pages = []
    for one in told:
        page = json.loads(files[f"{node}.namespace{one['nsid']}.json"])
        form = page["lbafs"][page["flbas"] & 15]
        yield f"size of namespace {one['nsid']}", one["size_bytes"], page["nsze"] << form["ds"]
        yield f"blocks of namespace {one['nsid']}", one["block_bytes"], 1 << form["ds"]
        yield f"metadata of namespace {one['nsid']}", one["metadata_bytes"], form["ms"]
        pages.append(digest(files[f"{node}.namespace{one['nsid']}"]))
    yield "Identify Namespace", ours.pages("Identify Namespace"), pages


def digest(content):
    return hashlib.sha256(content).hexdigest()


# fact -> (word of IDENTIFY DEVICE, bit, what the word's validity asks for: mask and value)
ATA_BITS = {"security-supported": (128, 0, None), "sanitize-supported": (59, 12, None),
            "hpa-supported": (82, 10, None), "dco-supported": (83, 11, (0xC000, 0x4000)),
            "ama-supported": (119, 8, (0xC000, 0x4000)), "trusted-computing": (48, 0, (0xC000, 0x4000)),
            "encrypts-all-user-data": (69, 4, None), "trim": (169, 0, None)}


def _compare_ata(ours, node, files):
    words = [int(word, 16) for word in re.findall(rb"\b[0-9a-f]{4}\b", files[f"{node}.words"])]
    expect(len(words) == 256, f"hdparm --Istdout gave {len(words)} words")
    report, facts = files[f"{node}.report"].decode(), ours.facts
    yield "IDENTIFY DEVICE", ours.pages("IDENTIFY DEVICE")[0], digest(b"".join(w.to_bytes(2, "little") for w in words))
    yield "model", facts["ata-model"], re.search(r"Model Number: +(.*?) *$", report, re.MULTILINE)[1]
    yield "serial", facts["ata-serial"], re.search(r"Serial Number: +(.*?) *$", report, re.MULTILINE)[1]
    yield "serial of the record", ours.drive["serial"], facts["ata-serial"]
    yield "firmware", facts["ata-firmware"], re.search(r"Firmware Revision: +(.*?) *$", report, re.MULTILINE)[1]
    for fact, (word, bit, validity) in ATA_BITS.items():
        valid = validity is None or words[word] & validity[0] == validity[1]
        yield fact, facts[fact], yes(valid and words[word] >> bit & 1)
        yield f"word {word}", int(ours.raw[fact], 16), words[word]
    has_security = re.search(r"^Security:", report, re.MULTILINE) is not None
    yield "security in hdparm's words", facts["security-supported"], yes(has_security)
    if has_security:  # "	not	frozen" or "		frozen"
        for fact, name in {"security-enabled": "enabled", "security-locked": "locked", "security-frozen": "frozen"}.items():
            yield fact, facts[fact], yes(re.search(rf"^\t\t{name}$", report, re.MULTILINE))
    yield "sanitize in hdparm's words", facts["sanitize-supported"], yes("SANITIZE feature set" in report)
    sectors = int(re.search(r"LBA48 +user addressable sectors: +([0-9]+)", report)[1])
    yield "size", ours.drive["size_bytes"], sectors * 512
    yield "size for the kernel", ours.drive["size_bytes"], int(files[f"{node}.size"])


def _compare_scsi(ours, node, files):
    inquiry, capacity = files[f"{node}.inquiry"].decode(), files[f"{node}.capacity"].decode()
    vendor, product = (re.search(rf"{name} identification: (.*?) *$", inquiry, re.MULTILINE)[1]
                       for name in ("Vendor", "Product"))
    facts = ours.facts
    yield "product", facts["scsi-product"], f"{vendor} {product}"
    yield "version", int(facts["scsi-version"], 16), int(re.search(r"version=0x([0-9a-f]+)", inquiry)[1], 16)
    yield "serial of the record", ours.drive["serial"], re.search(r"Unit serial number: (\S*)", inquiry)[1]
    blocks = int(re.search(r"Number of logical blocks=([0-9]+)", capacity)[1])
    block_bytes = int(re.search(r"Logical block length=([0-9]+)", capacity)[1])
    yield "blocks", int(facts["scsi-blocks"]), blocks
    yield "block size", int(facts["scsi-block-bytes"]), block_bytes
    yield "size", ours.drive["size_bytes"], blocks * block_bytes
    yield "size for the kernel", ours.drive["size_bytes"], int(files[f"{node}.size"])
    yield "unmap", facts["unmap"], yes("lbpme=1" in capacity)
    listed = f"{node}.opcodes-status" not in files
    opcodes = files[f"{node}.opcodes"].decode()
    for fact, action in {"sanitize-overwrite": 1, "sanitize-block-erase": 2, "sanitize-crypto-erase": 3}.items():
        found = re.search(rf"^ *48 +{action} ", opcodes, re.MULTILINE) is not None
        yield fact, facts[fact], yes(found) if listed else "unknown"


def _compare_sd(ours, node, files):
    yield "model", ours.drive["model"], files[f"{node}.name"].decode().strip()
    yield "serial", ours.drive["serial"], files[f"{node}.serial"].decode().strip()
    yield "kind", ours.drive["medium"], {"SD": "flash", "MMC": "emmc"}[files[f"{node}.type"].decode().strip()]
    yield "size", ours.drive["size_bytes"], int(files[f"{node}.size"])
    # The size that the card itself tells, in its register CSD of version 1: SD Physical Layer Specification, 5.3.2.
    csd = int(files[f"{node}.csd"].strip(), 16)
    if csd >> 126 == 0:
        block_bytes, size, multiplier = 1 << (csd >> 80 & 15), csd >> 62 & 0xFFF, 1 << ((csd >> 47 & 7) + 2)
        yield "size in the card's register", ours.drive["size_bytes"], (size + 1) * multiplier * block_bytes


def record(directory, names, files, system):
    """Keeps each drive's record and every command with its reply, for the golden plans. names: node -> name."""
    words = subprocess.run(["qemu-system-x86_64", "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout
    version = re.search(r"version (\S+) \((.*)\)", words)
    origin = f"recorded in QEMU {version[1]} ({version[2]}) under Linux {system}"
    os.makedirs(directory, exist_ok=True)
    for node, name in names.items():
        ours = Capabilities(files, node)
        commands = [{key: command[key] for key in ("channel", "name", "request", "reply")} | _whole_data(command, files)
                    for command in ours.commands]
        drive = {key: value for key, value in ours.drive.items() if key != "capabilities"}
        with open(os.path.join(directory, name + ".json"), "w") as file:
            json.dump({"provenance": origin, "drive": drive, "commands": commands}, file, indent=1, sort_keys=True)
            file.write("\n")


def _whole_data(command, files):
    """The log cuts long data and adds their SHA-256: the rest is zeros, or stands in what a witness read."""
    if "data_in" not in command:
        return {}
    shown, size = bytes.fromhex(command["data_in"]), command.get("data_in_bytes", len(command["data_in"]) // 2)
    for whole in (shown + bytes(size - len(shown)), *files.values()):
        if len(whole) == size and digest(whole) == command.get("data_in_sha256", digest(whole)):
            return {"data_in": whole.rstrip(b"\0").hex(), "data_in_bytes": size}  # what is missing is zeros
    raise Failure(f"nobody has the whole data of {command['name']}")
