"""The programs that are compared: their command lines and versions. fio's settings were chosen beforehand; docs/benchmarks.md
gives the reasons. It starts programs only to ask for their version."""

import pathlib
import re
import shutil
import subprocess

# Chosen with `benchmarks/run --sweep` before anything was compared: the fastest of the sweep in both directions. The same for every
# device.
FIO_SETTINGS = {"ioengine": "io_uring", "bs": "1M", "iodepth": 4, "direct": 1, "fixedbufs": 1, "registerfiles": 1}
SWEEP = [{"ioengine": engine, "bs": size, "iodepth": depth, "direct": 1}
         for engine in ("io_uring", "libaio", "psync") for size in ("256k", "1M", "4M") for depth in (1, 4, 8, 32)
         if engine != "psync" or depth == 1]
# What the kernel needs to know of memory and device only once, for each request or beforehand.
SWEEP += [{**settings, **registered} for settings in SWEEP if settings["ioengine"] == "io_uring" and settings["bs"] != "256k"
          for registered in ({"fixedbufs": 1}, {"fixedbufs": 1, "registerfiles": 1})]
# nwipe 0.33 has these; "mersenne" and "twister" are one.
NWIPE_GENERATORS = ("twister", "isaac", "isaac64")


class Missing(Exception):
    """A program that is not installed."""


def find(name):
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if path is None:
        raise Missing(f"{name} is not installed")
    return path


def fio(devices, direction, settings=None):
    options = [f"--{key}={value}" for key, value in (settings or FIO_SETTINGS).items()]
    command = [find("fio"), "--name=global", f"--rw={direction}", "--thread", "--output-format=json", *options]
    if direction == "write":
        # Zeros, as the overwrite writes them, from one buffer that is never filled again; and a flush, as there.
        command += ["--zero_buffers", "--end_fsync=1"]
    for number, device in enumerate(devices):
        command += [f"--name=drive{number}", f"--filename={device}"]
    return [command]


def dd(devices, direction, size):
    count = [f"count={size // (1 << 20)}", "bs=1M", "status=none"]
    if direction == "write":
        return [[find("dd"), "if=/dev/zero", f"of={device}", "oflag=direct", "conv=fsync,notrunc", *count] for device in devices]
    return [[find("dd"), f"if={device}", "of=/dev/null", "iflag=direct", *count] for device in devices]


def nwipe(devices, log, method, generator=None, verify=False):
    if not devices:
        raise ValueError("nwipe without devices would wipe every drive of the machine")
    command = [find("nwipe"), "--autonuke", "--nogui", "--nowait", "--noblank", f"--method={method}",
               f"--verify={'last' if verify else 'off'}", f"--logfile={log}"]
    if generator:
        command.append(f"--prng={generator}")
    return [[*command, *devices]]


def regain(program, devices, state, method, verify):
    command = [str(program), "wipe", "--lang", "en", "--progress", "none", "--no-certificate", "--state-dir", str(state),
               "--method", method, "--verify", verify]
    for device in devices:
        command += ["--confirm", device]
    return [[*command, *devices]]


def version(command):
    try:
        out = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired) as fault:
        return f"unknown ({fault})"
    return out.stdout.strip().splitlines()[0] if out.stdout.strip() else "unknown"


def versions(program):
    result = {"regain": version([str(program), "--version"])}
    for name in ("fio", "dd", "nwipe"):
        try:
            result[name] = version([find(name), "--version"])
        except Missing:
            result[name] = None
    return result


def machine():
    cpu = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), flags=re.M)
    flags = re.search(r"^flags\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), flags=re.M)
    memory = re.search(r"^MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text(), flags=re.M)
    return {
        "cpu": cpu.group(1) if cpu else "unknown",
        "cores": len(re.findall(r"^processor\s*:", pathlib.Path("/proc/cpuinfo").read_text(), flags=re.M)),
        "aes_instructions": bool(flags and "aes" in flags.group(1).split()),
        "memory_bytes": int(memory.group(1)) * 1024 if memory else None,
        "kernel": pathlib.Path("/proc/sys/kernel/osrelease").read_text().strip(),
        "load_average": pathlib.Path("/proc/loadavg").read_text().split()[:3],
    }
