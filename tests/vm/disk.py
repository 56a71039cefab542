"""Looks into a raw disk without mounting it: what is on it, and a file's content (sfdisk, blkid, debugfs)."""

import json
import os
import re
import subprocess

# Where Debian keeps these, also for a user whose PATH lacks sbin.
ENVIRONMENT = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}
SECTOR = 512


def run(*arguments, **options):
    return subprocess.run(arguments, env=ENVIRONMENT, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          **options).stdout


def partition_table(disk):
    return json.loads(run("sfdisk", "--json", disk))["partitiontable"]


def root_offset(disk):
    """Byte offset of the root partition: the last one."""
    return max(partition["start"] for partition in partition_table(disk)["partitions"]) * SECTOR


def read_file(disk, path):
    """A file of the root file system, as bytes; FileNotFoundError when it is not there."""
    target = f"{disk}?offset={root_offset(disk)}"
    result = subprocess.run(["debugfs", "-R", f"cat {path}", target], env=ENVIRONMENT, check=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if b"File not found" in result.stderr:
        raise FileNotFoundError(path)
    return result.stdout


def write_file(disk, source, path):
    """Puts a file into the root file system, as `regain deploy --answers` does."""
    commands = f"rm {path}\nwrite {source} {path}\nset_inode_field {path} mode 0100600\n"
    run("debugfs", "-w", "-f", "/dev/stdin", f"{disk}?offset={root_offset(disk)}", input=commands.encode())


def identities(disk):
    """Everything that two machines must not share, by name."""
    table = partition_table(disk)
    found = {"disk GUID": table["id"]}
    for number, partition in enumerate(table["partitions"], 1):
        found[f"partition {number} GUID"] = partition["uuid"]
        offset = str(partition["start"] * SECTOR)
        try:
            fields = run("blkid", "-p", "-o", "export", "-O", offset, "-S", str(partition["size"] * SECTOR), disk)
        except subprocess.CalledProcessError:
            continue  # the BIOS boot partition holds no file system
        uuid = re.search(r"^UUID=(.+)$", fields.decode(), re.MULTILINE)
        if uuid:
            found[f"partition {number} UUID"] = uuid[1]
    found["machine-id"] = read_file(disk, "/etc/machine-id").decode().strip()
    found["host name"] = read_file(disk, "/etc/hostname").decode().strip()
    return found
