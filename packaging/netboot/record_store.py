"""The folder that stations send their records to: FOLDER/STATION/certificates/..., registry.db, journals/... Used by
the web server, from several threads. A file is there as a whole or not at all, and durable before the answer; what is
signed is never replaced; of what may be replaced the last version is kept beside it (".previous")."""

import errno
import hashlib
import os
import re
import tempfile
import threading

MIB = 1 << 20
KEPT_FREE = 64 * MIB  # so that a full disk is an answer to a machine and not this PC's end
STATION = re.compile(r"ST(-[0-9A-Z]{4}){4}")
NAME = "[A-Za-z0-9][A-Za-z0-9_-]{0,95}"
# What may be sent: pattern, most bytes, may another content take its place?
KINDS = [
    (re.compile(rf"certificates/{NAME}\.(jws|pdf)"), 64 * MIB, False),
    (re.compile(r"station(\.chain)?\.(pem|crt|json)"), MIB, False),
    (re.compile(r"registry\.db"), 1024 * MIB, True),
    (re.compile(r"registry-head[A-Za-z0-9._-]{0,64}"), MIB, True),
    (re.compile(rf"journals/{NAME}\.json"), 64 * MIB, True),
]
JOURNAL = KINDS[-1][0]


class Answer(Exception):
    """An HTTP status, and why."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status, self.reason = status, reason


def kind_of(station, path):
    """(most bytes, may be replaced) of a name that is allowed; there are no others."""
    if not STATION.fullmatch(station):
        raise Answer(403, "no station has such a name")
    for pattern, most, replaceable in KINDS:
        if pattern.fullmatch(path):
            return most, replaceable
    raise Answer(403, "no record has such a name")


def sync_folder(folder):
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def digest_of_file(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(MIB):
            digest.update(piece)
    return digest.hexdigest()


class RecordStore:
    def __init__(self, folder):
        self.folder = folder
        self.lock = threading.Lock()  # held while a finished file takes its place, never while one arrives

    def prepare(self):
        """Makes the folder; raises OSError where it can't be written."""
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".part-"):
            pass
        self._remove_torn_files()

    def _remove_torn_files(self):
        """What an earlier run left of files that never arrived; only in folders of stations."""
        for station in filter(STATION.fullmatch, os.listdir(self.folder)):
            for folder, _, names in os.walk(os.path.join(self.folder, station)):
                for name in names:
                    if name.startswith(".part-"):
                        os.unlink(os.path.join(folder, name))

    def free_bytes(self):
        room = os.statvfs(self.folder)
        return room.f_bavail * room.f_frsize

    def put(self, station, path, length, wanted_digest, read):
        """Takes one file; `read(n)` gives its bytes. 201: new or replaced; 200: it was there. Raises Answer."""
        most, replaceable = kind_of(station, path)
        if not re.fullmatch(r"[0-9a-fA-F]{64}", wanted_digest or ""):
            raise Answer(400, "X-Content-SHA256 is missing")
        if length > most:
            raise Answer(413, "larger than a record can be")
        if self.free_bytes() < length + KEPT_FREE:
            raise Answer(507, "full")
        target = os.path.join(self.folder, station, path)
        try:
            self._make_folders(os.path.dirname(target))
            part = self._receive(os.path.dirname(target), length, wanted_digest.lower(), read)
            try:
                with self.lock:
                    return self._place(part, target, wanted_digest.lower(), replaceable)
            finally:
                if os.path.exists(part):
                    os.unlink(part)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise Answer(507, "full") from None
            raise

    def _make_folders(self, folder):
        missing = []
        while not os.path.isdir(folder):
            missing.append(folder)
            folder = os.path.dirname(folder)
        for folder in reversed(missing):
            try:
                os.mkdir(folder, 0o700)
            except FileExistsError:
                continue  # another thread made it
            sync_folder(os.path.dirname(folder))

    def _receive(self, folder, length, wanted_digest, read):
        """A temporary file beside the target, complete, compared and on the disk."""
        descriptor, part = tempfile.mkstemp(dir=folder, prefix=".part-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                digest, left = hashlib.sha256(), length
                while left:
                    piece = read(min(left, 65536))
                    if not piece:
                        raise Answer(400, "the connection ended before the file")
                    digest.update(piece)
                    file.write(piece)
                    left -= len(piece)
                if digest.hexdigest() != wanted_digest:
                    raise Answer(400, "damaged on its way: the SHA-256 differs")
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            os.unlink(part)
            raise
        return part

    def _place(self, part, target, digest, replaceable):
        if os.path.lexists(target):
            if digest_of_file(target) == digest:
                return 200
            if not replaceable:
                raise Answer(409, "another content is there under this name")
            self._keep_previous(target)
            os.rename(part, target)
        else:
            os.link(part, target)  # never over something
        sync_folder(os.path.dirname(target))
        return 201

    def _keep_previous(self, target):
        """A second name for it, so that the first one is never without a file."""
        previous = target + ".previous"
        if os.path.lexists(previous):
            os.unlink(previous)
        os.link(target, previous)

    def remove_journal(self, station, path):
        """The job has ended. Nothing else can be removed."""
        kind_of(station, path)
        if not JOURNAL.fullmatch(path):
            raise Answer(403, "only journals can be removed")
        target = os.path.join(self.folder, station, path)
        with self.lock:
            for name in (target, target + ".previous"):
                if os.path.lexists(name):
                    os.unlink(name)
            if os.path.isdir(os.path.dirname(target)):
                sync_folder(os.path.dirname(target))
