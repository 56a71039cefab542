"""A small ISO with the names of a real one, and regain-netboot running on it without root (--http-only, on lo)."""

import contextlib
import hashlib
import http.client
import os
import pathlib
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = TOP / "packaging/netboot/regain-netboot"
for folder in (PROGRAM.parent, TOP / "tests"):
    sys.path.insert(0, str(folder))
from outcome import Skip  # noqa: E402

STATION = "ST-0123-4567-89AB-CDEF"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def live_files():
    """What such an ISO holds; several blocks, no two files alike, none of a round length."""
    files = {f"live/{name}": hashlib.sha256(name.encode()).digest() * count + b"end"
             for name, count in (("vmlinuz", 700), ("initrd.img", 900), ("filesystem.squashfs", 70000), ("regain.squashfs", 300))}
    for name in ("grubnetx64.efi", "grubnetia32.efi", "undionly.kpxe"):
        files[f"boot/net/{name}"] = name.encode() * 100
    files["boot/net/grub.cfg"] = b"linux (http,@SERVER@)/live/vmlinuz regain.server=http://@SERVER@\n"
    files["boot/net/boot.ipxe"] = b"#!ipxe\nset server http://@SERVER@\n"
    files["EFI/BOOT/BOOTX64.EFI"], files["EFI/BOOT/mmx64.efi"] = b"shim" * 500, b"mok" * 500
    files[".disk/info"] = b"Regain 0.1.0 (test)\n"
    return files


def make_iso(folder, files=None, sums=None, name="regain.iso"):
    """sums: what the list of checksums says instead of the truth, for some names."""
    if shutil.which("xorriso") is None:
        raise Skip("xorriso is not installed")
    files = live_files() if files is None else files
    tree = pathlib.Path(tempfile.mkdtemp(dir=folder))
    listed = {name: sha256(content) for name, content in files.items()} | (sums or {})
    files = {**files, "sha256sum.txt": "".join(f"{digest}  {name}\n" for name, digest in listed.items()).encode()}
    for path, content in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(content)
    iso = pathlib.Path(folder) / name
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-r", "-J", "-joliet-long", "-V", "REGAIN", "-partition_offset", "16",
                    "-o", iso, tree], check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return iso


class Place:
    """A folder with an ISO, images, data and room for records; taken away at the end."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="regain-netboot-test-"))
        for name in ("images", "data"):
            (self.folder / name).mkdir()
        self.images, self.data, self.records = (self.folder / name for name in ("images", "data", "records"))
        self.files = live_files()

    def __enter__(self):
        self.iso = make_iso(self.folder)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def words(self, *more, iso=None):
        return [str(word) for word in (PROGRAM, "--iso", iso or self.iso, "--interface", "lo", "--images", self.images, "--data",
                                       self.data, "--records", self.records, "--lang", "en", *more)]

    def run(self, *more, iso=None, path=None, words=None):
        """A run that is refused: (exit status, what it said)."""
        environment = {**os.environ, **({"PATH": path} if path else {})}
        result = subprocess.run([sys.executable, *(words or self.words(*more, iso=iso))], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, env=environment)
        return result.returncode, result.stdout

    @contextlib.contextmanager
    def serve(self, *more):
        served = Served(self.words("--http-only", "--port", "0", *more))
        try:
            yield served
        finally:
            served.stop()


class Served:
    """The running server."""

    def __init__(self, words):
        self.process = subprocess.Popen([sys.executable, "-X", "faulthandler", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        self.said, self.lines = [], queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        line = self.wait_for("http://")
        self.address, self.port = re.search(r"http://([\d.]+):(\d+)", line).groups()
        self.wait_for("Ctrl+C")

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def wait_for(self, words):
        """The first line with these words, said already or within some seconds."""
        for line in self.said:
            if words in line:
                return line
        while True:
            try:
                line = self.lines.get(timeout=30)
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"“{words}” was not said:\n" + "".join(self.said))
            self.said.append(line)
            if words in line:
                return line

    def stop(self, signal_number=signal.SIGINT):
        """The exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)  # it says where it is
            time.sleep(1)
            raise AssertionError("the server did not stop:\n" + "".join(iter(self.lines.get, None))) from None

    def connect(self, timeout=20):
        return http.client.HTTPConnection(self.address, int(self.port), timeout=timeout)

    def ask(self, method, path, body=None, headers=None):
        """(status, headers, content)"""
        connection = self.connect()
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def put(self, path, content, digest=None, station=STATION):
        headers = {"X-Content-SHA256": sha256(content) if digest is None else digest}
        return self.ask("PUT", f"/records/{station}/{path}", body=content, headers=headers)[0]


def check(condition, explanation):
    if not condition:
        raise AssertionError(explanation)


def equal(found, wanted, what):
    check(found == wanted, f"{what}: {found!r} instead of {wanted!r}")
