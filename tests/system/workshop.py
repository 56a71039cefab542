"""A workshop for the system tests: loop devices over sparse files, a state directory, the regain binary. Everything
lies in one temporary directory and is taken down again, whatever a test does."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from outcome import Skip  # the suites take it from here

REGAIN = os.environ.get("REGAIN_BINARY", "build/release/regain")
SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
MIB = 1 << 20


class Result:
    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"status {self.status}\n--- out\n{self.out}\n--- err\n{self.err}"


class Workshop:
    def __init__(self):
        if os.geteuid() != 0:
            raise Skip("needs root for loop devices")
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="regain-test-", dir=os.environ.get("REGAIN_TEST_DIR")))
        self.state = self.place / "state"
        self.loops = []
        self.mounts = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for mount in reversed(self.mounts):
            subprocess.run(["umount", "-l", mount], check=False, stderr=subprocess.DEVNULL)
        for loop in self.loops:
            subprocess.run(["losetup", "--detach", loop], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.place, ignore_errors=True)

    # ---- the program

    def regain(self, *words, state=None, **options):
        """Runs regain in English with this workshop's state directory; gives status, output, errors."""
        options.setdefault("stdin", subprocess.DEVNULL)
        command = [str(options.pop("program", REGAIN)), *map(str, words)]
        environment = {**os.environ, "REGAIN_STATE_DIR": str(state or self.state), "REGAIN_LANG": "en", **options.pop("env", {})}
        return Result(subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, **options))

    def start(self, *words, **options):
        """Starts regain in the background, in a process group of its own."""
        environment = {**os.environ, "REGAIN_STATE_DIR": str(self.state), "REGAIN_LANG": "en", **options.pop("extra_env", {})}
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen([REGAIN, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=environment, start_new_session=True, **options)

    # ---- drives

    def file(self, name, size, content=None):
        path = self.place / name
        with open(path, "wb") as file:
            if content is not None:
                block = content * (MIB // len(content) + 1)
                for _ in range(size // MIB):
                    file.write(block[:MIB])
            file.truncate(size)
        return path

    def loop(self, path, *options):
        device = subprocess.run(["losetup", "--find", "--show", *options, str(path)], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        self.loops.append(device)
        return device

    def loop_at(self, device, path):
        """Under this very name, which must be free."""
        subprocess.run(["losetup", device, str(path)], check=True)
        self.loops.append(device)

    def drive(self, name="drive.raw", size=64 * MIB, content=b"OLD-DATA-MARKER-"):
        """A loop device full of `content`."""
        return self.loop(self.file(name, size, content))

    def detach(self, device):
        subprocess.run(["losetup", "--detach", device], check=True)
        self.loops.remove(device)

    def small_tmpfs(self, name, size):
        path = self.place / name
        path.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)], check=True)
        self.mounts.append(str(path))
        return path


def need(*programs):
    for program in programs:
        if shutil.which(program) is None and not pathlib.Path("/usr/sbin", program).exists():
            raise Skip(f"{program} is not installed")


def check(condition, explanation):
    if not condition:
        raise AssertionError(explanation)


def expect(result, status):
    check(result.status == status, f"expected status {status}, got {result!r}")
    return result


def says(result, *phrases):
    for phrase in phrases:
        check(phrase.lower() in (result.err + result.out).lower(), f"does not say \"{phrase}\": {result!r}")


@contextlib.contextmanager
def unprivileged():
    """What to pass to subprocess so that the program runs as nobody."""
    yield {"user": 65534, "group": 65534, "extra_groups": []}


def interrupt(process):
    """Ctrl-C: SIGINT to the whole foreground group."""
    os.killpg(process.pid, signal.SIGINT)


def finish(process, timeout=60):
    out, err = process.communicate(timeout=timeout)
    process.stdout_text, process.stderr_text = out, err
    return Result(subprocess.CompletedProcess(process.args, process.returncode, out, err))
