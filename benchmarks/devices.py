"""The devices that are measured: loop devices over files of its own, in memory or on a disk, at their own or at a limited speed.
Everything is made here and taken down here; nothing else is ever written to. Needs root."""

import contextlib
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import time

MIB = 1 << 20
LOOP_GET_STATUS64 = 0x4C05
BLKFLSBUF = 0x1261
CGROUP = pathlib.Path("/sys/fs/cgroup")


class Refusal(Exception):
    """Says why a group can't be measured here."""


class Device:
    """A loop device, and what it was made over: a file, or another one of ours."""

    def __init__(self, path, backing, below=None):
        self.path = path
        self.name = pathlib.Path(path).name
        self.backing = backing
        self.below = below
        self.size = int(pathlib.Path(f"/sys/block/{self.name}/size").read_text()) * 512

    @property
    def number(self):
        return pathlib.Path(f"/sys/block/{self.name}/dev").read_text().strip()

    def prove(self):
        """Raises unless the path still names a loop device over our own file. Asked before each program is started."""
        if self.below:
            self.below.prove()
        ours = self.backing.stat()
        with open(self.path, "rb", buffering=0) as node:
            status = bytearray(232)
            fcntl.ioctl(node, LOOP_GET_STATUS64, status)
        _, inode = struct.unpack_from("=QQ", status)
        shown = pathlib.Path(f"/sys/block/{self.name}/loop/backing_file").read_text().rstrip("\n")
        if inode != ours.st_ino or shown != str(self.backing):
            raise Refusal(f"{self.path} is not over {self.backing} any more; it is left alone")

    def drop_buffers(self):
        with open(self.path, "rb", buffering=0) as node:
            fcntl.ioctl(node, BLKFLSBUF)


def available_memory():
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


class Workplace:
    """One temporary directory with a memory file system of its own; leaving it removes all devices, mounts and files."""

    def __init__(self, disk_directory):
        if os.geteuid() != 0:
            raise Refusal("loop devices need root: run it as root")
        self.disk_directory = disk_directory
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="regain-benchmark-"))
        self.undo = contextlib.ExitStack()
        self.undo.callback(shutil.rmtree, self.place, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.undo.close()

    @contextlib.contextmanager
    def in_memory(self, count, size):
        spare = available_memory() - count * size
        if spare < 512 * MIB:
            raise Refusal(f"{count} × {size // MIB} MiB do not fit into the memory that is free; choose a smaller size")
        with contextlib.ExitStack() as undo:
            directory = self.place / "memory"
            directory.mkdir()
            undo.callback(directory.rmdir)
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={count * size + 16 * MIB},mode=0700", "regain-benchmark",
                            str(directory)], check=True)
            undo.callback(unmount, directory)
            yield [undo.enter_context(loop(directory / f"drive{number}", size, direct=False)) for number in range(count)]

    @contextlib.contextmanager
    def on_disk(self, size):
        if shutil.disk_usage(self.disk_directory).free < size + 512 * MIB:
            raise Refusal(f"{size // MIB} MiB do not fit into {self.disk_directory}")
        with contextlib.ExitStack() as undo:
            directory = pathlib.Path(tempfile.mkdtemp(prefix="regain-benchmark-", dir=self.disk_directory))
            undo.callback(shutil.rmtree, directory, ignore_errors=True)
            yield [undo.enter_context(loop(directory / "drive0", size, direct=True))]

    @contextlib.contextmanager
    def throttled(self, size, bytes_per_second):
        """Two loop devices, one upon the other; the lower one is limited. On the upper one every program meets a device that is
        slow, as a disk is. Limited itself it would be unfair: the kernel charges a request twice that io_uring first tries
        without waiting, so that a program with io_uring gets half of the speed, and one without gets all of it."""
        with self.in_memory(1, size) as (lower,), speed_limit(lower, bytes_per_second):
            with attached(pathlib.Path(lower.path), direct=True, below=lower) as upper:
                prove_limit(upper, bytes_per_second)
                yield [upper]


def unmount(directory):
    for _ in range(50):
        if subprocess.run(["umount", str(directory)], stderr=subprocess.DEVNULL).returncode == 0:
            return
        time.sleep(0.1)
    subprocess.run(["umount", "--lazy", str(directory)], check=True)


