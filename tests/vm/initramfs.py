"""Makes an initramfs out of programs of this machine, with the libraries that they load, and modules of a kernel.

Used by small_machine.py. The archive is a cpio of the kind "newc" (Linux: Documentation/driver-api/early-userspace/
buffer-format.rst), written here; nothing is compressed, for an emulated processor unpacks slowly.
"""

import os
import re
import shutil
import stat
import subprocess

from stock_kernel import ENVIRONMENT

# Debian's /bin, /sbin, /lib and /lib64 are links into /usr.
MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")


class Missing(Exception):
    """Something that should go into the initramfs is not on this machine."""


class Archive:
    """A cpio archive in the making: paths inside it, without the slash in front, and what is there."""

    def __init__(self):
        self.entries = {}  # path -> (mode, content, device)
        for name in MERGED:
            self.link(name, f"usr/{name}")

    def directory(self, path):
        path = self.place(path)
        if path and path not in self.entries:
            self.directory(os.path.dirname(path))
            self.entries[path] = (stat.S_IFDIR | 0o755, b"", (0, 0))

    def add(self, path, content, mode=0o644):
        path = self.place(path)
        self.directory(os.path.dirname(path))
        self.entries[path] = (stat.S_IFREG | mode, content, (0, 0))

    def link(self, path, target):
        self.directory(os.path.dirname(path))
        self.entries[path] = (stat.S_IFLNK | 0o777, target.encode(), (0, 0))

    def device(self, path, major, minor):
        self.directory(os.path.dirname(path))
        self.entries[path] = (stat.S_IFCHR | 0o600, b"", (major, minor))

    def copy(self, path, source=None):
        """A file of this machine; what a link points to takes the link's place."""
        try:
            with open(source or path, "rb") as file:
                self.add(path, file.read(), stat.S_IMODE(os.fstat(file.fileno()).st_mode))
        except FileNotFoundError as error:
            raise Missing(f"{source or path} is not there") from error

    def copy_tree(self, top):
        """A directory of this machine with all that is below it; links stay links."""
        for directory, _, files in os.walk(top):
            self.directory(directory)
            for name in files:
                path = os.path.join(directory, name)
                if os.path.islink(path):
                    self.link(self.place(path), os.readlink(path))
                elif os.path.isfile(path):
                    self.copy(path)

    def program(self, name, path=None):
        """A program and its libraries. name: as it is called, or a path; path: the file that is taken for it."""
        source = path or shutil.which(name, path=ENVIRONMENT["PATH"])
        if not source:
            raise Missing(f"the program {name} is missing")
        target = name if name.startswith("/") else f"usr/bin/{name}" if path else source
        self.copy(target, source)
        for library in libraries(source):
            if self.place(library) not in self.entries:
                self.copy(library)

    @staticmethod
    def place(path):
        """Where a path of this machine lies inside the archive."""
        path = os.path.normpath(path).lstrip("/")
        return "" if path == "." else f"usr/{path}" if path.split("/")[0] in MERGED else path

    def write(self, target):
        with open(target, "wb") as file:
            for number, path in enumerate(sorted(self.entries), 1):
                write_entry(file, number, path, *self.entries[path])
            write_entry(file, 0, "TRAILER!!!", 0, b"", (0, 0))


def write_entry(file, number, path, mode, content, device):
    """One member: the magic, thirteen numbers, the name and the content, each filled up to a multiple of four."""
    name = path.encode() + b"\0"
    numbers = (number, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(name), 0)
    file.write(b"070701" + b"".join(b"%08X" % value for value in numbers) + name + bytes(-(110 + len(name)) % 4))
    file.write(content + bytes(-len(content) % 4))


def libraries(program):
    """The files that the dynamic loader takes for a program, and the loader."""
    answer = subprocess.run(["ldd", program], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if "not found" in answer.stdout:
        raise Missing(f"{program} wants libraries that are not here: {answer.stdout.strip()}")
    return re.findall(r"(/\S+) \(0x", answer.stdout)
