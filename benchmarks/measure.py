"""Starts programs and watches them from outside: time, CPU of the whole process tree, memory of all its processes, and what the
devices' own counters show. The same for every program, so that none has to be believed."""

import dataclasses
import os
import pathlib
import signal
import subprocess
import threading
import time

from arithmetic import SECTOR, cpu_per_gb, end_of_transfer, span, start_of_transfer, throughput

FIRST_INTERVAL = 0.002  # until the first write was seen
INTERVAL = 0.005
MEMORY_INTERVAL = 0.1
# nwipe's verification reads what it wrote from the system's memory where it can: no counter of the device shows that. Its log
# does, line by line; the times are those at which the lines arrive.
NWIPE_MARKS = {"write": ("Starting pass", "bytes written to"), "read": ("Verifying that", "Verified that"),
               "read-after-write": ("Verifying pass", "bytes read from")}


@dataclasses.dataclass
class Figures:
    """One run of one program."""

    seconds: float
    size: int
    cpu_seconds: float
    peak_pss: int | None
    first_write: float | None
    written: int
    read: int
    speed: float | None = None  # bytes per second of the whole command
    transfer_speed: float | None = None  # of the transfer in question alone, as the devices' counters show it

    @property
    def cpu_per_gb(self):
        return cpu_per_gb(self.cpu_seconds, self.written + self.read)

    def as_json(self):
        return {**dataclasses.asdict(self), "cpu_per_gb": self.cpu_per_gb}


class Failure(Exception):
    """A program that ended otherwise than well, with its last words."""


class Counters:
    """What the kernel counts for each device; the difference since the start."""

    def __init__(self, devices):
        self.files = [os.open(f"/sys/block/{device.name}/stat", os.O_RDONLY) for device in devices]
        self.base = (0, 0)
        self.base = self.now()

    def now(self):
        read = written = 0
        for file in self.files:
            fields = os.pread(file, 512, 0).split()
            read += int(fields[2])
            written += int(fields[6])
        return read * SECTOR - self.base[0], written * SECTOR - self.base[1]

    def close(self):
        for file in self.files:
            os.close(file)


class LogFollower:
    """The lines of a log with the time at which each was first seen."""

    def __init__(self, path):
        self.path, self.length, self.lines = path, 0, []
        path.unlink(missing_ok=True)

    def look(self):
        try:
            if self.path.stat().st_size == self.length:
                return
            text = self.path.read_bytes()
        except OSError:
            return
        whole = text[:text.rfind(b"\n") + 1]
        now = time.monotonic()
        self.lines += [(now, line.decode(errors="replace")) for line in whole[self.length:].splitlines()]
        self.length = len(whole)

    def between(self, first, last):
        """Seconds from the first line that holds `first` to the last one that holds `last`."""
        begins = [when for when, line in self.lines if first in line]
        ends = [when for when, line in self.lines if last in line]
        return ends[-1] - begins[0] if begins and ends and ends[-1] > begins[0] else None


def descendants(pid):
    found, waiting = [], [pid]
    while waiting:
        current = waiting.pop()
        found.append(current)
        try:
            for thread in os.listdir(f"/proc/{current}/task"):
                waiting += map(int, pathlib.Path(f"/proc/{current}/task/{thread}/children").read_text().split())
        except OSError:
            continue  # it has ended
    return found


def proportional_memory(pids):
    """The sum of the PSS of these processes and all below them: shared pages count once."""
    total = 0
    for pid in {below for root in pids for below in descendants(root)}:
        try:
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        except OSError:
            continue
    return total


