"""The kernel that this Debian gives everybody (linux-image-amd64's current package), fetched once and unpacked, never
installed.

Used by small_machine.py. It is kept in .cache/kernels (or $REGAIN_CACHE/kernels) and comes from this machine's own
package sources.
"""

import fcntl
import lzma
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
ENVIRONMENT = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}


class NotThere(Exception):
    """No kernel can be had here; the text says why."""


class Kernel:
    def __init__(self, directory):
        """directory: where a linux-image package was unpacked."""
        self.packed = next((directory / "boot").glob("vmlinuz-*"))
        self.version = self.packed.name.removeprefix("vmlinuz-")
        unpacked = directory / "boot" / f"vmlinux-{self.version}"
        self.image = unpacked if unpacked.exists() else self.packed  # what QEMU is given
        self.modules = next(place for place in (directory / "lib/modules", directory / "usr/lib/modules")
                            if place.is_dir()) / self.version
        self.files = {}  # module name -> (its file, the files that it needs), relative to `modules`
        for line in (self.modules / "modules.dep").read_text().splitlines():
            file, _, needed = line.partition(":")
            self.files[module_name(file)] = (file, needed.split())
        self.built_in = {module_name(line) for line in (self.modules / "modules.builtin").read_text().splitlines()}

    def files_of(self, names):
        """The files of these modules and of all that they need, in the order of loading; KeyError for one that this
        kernel does not have."""
        found = []
        for name in map(module_name, names):
            if name in self.built_in:
                continue
            file, needed = self.files[name]
            # What is needed first stands last.
            found += [entry for entry in (*reversed(needed), file) if entry not in found]
        return found


def module_name(file):
    """`kernel/drivers/mmc/host/sdhci-pci.ko.xz` is the module sdhci_pci."""
    return re.sub(r"\.ko(\.(xz|gz|zst))?$", "", os.path.basename(file)).replace("-", "_")


def run(*command, **options):
    return subprocess.run([str(word) for word in command], env=ENVIRONMENT, check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, **options).stdout


def current_package():
    """The name of the package that linux-image-amd64 stands for today; None where the package lists are not there."""
    if not shutil.which("apt-cache", path=ENVIRONMENT["PATH"]):
        return None
    try:
        answer = run("apt-cache", "depends", "linux-image-amd64")
    except subprocess.CalledProcessError:
        return None
    found = re.search(r"Depends: (linux-image-[0-9]\S*-amd64)", answer)
    return found[1] if found else None


def write_unpacked(packed):
    """Puts the kernel itself (vmlinux) beside its packed form: QEMU starts it by its PVH entry, and no emulated processor
    spends 15 seconds on unpacking it. Where the kernel is packed in another way, nothing is written.
    The fields: Linux, Documentation/arch/x86/boot.rst (setup_sects, payload_offset, payload_length)."""
    content = packed.read_bytes()
    offset, length = struct.unpack_from("<II", content, 0x248)
    start = ((content[0x1f1] or 4) + 1) * 512 + offset
    payload = content[start:start + length]
    if payload.startswith(b"\xfd7zXZ\0"):
        kernel = lzma.LZMADecompressor().decompress(payload)
    elif payload.startswith(b"\x28\xb5\x2f\xfd"):
        # The last four bytes are its size.
        kernel = subprocess.run(["zstd", "-dc"], input=payload[:-4], stdout=subprocess.PIPE, check=True).stdout
    else:
        return
    if kernel.startswith(b"\x7fELF"):
        packed.with_name(packed.name.replace("vmlinuz", "vmlinux")).write_bytes(kernel)


def unpack(package, target):
    """Fetches a package and puts its kernel and its modules into `target`, whole or not at all."""
    draft = pathlib.Path(tempfile.mkdtemp(prefix="draft-", dir=target.parent))
    try:
        # Without the sandbox's user, who may not write here.
        run("apt-get", "-o", "APT::Sandbox::User=root", "download", package, cwd=draft)
        archive = next(draft.glob("*.deb"))
        run("dpkg-deb", "-x", archive, draft)
        archive.unlink()
        shutil.rmtree(draft / "usr/share", ignore_errors=True)
        version = package.removeprefix("linux-image-")
        run("depmod", "-b", draft if (draft / "lib/modules").is_dir() else draft / "usr", version)
        write_unpacked(next((draft / "boot").glob("vmlinuz-*")))
        os.rename(draft, target)
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        reason = (getattr(error, "stderr", "") or str(error)).strip()
        raise NotThere(f"{package} can't be fetched: {reason}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def stock_kernel():
    """This Debian's kernel, from the cache or fetched now. NotThere says why there is none."""
    cache = pathlib.Path(os.environ.get("REGAIN_CACHE", TOP / ".cache")).resolve() / "kernels"
    cache.mkdir(parents=True, exist_ok=True)
    package = current_package()
    with open(cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two tests at the same time fetch it once
        if package and (cache / package).is_dir():
            return Kernel(cache / package)
        try:
            if not package:
                raise NotThere("apt does not know linux-image-amd64 (apt-get update?)")
            unpack(package, cache / package)
        except NotThere:
            kept = sorted(cache.glob("linux-image-*"), key=os.path.getmtime)
            if not kept:
                raise
            return Kernel(kept[-1])  # an older one is as good, where there is no network
        for old in cache.glob("linux-image-*"):
            if old.name != package:
                shutil.rmtree(old, ignore_errors=True)
        return Kernel(cache / package)
