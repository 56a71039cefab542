"""A disk whose cache dies with the power: an NBD server for QEMU that keeps what is written in memory until it is flushed.
At the power cut a random half of the rest is on the disk, sector by sector, whatever came first.

    with volatile_drive.VolatileDrive("drive.raw", seed=7) as drive:
        ... -drive drive.backend("name") ...
        drive.lose_power()   # from here on it neither does nor answers anything; then QEMU is killed
        drive.cut_power()    # the file is what the disk holds; the same object can be served to the next machine

Only what QEMU 7 asks for: the fixed new style of the handshake, simple replies, one connection after the other.
"""

import os
import random
import socket
import struct
import tempfile
import threading
import time

SECTOR = 512
NBDMAGIC, IHAVEOPT, REPLY_MAGIC, REQUEST, SIMPLE_REPLY = 0x4E42444D41474943, 0x49484156454F5054, 0x3E889045565A9, 0x25609513, 0x67446698
OPT_EXPORT_NAME, OPT_ABORT, OPT_INFO, OPT_GO = 1, 2, 6, 7
REP_ACK, REP_INFO, REP_ERR_UNSUP = 1, 3, 0x80000001
HAS_FLAGS, SEND_FLUSH, SEND_FUA = 1, 4, 8
CMD_READ, CMD_WRITE, CMD_DISC, CMD_FLUSH = 0, 1, 2, 3
FLAG_FUA = 1


class VolatileDrive:
    def __init__(self, path, seed, speed=0):
        """speed: bytes a second; 0: as fast as it can."""
        self.path, self.random, self.speed = path, random.Random(seed), speed
        self.file = open(path, "r+b", buffering=0)
        self.size = os.path.getsize(path)
        self.cache = {}  # offset of a sector -> its bytes
        self.lock = threading.Lock()
        self.room = tempfile.mkdtemp(prefix="regain-nbd-")
        self.socket_path = os.path.join(self.room, "socket")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.socket_path)
        self.listener.listen(4)
        self.connections = []
        self.has_power = True
        self.lost = self.flushes = self.bytes_written = self.bytes_read = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.cut_power()
        self.file.close()
        os.unlink(self.socket_path)
        os.rmdir(self.room)

    def backend(self, name):
        """The word behind QEMU's -drive: with a cache that the machine is told of and has to flush."""
        return f"if=none,id={name},format=raw,file.driver=nbd,file.server.type=unix,file.server.path={self.socket_path},cache=writeback"

    def unflushed(self):
        """The number of sectors that only its cache has."""
        with self.lock:
            return len(self.cache)

    def lose_power(self):
        """What is under way is neither done nor answered any more. As unflushed()."""
        with self.lock:
            self.has_power = False
            return len(self.cache)

    def cut_power(self):
        """QEMU is gone. What was not flushed survives by chance."""
        self.lose_power()
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.connections = []
        with self.lock:
            for offset, content in self.cache.items():
                if self.random.random() < 0.5:
                    os.pwrite(self.file.fileno(), content, offset)
                else:
                    self.lost += 1
            self.cache = {}
            self.has_power = True

    # --- the protocol -----------------------------------------------------------------------------------------------

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            if self._shake_hands(connection):
                while self._answer(connection):
                    pass
        except (OSError, EOFError):
            pass
        connection.close()

    def _flags(self):
        return HAS_FLAGS | SEND_FLUSH | SEND_FUA

    def _shake_hands(self, connection):
        connection.sendall(struct.pack(">QQH", NBDMAGIC, IHAVEOPT, 3))  # fixed new style, no zeroes
        flags = struct.unpack(">I", receive(connection, 4))[0]
        while True:
            magic, option, length = struct.unpack(">QII", receive(connection, 16))
            receive(connection, length)
            if magic != IHAVEOPT or option == OPT_ABORT:
                return False
            if option == OPT_EXPORT_NAME:
                connection.sendall(struct.pack(">QH", self.size, self._flags()) + (b"" if flags & 2 else bytes(124)))
                return True
            if option in (OPT_GO, OPT_INFO):
                info = struct.pack(">HQH", 0, self.size, self._flags())
                connection.sendall(struct.pack(">QIII", REPLY_MAGIC, option, REP_INFO, len(info)) + info)
                connection.sendall(struct.pack(">QIII", REPLY_MAGIC, option, REP_ACK, 0))
                if option == OPT_GO:
                    return True
            else:
                connection.sendall(struct.pack(">QIII", REPLY_MAGIC, option, REP_ERR_UNSUP, 0))

    def _answer(self, connection):
        magic, flags, command, handle, offset, length = struct.unpack(">IHHQQI", receive(connection, 28))
        if magic != REQUEST or command == CMD_DISC:
            return False
        sent = receive(connection, length) if command == CMD_WRITE else b""
        if self.speed and command in (CMD_READ, CMD_WRITE):
            time.sleep(length / self.speed)
        with self.lock:
            if not self.has_power:
                return False
            error, content = self._do(command, flags, offset, length, sent)
        connection.sendall(struct.pack(">IIQ", SIMPLE_REPLY, error, handle) + content)
        return True

    # --- with the lock held -----------------------------------------------------------------------------------------

    def _do(self, command, flags, offset, length, sent):
        content = b""
        if command == CMD_WRITE:
            self._write(offset, sent)
        elif command == CMD_READ:
            content = self._read(offset, length)
        elif command != CMD_FLUSH:
            return 22, b""  # EINVAL
        if command == CMD_FLUSH or (command == CMD_WRITE and flags & FLAG_FUA):
            self._flush()
        return 0, content

    def _write(self, offset, content):
        self.bytes_written += len(content)
        view = memoryview(content)
        for position in range(0, len(content), SECTOR):
            self.cache[offset + position] = view[position:position + SECTOR]

    def _read(self, offset, length):
        self.bytes_read += length
        content = bytearray(os.pread(self.file.fileno(), length, offset))
        for position in range(0, length if self.cache else 0, SECTOR):
            found = self.cache.get(offset + position)
            if found is not None:
                content[position:position + SECTOR] = found
        return bytes(content)

    def _flush(self):
        """What is written is answered in order: all of the cache was acknowledged before."""
        self.flushes += 1
        start, run = 0, []
        for offset in sorted(self.cache):
            if run and offset != start + len(run) * SECTOR:
                os.pwrite(self.file.fileno(), b"".join(run), start)
                run = []
            if not run:
                start = offset
            run.append(self.cache[offset])
        if run:
            os.pwrite(self.file.fileno(), b"".join(run), start)
        self.cache = {}


def receive(connection, count):
    content = bytearray()
    while len(content) < count:
        some = connection.recv(min(count - len(content), 1 << 20))
        if not some:
            raise EOFError
        content += some
    return bytes(content)