@contextlib.contextmanager
def loop(path, size, direct):
    """A file that is written from end to end beforehand, so that no program pays for its first allocation."""
    try:
        block = b"\xa5" * MIB
        with open(path, "xb") as file:
            for _ in range(size // MIB):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        with attached(path, direct) as device:
            yield device
    finally:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def attached(path, direct, below=None):
    try:
        found = subprocess.run(["losetup", "--find", "--show", f"--direct-io={'on' if direct else 'off'}", str(path)],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if found.returncode != 0:
            raise Refusal(f"cannot make a loop device over {path}: {found.stderr.strip()}")
        device = Device(found.stdout.strip(), path, below)
        if direct and pathlib.Path(f"/sys/block/{device.name}/loop/dio").read_text().strip() != "1":
            raise Refusal(f"{path.parent} takes no direct I/O; choose another directory")
        yield device
    finally:
        detach(path)


def loops_over(path):
    """By the file, so that one is found too whose name never arrived (Ctrl-C)."""
    found = []
    for backing in pathlib.Path("/sys/block").glob("loop*/loop/backing_file"):
        try:
            if backing.read_text().rstrip("\n") == str(path):
                found.append(f"/dev/{backing.parent.parent.name}")
        except OSError:
            continue
    return found


def detach(path):
    for _ in range(100):
        left = loops_over(path)
        if not left:
            return
        for device in left:
            subprocess.run(["losetup", "--detach", device], check=False, stderr=subprocess.DEVNULL)
        time.sleep(0.05)
    print(f"{', '.join(left)}: still held by some program; the kernel removes it when that ends", flush=True)


# ---- a limited speed: the kernel's block throttling, by cgroup

@contextlib.contextmanager
def speed_limit(device, bytes_per_second):
    """In version 1 of the cgroups the limit is set for the root group and holds for everybody. Version 2 has no limit for its
    root: there this process, and all that it starts, goes into a group of its own for the time."""
    first, second = CGROUP / "blkio/blkio.throttle.write_bps_device", CGROUP / "blkio/blkio.throttle.read_bps_device"
    if first.exists():
        try:
            for file in (first, second):
                file.write_text(f"{device.number} {bytes_per_second}\n")
            yield
        finally:
            for file in (first, second):
                file.write_text(f"{device.number} 0\n")
        return
    controllers = CGROUP / "cgroup.controllers"
    if not controllers.exists() or "io" not in controllers.read_text().split():
        raise Refusal("this kernel has no block throttling (no io controller among the cgroups)")
    with group_of_its_own() as group:
        try:
            (group / "io.max").write_text(f"{device.number} rbps={bytes_per_second} wbps={bytes_per_second}\n")
        except OSError as fault:
            raise Refusal(f"this kernel has no block throttling (io.max: {fault.strerror})") from fault
        yield


@contextlib.contextmanager
def group_of_its_own():
    home = pathlib.Path("/proc/self/cgroup").read_text().strip().splitlines()[-1].split("::")[-1].lstrip("/")
    group = CGROUP / f"regain-benchmark-{os.getpid()}"
    try:
        # With both, what the kernel writes later of a group's buffers is the group's, too.
        (CGROUP / "cgroup.subtree_control").write_text("+io +memory")
        group.mkdir()
    except OSError as fault:
        raise Refusal(f"this system gives no cgroup for the limit ({fault})") from fault
    try:
        (group / "cgroup.procs").write_text(str(os.getpid()))
        yield group
    finally:
        (CGROUP / home / "cgroup.procs").write_text(str(os.getpid()))
        for _ in range(50):
            try:
                group.rmdir()
                break
            except OSError:
                time.sleep(0.1)


def prove_limit(device, bytes_per_second):
    """Direct writes must be given the speed of the limit, and buffered ones no more (they may be slower by themselves); else the
    group would show nothing."""
    device.prove()
    megabytes = min(max(8, bytes_per_second * 2 // MIB), device.size // MIB)
    for flag, at_least in (("oflag=direct", 0.8), ("conv=fsync", 0.0)):
        start = time.monotonic()
        subprocess.run(["dd", "if=/dev/zero", f"of={device.path}", "bs=1M", f"count={megabytes}", "status=none", flag], check=True)
        seen = megabytes * MIB / (time.monotonic() - start)
        if not at_least * bytes_per_second < seen < 1.2 * bytes_per_second:
            raise Refusal(f"the limit of {bytes_per_second / 1e6:.0f} MB/s does not hold here: {seen / 1e6:.0f} MB/s with {flag}")
