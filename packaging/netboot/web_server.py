"""The HTTP server: the system out of the ISO, images with ranges, data.tar, and records that machines send. One thread
for each connection, so many for one machine and so many in all; what is silent for a minute is let go."""

import http
import io
import json
import os
import re
import socket
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from record_store import Answer
from shelf import data_tar, entity_tag

SILENCE_SECONDS = 60
MOST_CONNECTIONS, MOST_OF_ONE_MACHINE = 256, 32
MOST_DRAINED = 1 << 20  # of a body that is not wanted
LIVE = {"/live/vmlinuz": "live/vmlinuz", "/live/initrd.img": "live/initrd.img",
        "/live/filesystem.squashfs": "live/filesystem.squashfs", "/live/regain.squashfs": "live/regain.squashfs",
        "/live/sha256sum.txt": "sha256sum.txt"}


class Body:
    """What is sent: a part of an open file, or bytes."""

    def __init__(self, file, offset, length, kind="application/octet-stream", tag=None, close=False):
        self.file, self.offset, self.length, self.kind, self.tag, self.close = file, offset, length, kind, tag, close


def body_of_bytes(content, kind):
    return Body(io.BytesIO(content), 0, len(content), kind)


def wanted_range(text, length):
    """(first, count) of "bytes=..."; None: no range that is understood, everything; raises Answer 416."""
    match = re.fullmatch(r"bytes=(\d{0,20})-(\d{0,20})", (text or "").strip())
    if not match or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        count = min(int(last), length)
        first, last = length - count, length - 1
    else:
        first, last = int(first), min(int(last), length - 1) if last else length - 1
        if match.group(2) and int(match.group(2)) < first:
            return None
    if first >= length or last < first:
        raise Answer(416, "no such range")
    return first, last - first + 1


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "regain-netboot", ""
    timeout = SILENCE_SECONDS

    # --- the verbs

    def do_GET(self):
        self._answer(self._give)

    def do_HEAD(self):
        self._answer(self._give)

    def do_PUT(self):
        self._answer(self._take)

    def do_DELETE(self):
        self._answer(self._remove)

    def _answer(self, action):
        self.has_answered = False
        self.body_left = self._content_length() or 0
        try:
            action()
        except Answer as answer:
            self._refuse(answer.status, answer.reason)
        except (ConnectionError, TimeoutError):
            self.close_connection = True  # the machine is gone
        except Exception as error:  # one machine's trouble is nobody else's
            self._refuse(500, f"{type(error).__name__}: {error}")

    def _refuse(self, status, reason):
        """Says it in words, and lets the connection end: what follows of the request is not read."""
        self.close_connection = True
        if self.has_answered:
            return
        if status == 507:
            self.server.teller.tell_once("FULL: {folder} has no room left; the records of {client} were not taken",
                                         folder=self.server.store.folder, client=self.client_address[0])
        elif status not in (404, 416):
            self.server.teller.tell_once("{client}: refused: {reason}", client=self.client_address[0], reason=reason)
        try:
            self._drain()
            extra = {"Content-Range": f"bytes */{self.range_length}"} if status == 416 else {}
            self._head(status, body_of_bytes(reason.encode("utf-8", "replace") + b"\n", "text/plain; charset=utf-8"), extra)
        except OSError:
            pass

    def _drain(self):
        """Unread bytes would make the kernel reset the connection, and the answer would be lost."""
        while 0 < self.body_left <= MOST_DRAINED:
            piece = self.rfile.read(min(self.body_left, 65536))
            if not piece:
                break
            self.body_left -= len(piece)

    # --- giving

    def _give(self):
        if self.body_left or self.headers.get("Transfer-Encoding"):
            raise Answer(400, "a body is not expected")
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        body = self._find(path)
        if body is None:
            raise Answer(404, "not found")
        try:
            self._send(path, body)
        finally:
            if body.close:
                body.file.close()

    def _find(self, path):
        server = self.server
        if path in LIVE:
            offset, length = server.iso.files[LIVE[path]]
            return Body(server.iso.file, offset, length, tag=server.iso_tag)
        if path.startswith("/images/"):
            file = server.images.open(path[len("/images/"):])
            if file is None:
                return None
            status = server.status_of(file)
            return Body(file, 0, status.st_size, tag=entity_tag(status), close=True)
        if path == "/images.json":
            return body_of_bytes(json.dumps(server.images.as_json()).encode() + b"\n", "application/json")
        if path == "/data.tar":
            file = data_tar(server.data_folder)
            return Body(file, 0, file.seek(0, 2), "application/x-tar", close=True)
        name = path[len("/boot/"):] if path.startswith("/boot/") else path[1:] if path.startswith("/grub/") else None
        content = server.boot_files.get(name)
        return None if content is None else body_of_bytes(content, "application/octet-stream")

    def _send(self, path, body):
        self.range_length = body.length
        part = None
        if body.tag and self.headers.get("If-Range", body.tag) == body.tag:
            part = wanted_range(self.headers.get("Range"), body.length)
        if self.headers.get("If-Match", body.tag or "*") not in ("*", body.tag):
            raise Answer(412, "the file has changed")
        self._tell_of(path, part)
        extra = {}
        if part:
            extra["Content-Range"] = f"bytes {part[0]}-{part[0] + part[1] - 1}/{body.length}"
            body.offset, body.length = body.offset + part[0], part[1]
        self._head(206 if part else 200, body, extra)
        if path == "/live/regain.squashfs" and self.command == "GET":
            self.server.teller.tell_once("{client} has the system and shows Regain", client=self.client_address[0])

    def _head(self, status, body, extra):
        self.has_answered = True
        self.send_response(status, http.HTTPStatus(status).phrase)
        for name, value in {"Content-Type": body.kind, "Content-Length": str(body.length), **extra}.items():
            self.send_header(name, value)
        if body.tag:
            self.send_header("ETag", body.tag)
            self.send_header("Accept-Ranges", "bytes")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "HEAD" or body.length == 0:
            return
        if isinstance(body.file, io.BytesIO):
            self.wfile.write(body.file.getvalue()[body.offset:body.offset + body.length])
        elif self.connection.sendfile(body.file, body.offset, body.length) != body.length:
            self.close_connection = True  # the file became shorter: the machine notices

    def _tell_of(self, path, part):
        tell, client = self.server.teller.tell_once, self.client_address[0]
        if self.command != "GET":
            return
        if path == "/live/vmlinuz":
            tell("{client} reads the kernel", client=client)
        elif path == "/live/filesystem.squashfs":
            tell("{client} reads the system", client=client)
        elif path.startswith("/images/") and (part is None or part[1] > 65536):
            tell("{client} reads the image {name}", pause_seconds=3600, client=client, name=path[len("/images/"):])

    # --- taking

    def _content_length(self):
        value = self.headers.get("Content-Length", "")
        return int(value) if re.fullmatch(r"\d{1,18}", value) else None

    def _record(self):
        """(station, path) of /records/STATION/PATH. What is percent-encoded is no name of ours."""
        parts = self.path.split("/", 3)
        if len(parts) != 4 or parts[0] or parts[1] != "records":
            raise Answer(403, "records go to /records/STATION/PATH")
        return parts[2], parts[3]

    def _take(self):
        station, path = self._record()
        length = self._content_length()
        if length is None or self.headers.get("Transfer-Encoding"):
            raise Answer(411, "Content-Length is missing")
        status = self.server.store.put(station, path, length, self.headers.get("X-Content-SHA256"), self._read)
        self._say_taken(station, path, status)
        self._head(status, body_of_bytes(b"", "text/plain"), {})

    def _read(self, count):
        piece = self.rfile.read(count)
        self.body_left -= len(piece)
        return piece

    def _say_taken(self, station, path, status):
        name = path.rpartition("/")[2].rpartition(".")[0]
        values = {"client": self.client_address[0], "station": station, "name": name}
        if path.endswith(".jws") and status == 201:
            self.server.teller.tell("{client}, station {station}: certificate {name}", **values)
        elif path.startswith("journals/"):
            self.server.teller.tell_once("{client}, station {station}: a job begins ({name})", pause_seconds=86400, **values)

    def _remove(self):
        station, path = self._record()
        self.server.store.remove_journal(station, path)
        name = path.rpartition("/")[2].rpartition(".")[0]
        self.server.teller.tell("{client}, station {station}: the job has ended ({name})", client=self.client_address[0],
                                station=station, name=name)
        self.has_answered = True
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        """The teller says what matters."""

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True


class WebServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, iso, boot_files, images, data_folder, store, teller):
        self.iso, self.boot_files, self.images, self.data_folder = iso, boot_files, images, data_folder
        self.store, self.teller = store, teller
        self.iso_tag = entity_tag(self.status_of(iso.file))
        self.counts, self.counting = {}, threading.Lock()
        super().__init__(address, Handler)

    @staticmethod
    def status_of(file):
        return os.fstat(file.fileno())

    # --- how many connections there may be

    def process_request(self, request, client_address):
        machine = client_address[0]
        with self.counting:
            if sum(self.counts.values()) >= MOST_CONNECTIONS or self.counts.get(machine, 0) >= MOST_OF_ONE_MACHINE:
                full = True
            else:
                full, self.counts[machine] = False, self.counts.get(machine, 0) + 1
        if not full:
            super().process_request(request, client_address)
            return
        try:
            request.setblocking(False)
            request.send(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        except OSError:
            pass
        self.shutdown_request(request)

    @staticmethod
    def _send_as_fast_as_taken(request):
        """GRUB takes 8 KiB at a time and answers when it gets round to it: a kernel that paces what it sends by such
        answers (BBR, where somebody chose it) falls to some kilobytes in a second. cubic is Debian's own default."""
        try:
            request.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
        except OSError:
            pass  # as it is, then

    def process_request_thread(self, request, client_address):
        try:
            request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            request.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self._send_as_fast_as_taken(request)
            super().process_request_thread(request, client_address)
        finally:
            with self.counting:
                self.counts[client_address[0]] -= 1
                if not self.counts[client_address[0]]:
                    del self.counts[client_address[0]]

    def handle_error(self, *_):
        """A connection that broke is no news."""
