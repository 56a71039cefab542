"""What an emulated drive was sent, as QEMU's trace events tell it: a witness that the system inside knows nothing of.

Used by erase_run.py. Every command becomes a pair like ("nvme admin", "06"), ("ata", "b0 d0"), ("scsi", "9e 10").
"""

import collections
import re

EVENTS = ["pci_nvme_admin_cmd", "pci_nvme_io_cmd", "handle_cmd_fis_dump", "scsi_disk_new_request", "scsi_req_parsed",
          "sdcard_normal_command", "sdcard_app_command"]
# Lines need the host's time, so that commands can be told apart by when they came.
ARGUMENTS = ["-msg", "timestamp=on"]
LINE = re.compile(r"[0-9]+@([0-9]+\.[0-9]+):(\w+) (.*)")
# QEMU's SCSI bus may answer REQUEST SENSE and REPORT LUNS in the disk's place: these are counted where it reads them.
ANSWERED_BY_BUS = ("03", "a0")
WITH_SERVICE_ACTION = ("9e", "9f", "a2", "a3", "a4", "48")

# What may be sent before anybody confirmed anything: reading, identifying, asking for logs and lists.
HARMLESS = {
    "nvme admin": {"02": "Get Log Page", "06": "Identify"},
    "nvme": {"02": "Read"},
    "ata": {"25 00": "READ DMA EXT", "60": "READ FPDMA QUEUED", "ec 00": "IDENTIFY DEVICE", "b0 d0": "SMART READ DATA",
            "b0 d1": "SMART READ THRESHOLDS", "b0 d5": "SMART READ LOG", "b0 da": "SMART RETURN STATUS",
            "2f 00": "READ LOG EXT"},
    "scsi": {"00": "TEST UNIT READY", "03": "REQUEST SENSE", "12": "INQUIRY", "1a": "MODE SENSE (6)",
             "25": "READ CAPACITY (10)", "28": "READ (10)", "4d": "LOG SENSE", "5a": "MODE SENSE (10)",
             "88": "READ (16)", "9e 10": "READ CAPACITY (16)", "a0": "REPORT LUNS",
             "a2 01": "SECURITY PROTOCOL IN, TCG discovery", "a3 0c": "REPORT SUPPORTED OPERATION CODES"},
    "sd": {"12": "STOP_TRANSMISSION", "13": "SEND_STATUS", "16": "SET_BLOCKLEN", "17": "READ_SINGLE_BLOCK",
           "18": "READ_MULTIPLE_BLOCK", "23": "SET_BLOCK_COUNT", "55": "APP_CMD"},
    "sd app": {"13": "SD_STATUS", "51": "SEND_SCR"},
}


def commands(path, start, end=float("inf")):
    """How often each command came between two moments (seconds since the epoch)."""
    found = collections.Counter()
    with open(path) as file:
        lines = file.read().splitlines()
    for number, line in enumerate(lines):
        parts = LINE.match(line)
        if parts and start <= float(parts[1]) < end:
            found[_command(parts[2], parts[3], lines[number + 1:number + 2])] += 1
    del found[None]
    return found


def _command(event, words, following):
    if event.startswith("pci_nvme"):
        return ("nvme admin" if "admin" in event else "nvme", f"{int(re.search(r'opc (0x[0-9a-f]+)', words)[1], 16):02x}")
    if event == "handle_cmd_fis_dump":
        # A register FIS: 27h, flags, command, features. Of a queued read "features" is the number of sectors.
        fis = following[0].split(":")[1].split()
        return ("ata", fis[2] if fis[2] in ("60", "61") else f"{fis[2]} {fis[3]}")
    if event == "scsi_disk_new_request":
        block = [f"{int(byte, 16):02x}" for byte in words.partition("data=")[2].split()]
        action = f" {int(block[1], 16) & 0x1f:02x}" if block[0] in WITH_SERVICE_ACTION else ""
        return ("scsi", block[0] + action) if block[0] not in ANSWERED_BY_BUS else None
    if event == "scsi_req_parsed":
        operation = f"{int(re.search(r'command ([0-9]+)', words)[1]):02x}"
        return ("scsi", operation) if operation in ANSWERED_BY_BUS else None
    return ("sd app" if "app" in event else "sd", str(int(re.search(r"CMD([0-9]+)", words)[1])))


def dangerous(found):
    """Those that are not on the list of the harmless ones."""
    return sorted((kind, command) for kind, command in found if command not in HARMLESS[kind])
