"""A small machine: a PC in software that starts this Debian's own kernel on an initramfs made of this machine's programs,
and runs the scripts that a test hands over, as root, on a real kernel with real drivers. No network card.

    with small_machine.SmallMachine([small_machine.nvme(path)], regain="build/release/regain") as machine:
        result = machine.run("regain drives --json >$OUT/drives.json")
        result.status, result.stdout, result.stderr, result.files["drives.json"], machine.serial_text()

Used by erase_run.py and whoever serves simulated drives to a kernel. A script is busybox's sh; $IN holds the files that
came with it, what it leaves in $OUT comes back. What it says goes to the console as well, within a second.
Ending the machine is a power cut: what the drives had been sent is in their files, nothing else.
"""

import dataclasses
import io
import os
import re
import shutil
import socket
import subprocess
import tarfile
import time

import disk as disks
import initramfs
import qemu
import stock_kernel
from run import Skip

MIB = 1 << 20
HERE = os.path.dirname(os.path.abspath(__file__))
# The line to the host, the disk that keeps the state, and what every drive needs.
MODULES = ["virtio_pci", "virtio_console", "virtio_blk", "virtio_rng", "crc32c_generic", "ext4", "sd_mod", "sg", "loop"]
PROGRAMS = ["/bin/busybox", "udevadm", "blkid", "lsblk"]
UDEV = ["/usr/lib/udev/rules.d"]
UDEV_HELPERS = ["ata_id", "scsi_id", "cdrom_id"]
# Whom udev's rules give the devices to.
GROUPS = ["root:x:0:", "tty:x:5:", "disk:x:6:", "lp:x:7:", "kmem:x:15:", "dialout:x:20:", "cdrom:x:24:", "audio:x:29:",
          "video:x:44:", "input:x:101:", "sgx:x:102:", "kvm:x:103:", "render:x:104:"]


# What the kernel says when an NVMe drive at the PCI bus does not answer for 30 seconds.
STUCK = re.compile(r"nvme nvme[0-9]+: I/O [0-9]+ .*QID [0-9]+ timeout, aborting")


class Stuck(Exception):
    """An emulated drive stopped answering, of which nothing inside the machine is the cause: QEMU 7.2 now and then keeps
    the completions of its NVMe drive to itself, also after the controller was reset."""


@dataclasses.dataclass
class Drive:
    """A drive of the machine: what QEMU is told, and the module of the kernel that drives it."""
    arguments: callable  # (number) -> QEMU's arguments
    module: str
    paths: list


def _backend(path, name):
    """path: a file; or what has a backend of its own (volatile_drive.py)."""
    if hasattr(path, "backend"):
        return ["-drive", path.backend(name)]
    # What was written is in the file at once, and stays there when QEMU is killed: a host's slow disk is not waited for.
    return ["-drive", f"if=none,id={name},format=raw,file={path},cache=unsafe"]


def nvme(*paths, serial="NVME1", options=""):
    """An NVMe drive with one namespace for each file. options: more of QEMU's for the controller, like ",mdts=5"."""
    def arguments(number):
        found = ["-device", f"nvme,id=nvme{number},serial={serial}{options}"]
        for index, path in enumerate(paths, 1):
            found += _backend(path, f"drive{number}n{index}")
            found += ["-device", f"nvme-ns,drive=drive{number}n{index},bus=nvme{number},nsid={index}"]
        return found
    return Drive(arguments, "nvme", list(paths))


def sata(path, serial="SATA1", options=""):
    """A drive at the chipset's AHCI controller, which has six ports."""
    def arguments(number):
        return _backend(path, f"drive{number}") + [
            "-device", f"ide-hd,bus=ide.{number},drive=drive{number},serial={serial}{options}"]
    return Drive(arguments, "ahci", [path])


def scsi(path, serial="SCSI1", options=""):
    """A SCSI disk at a virtio-scsi controller of its own."""
    def arguments(number):
        return _backend(path, f"drive{number}") + [
            "-device", f"virtio-scsi-pci,id=scsi{number}",
            "-device", f"scsi-hd,bus=scsi{number}.0,drive=drive{number},serial={serial}{options}"]
    return Drive(arguments, "virtio_scsi", [path])


def sd_card(path):
    """An SD card in a reader at the PCI bus. Its serial is QEMU's own; its size must be a power of two."""
    def arguments(number):
        return _backend(path, f"drive{number}") + [
            "-device", f"sdhci-pci,id=sdhci{number}", "-device", f"sd-card,drive=drive{number},bus=sd-bus"]
    return Drive(arguments, "sdhci_pci", [path])


