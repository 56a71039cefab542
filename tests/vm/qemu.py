"""A PC in software: QEMU started without KVM, and without a network unless cards are given, watched through its serial
line and its screen.

Used by run.py, live_run.py, netboot_run.py and small_machine.py. Needs qemu-system-x86_64 and, for UEFI, the OVMF firmware; nothing but
the standard library.
"""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import zlib

OVMF = [  # (code, variables), the first pair that is there
    ("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
    ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"),
]
# 32-bit firmware, as small tablets and early netbooks have it; Debian's build wants the machine that Secure Boot needs.
OVMF_32 = [("/usr/share/OVMF/OVMF32_CODE_4M.secboot.fd", "/usr/share/OVMF/OVMF32_VARS_4M.fd")]
# Microsoft's keys enrolled and Secure Boot on, as in a shop's PC.
OVMF_SECURE = [("/usr/share/OVMF/OVMF_CODE_4M.ms.fd", "/usr/share/OVMF/OVMF_VARS_4M.ms.fd")]

# What has to be pressed for a character on a French (AZERTY) keyboard: QEMU's key names are those of a US keyboard.
AZERTY = {"a": "q", "q": "a", "z": "w", "w": "z", "m": "semicolon", "\n": "ret", "-": "6", " ": "spc", "\t": "tab",
          "_": "8", "=": "equal", ":": "dot", ";": "comma", "\"": "3", "'": "4", "(": "5", ")": "minus", ",": "m"}
AZERTY_SHIFTED = {**{digit: digit for digit in "0123456789"}, "/": "dot", ".": "comma"}


def firmware_files(firmware):
    """The two files of a UEFI firmware, or None when this machine has none."""
    for code, variables in {"secure": OVMF_SECURE, "uefi32": OVMF_32}.get(firmware, OVMF):
        if os.path.exists(code) and os.path.exists(variables):
            return code, variables
    return None


class TimedOut(Exception):
    """What was waited for did not come in time."""


class Machine:
    """One running PC. Use it as a context manager: it is gone at the end, whatever happened."""

    # With two, the kernel of a busy test machine now and then finds half of its own patches and panics (int3): what one
    # emulated processor changes in the code, the other one sees late.
    processors = 1
    graphics = "std"

    def __init__(self, disks, firmware="bios", memory_mib=1024, snapshot=True, cards=()):
        """disks: paths of raw disks (SATA), or (path, kind) with the kinds sata, usb, cdrom, nvme, virtio, or
        (path, kind, snapshot); the first one is started. A path may be a volatile_drive.VolatileDrive. firmware: bios,
        uefi, uefi32 or secure. snapshot: the disks stay as they are. cards: network cards as (TAP device, MAC address,
        QEMU's name of the model and its options); with one of them the PC starts from the network before it starts from
        a disk."""
        self.disks, self.firmware, self.memory_mib, self.snapshot = disks, firmware, memory_mib, snapshot
        self.cards = cards
        self.has_usb = False

    def __enter__(self):
        self.room = tempfile.mkdtemp(prefix="regain-vm-")
        try:
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        process = getattr(self, "process", None)
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for connection in ("qmp", "serial"):
            if getattr(self, connection, None) is not None:
                getattr(self, connection).close()
        shutil.rmtree(self.room, ignore_errors=True)

    def _arguments(self, qmp_path, serial_path):
        """What QEMU is started with."""
        arguments = [
            "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-vga", self.graphics, "-nic", "none",
            "-machine", "q35,smm=on" if self.firmware in ("secure", "uefi32") else "q35",
            "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", str(self.processors), "-m", str(self.memory_mib),
            "-qmp", f"unix:{qmp_path},server=on,wait=off",
            "-chardev", f"socket,id=serial,path={serial_path},server=on,wait=on", "-serial", "chardev:serial",
            "-device", "virtio-rng-pci",
        ]
        if self.firmware != "bios":
            code, variables = firmware_files(self.firmware)
            # A fresh copy: no start finds a boot entry that an earlier one left.
            copy = os.path.join(self.room, "variables.fd")
            shutil.copyfile(variables, copy)
            if self.firmware in ("secure", "uefi32"):
                arguments += ["-global", "driver=cfi.pflash01,property=secure,value=on"]
            arguments += ["-drive", f"if=pflash,format=raw,readonly=on,file={code}",
                          "-drive", f"if=pflash,format=raw,file={copy}"]
        for index, disk in enumerate(self.disks):
            path, kind, snapshot = (*disk, self.snapshot)[:3] if isinstance(disk, tuple) else (disk, "sata", self.snapshot)
            arguments += self._drive(index, path, kind, snapshot)
        for index, (tap, address, model) in enumerate(self.cards):
            arguments += ["-netdev", f"tap,id=net{index},ifname={tap},script=no,downscript=no",
                          "-device", f"{model},netdev=net{index},mac={address},bootindex={index}"]
        return arguments

    def _start(self):
        qmp_path, serial_path = (os.path.join(self.room, name) for name in ("qmp", "serial"))
        # A test that is killed leaves no machine running: it dies with the thread that started it.
        arguments = ["setpriv", "--pdeathsig", "KILL", *self._arguments(qmp_path, serial_path)]
        self.errors = open(os.path.join(self.room, "errors"), "w+b")
        self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors)
        self.serial = self._connect(serial_path)
        self.qmp = self._connect(qmp_path)
        self.qmp_input = self.qmp.makefile("rb")
        json.loads(self.qmp_input.readline())  # the greeting
        self.command("qmp_capabilities")
        self.serial_bytes = bytearray()
        # Read all the time: QEMU sends single bytes, of which a socket holds some 270, and then drops what follows.
        self.serial_reader = threading.Thread(target=self._read_serial, daemon=True)
        self.serial_reader.start()

    def _drive(self, index, path, kind, snapshot):
        """What QEMU needs for one drive. Its serial is VM and its number; the first one is the first to be started."""
        options = f"snapshot={'on' if snapshot else 'off'}" if kind != "cdrom" else "readonly=on,media=cdrom"
        backend = (path.backend(f"disk{index}") if hasattr(path, "backend")
                   else f"if=none,id=disk{index},format=raw,file={path},cache=unsafe,{options}")
        drive = ["-drive", backend]
        name = f"drive=disk{index},serial=VM{index},bootindex={index + len(self.cards)},id=device{index}"
        device = {"sata": f"ide-hd,bus=ide.{index},{name}", "cdrom": f"ide-cd,bus=ide.{index},{name}",
                  "usb": f"usb-storage,bus=usb.0,removable=on,{name}", "nvme": f"nvme,{name}",
                  "virtio": f"virtio-blk-pci,{name}"}[kind]
        # The USB controller comes with the first stick.
        controller = ["-device", "qemu-xhci,id=usb"] if kind == "usb" and not self.has_usb else []
        self.has_usb = self.has_usb or kind == "usb"
        return controller + drive + ["-device", device]

    def _connect(self, path):
        deadline = time.monotonic() + 20
        while True:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(path)
                return connection
            except OSError:
                connection.close()
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.errors.seek(0)
                    raise RuntimeError("QEMU did not start: " + self.errors.read().decode(errors="replace"))
                time.sleep(0.1)

    def command(self, name, **arguments):
        """Sends one QMP command and returns what it answers; events in between are dropped."""
        self.qmp.sendall(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        while True:
            line = self.qmp_input.readline()
            if not line:
                raise RuntimeError("QEMU ended unexpectedly")
            answer = json.loads(line)
            if "error" in answer:
                raise RuntimeError(f"{name}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def serial_text(self):
        """Everything that came over the serial line so far."""
        return bytes(self.serial_bytes).decode("utf-8", errors="replace")

    def _read_serial(self):
        while True:
            try:
                received = self.serial.recv(65536)
            except OSError:
                return
            if not received:
                return
            self.serial_bytes += received

    def write_serial(self, text):
        self.serial.sendall(text.encode())

    def screenshot(self, path=None):
        """The screen as (width, height, RGB bytes); also kept as a PPM file when a path is given."""
        target = path or os.path.join(self.room, "screen.ppm")
        self.command("screendump", filename=os.path.abspath(target))
        return read_ppm(target)

    def type(self, text):
        """Presses the keys of a French keyboard."""
        for character in text:
            if character in AZERTY_SHIFTED:
                self.press("shift", AZERTY_SHIFTED[character])
            elif character.isupper():
                self.press("shift", AZERTY.get(character.lower(), character.lower()))
            else:
                self.press(AZERTY.get(character, character))
            time.sleep(0.08)  # an emulated keyboard has a short queue

    def press(self, *keys):
        self.command("send-key", keys=[{"type": "qcode", "data": key} for key in keys])

    def wait_until(self, predicate, seconds, what):
        """Asks twice a second; returns what the predicate returned as soon as it is true."""
        deadline = time.monotonic() + seconds
        while True:
            found = predicate()
            if found:
                return found
            if self.process.poll() is not None:
                raise RuntimeError("QEMU ended unexpectedly")
            if time.monotonic() > deadline:
                raise TimedOut(f"{what} did not appear within {seconds} s")
            time.sleep(0.5)


def write_png(path, picture):
    """Keeps a screen for a person to look at."""
    width, height, pixels = picture
    rows = b"".join(b"\0" + pixels[3 * width * y:3 * width * (y + 1)] for y in range(height))

    def part(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
                   + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b""))


def read_ppm(path):
    with open(path, "rb") as file:
        if file.readline().strip() != b"P6":
            raise ValueError("not a P6 PPM file")
        width, height = map(int, file.readline().split())
        file.readline()
        pixels = file.read()
    if len(pixels) != 3 * width * height:
        raise ValueError("short PPM file")
    return width, height, pixels
