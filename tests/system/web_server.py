"""A web server on the loopback interface for the system tests: images by ranges of bytes, and a folder that takes records
as docs/live-system.md says. It can tear each answer, stand still, refuse, and vanish."""

import contextlib
import hashlib
import http.server
import json
import pathlib
import re
import socket
import threading


class WebServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, images=None, records=None, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.images, self.records = images or {}, records
        self.tears = []              # lengths after which the next answers to requests for images break off
        self.refuse = {}             # a part of a path → the status that every PUT to it gets
        self.requests = []           # (method, path, range)
        self.etag = '"first"'
        self.connections = []
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def url(self, path=""):
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def has_got(self, part):
        return any(method == "PUT" and part in path for method, path, _ in self.requests)

    def get_request(self):
        connection, address = super().get_request()
        self.connections.append(connection)
        return connection, address

    def vanish(self):
        """As when its plug is pulled: open connections end too."""
        self.shutdown()
        self.thread.join()
        self.server_close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.thread.is_alive():
            self.vanish()

    def handle_error(self, request, client_address):
        pass  # a client that went away


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.server.requests.append(("GET", self.path, self.headers.get("Range")))
        if self.path == "/images.json":
            listed = [{"name": name, "size_bytes": path.stat().st_size} for name, path in self.server.images.items()]
            return self.answer(200, json.dumps({"schema": "regain.server-images/1", "images": listed}).encode())
        path = self.server.images.get(self.path.removeprefix("/images/")) if self.path.startswith("/images/") else None
        if path is None:
            return self.answer(404, b"no such file")
        return self.send_part(path)

    def send_part(self, path):
        size = path.stat().st_size
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range")
        whole = not match or (condition and condition != self.server.etag)
        first, last = (0, size - 1) if whole else (int(match[1]), min(int(match[2]), size - 1))
        self.send_response(200 if whole else 206)
        self.send_header("ETag", self.server.etag)
        self.send_header("Content-Length", str(last - first + 1))
        if not whole:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.end_headers()
        length = last - first + 1
        torn = length > 1 << 20 and self.server.tears
        if torn:
            length = min(length, self.server.tears.pop(0))
        with open(path, "rb") as file:
            file.seek(first)
            while length > 0:
                part = file.read(min(length, 1 << 18))
                self.wfile.write(part)
                length -= len(part)
        if torn:
            self.close_connection = True

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(("PUT", self.path, None))
        for part, status in self.server.refuse.items():
            if part in self.path:
                return self.answer(status, b"refused")
        match = re.fullmatch(r"/records/(ST(?:-[0-9A-Z]{4}){4})/((?:certificates/|journals/)?[A-Za-z0-9.-]+)", self.path)
        if not match or self.server.records is None:
            return self.answer(404, b"not a place for records")
        if self.headers.get("X-Content-SHA256") != hashlib.sha256(body).hexdigest():
            return self.answer(400, b"damaged on the way")
        path = pathlib.Path(self.server.records) / match[1] / match[2]
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.read_bytes() == body:
            return self.answer(200)
        if path.exists() and match[2].startswith("certificates/"):
            return self.answer(409, b"another certificate of that name is here")
        path.write_bytes(body)
        return self.answer(201)

    def do_DELETE(self):
        self.server.requests.append(("DELETE", self.path, None))
        path = pathlib.Path(self.server.records) / self.path.removeprefix("/records/")
        path.unlink(missing_ok=True)
        return self.answer(204)