def usb_stick(path, serial="USB1", options=""):
    """A USB stick (Bulk-Only Transport) at a controller of its own."""
    def arguments(number):
        return _backend(path, f"drive{number}") + [
            "-device", f"qemu-xhci,id=usb{number}",
            "-device", f"usb-storage,bus=usb{number}.0,drive=drive{number},serial={serial}{options}"]
    return Drive(arguments, "usb_storage", [path])


# What comes only when it is asked for by name, and nobody names as a dependency.
COMPANIONS = {"sdhci_pci": ["mmc_block"], "usb_storage": ["xhci_pci"]}


@dataclasses.dataclass
class Result:
    """What a script did."""
    status: int
    stdout: str
    stderr: str
    files: dict  # name below $OUT -> its bytes


def make_state_disk(path, size=64 * MIB):
    """A file system that the machine mounts on /var/lib/regain: it outlives a power cut."""
    with open(path, "wb") as file:
        file.truncate(size)
    disks.run("mke2fs", "-q", "-t", "ext4", "-L", "small-state", path)
    return path


class SmallMachine(qemu.Machine):
    graphics = "none"

    def __init__(self, drives, regain=None, programs=(), modules=(), files=(), trees=(), state=None, memory_mib=512,
                 append="", traces=(), trace_file=None, arguments=(), skips_idle_time=False,
                 sleeps=False):
        """drives: of nvme(), sata() and so on. regain: the program, installed as `regain`.
        programs: more programs, by name or path, or (path inside, file of this machine).
        modules: names of kernel modules, with what they need. files: (path inside, content). trees: directories of this
        machine that are copied. state: a disk of make_state_disk(). append: more words for the kernel.
        skips_idle_time: the machine's clock runs ahead whenever nothing is to be done, and nobody waits.
        sleeps: it can be suspended to memory and wakes again.
        traces: names (patterns) of QEMU's trace events, written into trace_file. arguments: more of QEMU's.
        Skip is raised where the kernel or a program can't be had."""
        super().__init__([], "bios", memory_mib)
        self.drives, self.state, self.append = list(drives), state, append
        self.skips_idle_time, self.sleeps = skips_idle_time, sleeps
        self.traces, self.trace_file, self.more_arguments = traces, trace_file, list(arguments)
        self.regain, self.programs, self.files, self.trees = regain, programs, files, trees
        names = [drive.module for drive in self.drives] + list(modules)
        self.modules = MODULES + [one for name in names for one in (name, *COMPANIONS.get(name, []))]
        self.patience = float(os.environ.get("REGAIN_VM_PATIENCE", "1"))
        self.scripts = 0

    def __enter__(self):
        super().__enter__()
        try:
            self.control = self._connect(self.control_path)
            self._expect_line(b"READY\n", 120)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *rest):
        if getattr(self, "control", None) is not None:
            self.control.close()
        if getattr(self, "process", None) is not None and self.process.poll() is None:
            self.process.kill()  # nothing is to be tidied up: this is the power cut
        super().__exit__(*rest)

    def _arguments(self, qmp_path, serial_path):
        try:
            kernel = stock_kernel.stock_kernel()
            archive = self._initramfs(kernel)
        except (stock_kernel.NotThere, initramfs.Missing) as error:
            raise Skip(str(error)) from error
        self.control_path = os.path.join(self.room, "control")
        words = f"console=ttyS0 panic=-1 loglevel=5 {self.append}"
        found = super()._arguments(qmp_path, serial_path) + [
            # Waking is a reset, at which QEMU writes an unpacked kernel to memory once more, over the one that sleeps there.
            *([] if self.sleeps else ["-no-reboot"]), "-kernel", str(kernel.packed if self.sleeps else kernel.image), "-initrd", archive, "-append", words,
            "-device", "virtio-serial-pci", "-chardev", f"socket,id=control,path={self.control_path},server=on,wait=off",
            "-device", "virtserialport,chardev=control,name=control"]
        if self.sleeps:  # q35 wakes once: then its clock's event can't be cleared any more, and it wakes before it sleeps
            found[found.index("q35")] = "pc"
        if self.state:
            found += [*_backend(self.state, "state"), "-device", "virtio-blk-pci,drive=state,serial=STATE"]
        for number, drive in enumerate(self.drives):
            found += drive.arguments(number)
        if self.traces:
            found += ["-D", self.trace_file] + [word for name in self.traces for word in ("-trace", name)]
        if self.skips_idle_time:  # QEMU counts instructions then, which it can only do with one thread
            found[found.index("tcg,thread=multi")] = "tcg,thread=single"
            found += ["-icount", "shift=1,sleep=off"]
        return found + self.more_arguments

    def _initramfs(self, kernel):
        """Writes the archive into the machine's room, and returns its path."""
        archive = initramfs.Archive()
        archive.device("dev/console", 5, 1)
        archive.copy("init", os.path.join(HERE, "small_machine_init.sh"))
        for entry in (*PROGRAMS, *self.programs):
            archive.program(*((entry,) if isinstance(entry, str) else entry))
        for name in UDEV_HELPERS:
            archive.program(f"/usr/lib/udev/{name}", f"/usr/lib/udev/{name}")
        for tree in (*UDEV, *self.trees):
            archive.copy_tree(tree)
        archive.link("usr/lib/systemd/systemd-udevd", "../../bin/udevadm")
        archive.link("usr/bin/sh", "busybox")  # libparted starts a shell whenever a program that uses it begins
        if self.regain:
            archive.program("/usr/bin/regain", self._stripped(self.regain))
        archive.add("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")
        archive.add("etc/group", "\n".join([*GROUPS, ""]).encode())
        for path, content in self.files:
            archive.add(path, content)
        try:
            needed = kernel.files_of(self.modules)
        except KeyError as error:
            raise initramfs.Missing(f"the kernel {kernel.version} has no module {error}") from error
        for file in needed:
            archive.copy(f"usr/lib/modules/{kernel.version}/{file}", str(kernel.modules / file))
        names = "".join(f"/usr/lib/modules/{kernel.version}/{file}\n" for file in needed)
        archive.add("etc/small-machine/modules", names.encode())
        path = os.path.join(self.room, "initramfs")
        archive.write(path)
        return path

    def _stripped(self, program):
        """Without what a debugger reads, where binutils are there: two thirds of the program."""
        smaller = os.path.join(self.room, "regain")
        if not os.access(program, os.X_OK):
            raise initramfs.Missing(f"{program} is not there; build it, or set REGAIN_BINARY")
        if not shutil.which("strip"):
            return program
        subprocess.run(["strip", "-o", smaller, program], check=True)
        return smaller

    # --- scripts ----------------------------------------------------------------------------------------------------

    def run(self, script, files=None, seconds=120):
        """Runs a script to its end. files: name -> bytes, what it finds in $IN."""
        self.begin(script, files)
        return self.finish(seconds)

    def begin(self, script, files=None):
        """Hands a script over and does not wait; finish() waits, or the machine is cut off."""
        self.scripts += 1
        package = io.BytesIO()
        with tarfile.open(fileobj=package, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for name, content in {**(files or {}), "script": script}.items():
                member = tarfile.TarInfo(name)
                content = content if isinstance(content, bytes) else content.encode()
                member.size, member.mode = len(content), 0o755
                tar.addfile(member, io.BytesIO(content))
        content = package.getvalue()
        self.control.settimeout(60)
        self.control.sendall(b"RUN %d %d\n" % (self.scripts, len(content)) + content)

    def finish(self, seconds=120):
        """The result of the script that was begun; TimedOut when it does not come in time."""
        words, status, size = self._expect_line(b"DONE ", seconds).split()
        content = self._receive(int(size), 60)
        files = {}
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            for member in tar.getmembers():
                if member.isfile():
                    files[member.name] = tar.extractfile(member).read()
        said = [files.pop(name).decode("utf-8", errors="replace") for name in ("stdout", "stderr")]
        return Result(int(status), *said, {name.removeprefix("out/"): content for name, content in files.items()})

    def wait_for(self, words, seconds):
        """Until these words were said on the console."""
        self.wait_until(lambda: words in self.serial_text(), seconds * self.patience, f"“{words}” on the console")

    def cut_power(self):
        """The machine is gone from one moment to the next. The same drives can be given to another one."""
        self.process.kill()
        self.process.wait()

    def _expect_line(self, beginning, seconds):
        line = b""
        deadline = time.monotonic() + seconds * self.patience
        while not line.endswith(b"\n"):
            line += self._receive(1, deadline - time.monotonic(), within=False)
        if not line.startswith(beginning):
            raise RuntimeError(f"the small machine said {line!r} instead of {beginning!r}")
        return line

    def _receive(self, count, seconds, within=True):
        received = b""
        deadline = time.monotonic() + max(0.1, seconds * (self.patience if within else 1))
        self.control.settimeout(2)
        while len(received) < count:
            try:
                some = self.control.recv(count - len(received))
            except socket.timeout as error:
                if STUCK.search(self.serial_text()):
                    raise Stuck("QEMU's NVMe drive stopped answering") from error
                if time.monotonic() < deadline:
                    continue
                raise qemu.TimedOut("the small machine did not answer in time; its console:\n"
                                    + self.serial_text()[-4000:]) from error
            if not some:
                raise RuntimeError("the small machine ended; its console:\n" + self.serial_text()[-4000:])
            received += some
        return received
