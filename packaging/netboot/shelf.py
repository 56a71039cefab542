"""What the workshop PC lends to machines: images, and the small files that would lie on a stick (data.tar). Only names
that were found in the folder are ever opened, so that no name can lead out of it."""

import os
import stat
import tarfile
import tempfile

DATA_FOLDERS = ("jobs", "profiles", "trust")
MOST_DATA = 64 << 20


class Images:
    def __init__(self, folder):
        self.folder = folder

    def listing(self):
        """[(name, status)], the newest first."""
        found = []
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.endswith(".img.zst") and not entry.name.startswith("."):
                    try:
                        status = entry.stat()
                    except OSError:
                        continue  # a link to nothing
                    if stat.S_ISREG(status.st_mode):
                        found.append((entry.name, status))
        return sorted(found, key=lambda pair: (-pair[1].st_mtime_ns, pair[0]))

    def as_json(self):
        return {"schema": "regain.server-images/1",
                "images": [{"name": name, "size_bytes": status.st_size} for name, status in self.listing()]}

    def open(self, name):
        """The file, or None when there is no such image."""
        if all(name != known for known, _ in self.listing()):
            return None
        try:
            return open(os.path.join(self.folder, name), "rb")
        except OSError:
            return None


def entity_tag(status):
    """Changes with the file."""
    return f'"{status.st_size:x}-{status.st_mtime_ns:x}-{status.st_ino:x}"'


def data_files(folder):
    """[(name in the tar, path)] of the regular files below jobs/, profiles/ and trust/; links are left out."""
    found = []
    for top in DATA_FOLDERS:
        for place, folders, names in os.walk(os.path.join(folder, top)):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                path = os.path.join(place, name)
                if not name.startswith(".") and os.path.isfile(path) and not os.path.islink(path):
                    found.append((os.path.relpath(path, folder), path))
    return found


def data_size(folder):
    return sum(os.path.getsize(path) for _, path in data_files(folder)) if folder else 0


def data_tar(folder):
    """A temporary file with the tar, open for reading; empty without a folder."""
    file = tempfile.TemporaryFile()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, path in data_files(folder) if folder else []:
            entry = tarfile.TarInfo(name)
            with open(path, "rb") as source:
                status = os.fstat(source.fileno())
                entry.size, entry.mtime = status.st_size, int(status.st_mtime)
                entry.mode = 0o755 if status.st_mode & 0o100 else 0o644
                archive.addfile(entry, source)
    return file
