"""Reads files out of an ISO 9660 image where it lies: no mounting, no root, no second copy (docs/decisions/0023).

Only what Regain's own ISOs have: the Joliet names, files in one piece. Every file is a range of the image (offset and
length), so that the web server sends it from there. The open image stays the same file when another one takes its name.
"""

import hashlib
import os
import struct

from words import Refusal

SECTOR = 2048
DAMAGED_ADVICE = "Copy it again, or make it again: ./bootstrap usb"
# What a start from the network needs of it.
NEEDED = ["live/vmlinuz", "live/initrd.img", "live/filesystem.squashfs", "live/regain.squashfs", "sha256sum.txt"]
FOR_NETWORK = ["boot/net/grub.cfg", "boot/net/boot.ipxe", "boot/net/grubnetx64.efi", "boot/net/grubnetia32.efi",
               "boot/net/undionly.kpxe", "EFI/BOOT/BOOTX64.EFI", "EFI/BOOT/mmx64.efi"]
MOST_ENTRIES = 10000


class Iso:
    """files: name → (offset, length) in the image."""

    def __init__(self, path):
        self.path, self.name = path, os.path.basename(path)
        try:
            self.file = open(path, "rb")
            self.size = os.fstat(self.file.fileno()).st_size
            self.files = {}
            self._read_directory(*self._root(), "", 0)
        except OSError as error:
            raise Refusal(4, "{file} can't be read: {reason}", file=path, reason=error.strerror) from None
        except (struct.error, UnicodeDecodeError):
            raise self._damaged("ISO 9660") from None
        self._check_names()

    def close(self):
        self.file.close()

    def _damaged(self, name):
        return Refusal(4, "{file} is damaged: {name}", advice=DAMAGED_ADVICE, file=self.path, name=name)

    def _check_names(self):
        if any(name not in self.files for name in NEEDED):
            raise Refusal(4, "{file} is not an ISO of Regain", file=self.path)
        if any(name not in self.files for name in FOR_NETWORK):
            raise Refusal(4, "{file} is an older ISO of Regain, which does not start from the network",
                          advice=DAMAGED_ADVICE, file=self.path)

    def pread(self, offset, length):
        return os.pread(self.file.fileno(), length, offset)

    def read(self, name):
        """A small file's content."""
        offset, length = self.files[name]
        content = self.pread(offset, length)
        if len(content) != length:
            raise self._damaged(name)
        return content

    def _root(self):
        """Where the root directory of the Joliet volume lies. Ref: ECMA-119 8.5 (supplementary volume descriptor)."""
        for sector in range(16, 64):
            descriptor = self.pread(sector * SECTOR, SECTOR)
            if len(descriptor) < SECTOR or descriptor[1:6] != b"CD001" or descriptor[0] == 255:
                break
            if descriptor[0] == 2 and descriptor[88:91] in (b"%/@", b"%/C", b"%/E"):
                return struct.unpack_from("<I", descriptor, 156 + 2)[0], struct.unpack_from("<I", descriptor, 156 + 10)[0]
        raise Refusal(4, "{file} is not an ISO of Regain", file=self.path)

    def _read_directory(self, sector, length, prefix, depth):
        """Ref: ECMA-119 9.1 (directory record). Names are UTF-16, big-endian; a record never crosses a sector."""
        if depth > 8 or length > 1 << 20:
            raise self._damaged(prefix)
        content, position = self.pread(sector * SECTOR, length), 0
        while position < len(content):
            size = content[position]
            if size == 0:
                position = (position // SECTOR + 1) * SECTOR
                continue
            record = content[position:position + size]
            position += size
            first, bytes_long, flags = struct.unpack_from("<I", record, 2)[0], struct.unpack_from("<I", record, 10)[0], record[25]
            raw = record[33:33 + record[32]]
            if raw in (b"\0", b"\1"):
                continue
            name = prefix + raw.decode("utf-16-be").partition(";")[0]
            if flags & 0x80 or len(self.files) > MOST_ENTRIES:  # a file in several pieces: none of ours
                raise self._damaged(name)
            if flags & 0x02:
                self._read_directory(first, bytes_long, name + "/", depth + 1)
            else:
                self.files[name] = (first * SECTOR, bytes_long)

    def checksums(self):
        """name → SHA-256 in hex, of the ISO's own list."""
        lines = self.read("sha256sum.txt").decode("utf-8", "replace").splitlines()
        return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}

    def check(self):
        """Compares everything that is given to machines with the list."""
        listed = self.checksums()
        for name in NEEDED + FOR_NETWORK:
            if name != "sha256sum.txt" and listed.get(name) != self._digest(name):
                raise self._damaged(name)

    def _digest(self, name):
        offset, length = self.files[name]
        digest = hashlib.sha256()
        while length:
            piece = self.pread(offset, min(length, 1 << 20))
            if not piece:
                raise self._damaged(name)
            digest.update(piece)
            offset, length = offset + len(piece), length - len(piece)
        return digest.hexdigest()

    def version(self):
        """ "Regain 0.1.0 2026-11-22-..." """
        return self.read(".disk/info").decode("utf-8", "replace").strip() if ".disk/info" in self.files else "Regain"