class Watcher(threading.Thread):
    def __init__(self, counters, log, start, deadline):
        super().__init__(daemon=True)
        self.counters, self.log, self.start_time, self.deadline = counters, log, start, deadline
        self.pids = []
        self.ended = threading.Event()
        self.overdue = False
        self.reads, self.writes = [(start, 0)], [(start, 0)]
        self.peak = 0

    def run(self):
        next_memory = self.start_time
        while not self.ended.is_set():
            self.look()
            now = time.monotonic()
            if self.pids and now >= next_memory:
                self.peak = max(self.peak, proportional_memory(list(self.pids)))
                next_memory = now + MEMORY_INTERVAL
            if now > self.deadline and not self.overdue:
                self.overdue = True
                stop(self.pids, signal.SIGKILL)
            self.ended.wait(FIRST_INTERVAL if len(self.writes) == 1 and len(self.reads) < 50 else INTERVAL)

    def look(self):
        read, written = self.counters.now()
        now = time.monotonic()
        for points, count in ((self.reads, read), (self.writes, written)):
            if count != points[-1][1]:
                points.append((now, count))
        if self.log:
            self.log.look()


def stop(pids, number):
    for pid in pids:
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            continue


def end_processes(processes):
    """After Ctrl-C: asks, waits, then ends them. Each has a process group of its own."""
    left = [process for process in processes if process.returncode is None]
    for number, patience in ((signal.SIGINT, 5), (signal.SIGKILL, 30)):
        stop([process.pid for process in left], number)
        deadline = time.monotonic() + patience
        while left and time.monotonic() < deadline:
            left = [process for process in left if process.poll() is None]
            time.sleep(0.05)


def run_programs(commands, devices, log_directory, log=None, patience=7200):
    """Runs the commands at the same time, to the end of the last. Gives the seconds, the CPU seconds, the watcher."""
    for device in devices:
        device.prove()
        device.drop_buffers()
    counters = Counters(devices)
    logs = [open(log_directory / f"output-{number}", "w+b") for number in range(len(commands))]
    processes = []
    start = time.monotonic()
    watcher = Watcher(counters, log, start, start + patience)
    watcher.start()
    try:
        cpu = 0.0
        for command, log in zip(commands, logs, strict=True):
            processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True))
            watcher.pids.append(processes[-1].pid)
        for process in processes:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            cpu += usage.ru_utime + usage.ru_stime  # and of all children that it has waited for
        seconds = time.monotonic() - start
    finally:
        end_processes(processes)
        watcher.ended.set()
        watcher.join()
        watcher.look()
        counters.close()
        words = []
        for log in logs:
            log.seek(0)
            words.append(log.read()[-2000:].decode(errors="replace"))
            log.close()
    for process, said in zip(processes, words, strict=True):
        if process.returncode != 0:
            late = " (it took too long and was ended)" if watcher.overdue else ""
            raise Failure(f"{pathlib.Path(process.args[0]).name} ended with {process.returncode}{late}:\n{said}")
    return seconds, cpu, watcher


def transfer_speed(watcher, size, of):
    """Of the transfer in question alone."""
    if watcher.log:
        return throughput(size, watcher.log.between(*NWIPE_MARKS[of]))
    if of == "read-after-write":
        bulk = span(watcher.reads, after=end_of_transfer(watcher.writes))
    else:
        bulk = span(watcher.writes if of == "write" else watcher.reads)
    return throughput(*bulk) if bulk else None


def measure(commands, devices, log_directory, of, nwipe_log=None):
    """One measurement of `of`: "write", "read", or "read-after-write" for a command that overwrites and then verifies."""
    seconds, cpu, watcher = run_programs(commands, devices, log_directory, LogFollower(nwipe_log) if nwipe_log else None)
    size = sum(device.size for device in devices)
    first = start_of_transfer(watcher.writes)
    figures = Figures(seconds=seconds, size=size, cpu_seconds=cpu, peak_pss=watcher.peak or None,
                      first_write=None if first is None else first - watcher.start_time,
                      written=watcher.writes[-1][1], read=watcher.reads[-1][1], transfer_speed=transfer_speed(watcher, size, of))
    moved = figures.written if of == "write" or nwipe_log and of == "read-after-write" else figures.read
    if moved < size:
        raise Failure(f"{pathlib.Path(commands[0][0]).name}: only {moved} of {size} bytes reached the device ({of})")
    if of != "read-after-write":
        figures.speed = throughput(size, seconds)
    return figures
