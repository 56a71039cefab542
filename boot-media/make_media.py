#!/usr/bin/env python3
"""Makes the live system of the USB stick (docs/live-system.md), on any Debian 12 or 13, as root.

    make_media.py deb              the package for Debian 13, built in a Debian 13 of its own
    make_media.py iso [--free] [--quick] [-o FILE]
                                   the ISO; --free leaves out what is not free software; --quick compresses less, in a
                                   fraction of the time: what the tests start

Everything that takes time is kept in .cache/live (or $REGAIN_CACHE/live) under the digest of what it was made from:

    packages/    Debian packages that were downloaded      ccache/   the compiler's cache
    workshop-*/  the Debian 13 that builds: compiler, GRUB, xorriso, mksquashfs
    base-*/      the live system without Regain: squashfs, kernel, initramfs
    regain-*/    the package, and the layer with Regain; changes with every change of the sources
    iso-*/       the ISO
"""

import argparse
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import iso_image  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent
SUITE = "trixie"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# What builds the medium, beside bootstrap's own list of what builds Regain.
WORKSHOP_PACKAGES = ["ccache", "dpkg-dev", "file", "xorriso", "squashfs-tools", "mtools", "dosfstools", "grub-pc-bin",
                     "grub-common", "grub-efi-amd64-signed", "grub-efi-ia32-unsigned", "shim-signed", "ipxe", "xfonts-unifont"]
# Never unpacked into the live system.
UNWANTED = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*"]
WANTED_ANYWAY = ["/usr/share/doc/*/copyright", "/usr/share/locale/fr/*", "/usr/share/locale/locale.alias"]
# Not part of what the package is made from.
NOT_IN_PACKAGE = ("tests/", "boot-media/", "benchmarks/", "demo/", ".ci/", "bootstrap")


def say(words):
    print(f"== {words}", flush=True)


def run(*command, **options):
    options.setdefault("check", True)
    return subprocess.run([str(word) for word in command], **options)


def cache():
    path = pathlib.Path(os.environ.get("REGAIN_CACHE", TOP / ".cache")).resolve() / "live"
    path.mkdir(parents=True, exist_ok=True)
    return path


def source_files():
    """The files of the source tree: what git knows or would add; without git, everything but what was built."""
    if (TOP / ".git").exists():
        listing = run("git", "-C", TOP, "ls-files", "-z", "-co", "--exclude-standard", stdout=subprocess.PIPE).stdout
        names = [name for name in listing.decode().split("\0") if name]
    else:
        names = [path.relative_to(TOP).as_posix() for path in TOP.rglob("*")]
        names = [name for name in names if not name.startswith(("build/", ".cache/"))]
    return sorted(name for name in set(names) if (TOP / name).is_file() or (TOP / name).is_symlink())


def digest_of(*things):
    """A short name for things: strings as they are, files of the source tree by name, mode and content."""
    digest = hashlib.sha256()
    for thing in things:
        digest.update(b"\0" + str(thing).encode())
        path = TOP / thing if isinstance(thing, pathlib.PurePath) else None
        if path is not None:
            digest.update(b"x" if os.access(path, os.X_OK) else b"-")
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def files_below(directory):
    return [pathlib.PurePosixPath(name) for name in source_files() if name.startswith(directory)]


def version():
    return re.search(r"project\(regain VERSION ([0-9.]+)", (TOP / "CMakeLists.txt").read_text()).group(1)


def source_date():
    """The time that everything inside bears: the last commit's, or what a reproducible build asks for."""
    if os.environ.get("SOURCE_DATE_EPOCH"):
        return int(os.environ["SOURCE_DATE_EPOCH"])
    answer = run("git", "-C", TOP, "log", "-1", "--format=%ct", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                 check=False).stdout.strip()
    return int(answer) if answer else int(max((TOP / name).stat().st_mtime for name in source_files()))


def made_once(kind, digest, make):
    """The directory KIND-DIGEST of the cache; made by `make(directory)` when it is not there, whole or not at all."""
    target = cache() / f"{kind}-{digest}"
    if not target.exists():
        draft = pathlib.Path(tempfile.mkdtemp(prefix=f"draft-{kind}-", dir=cache()))
        draft.chmod(0o755)
        try:
            make(draft)
            os.rename(draft, target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        for old in cache().glob(f"{kind}-*"):
            if old != target and time.time() - old.stat().st_mtime > 86400:
                shutil.rmtree(old, ignore_errors=True)
    os.utime(target)
    return target


# --- Debian ---------------------------------------------------------------------------------------------------------

def apt_sources(components):
    mirror = os.environ.get("REGAIN_DEBIAN_MIRROR", "http://deb.debian.org/debian")
    security = os.environ.get("REGAIN_DEBIAN_SECURITY_MIRROR", "http://deb.debian.org/debian-security")
    entry = "Types: deb\nURIs: {}\nSuites: {}\nComponents: " + components + f"\nSigned-By: {KEYRING}\n"
    return entry.format(mirror, f"{SUITE} {SUITE}-updates") + "\n" + entry.format(security, f"{SUITE}-security")


def proxy_options():
    """The machine's own way to the packages."""
    settings = run("apt-config", "dump", stdout=subprocess.PIPE).stdout.decode().splitlines()
    return [f"--aptopt={line}" for line in settings if re.match(r'Acquire::https?::.*Proxy.* "[^"]+";', line)]


def install_debian(root, packages, components, *more):
    """A Debian in the directory `root`, which does not exist yet."""
    packages_kept = cache() / "packages"
    packages_kept.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".sources") as sources:
        sources.write(apt_sources(components))
        sources.flush()
        run("mmdebstrap", "--mode=root", "--variant=minbase", "--architectures=amd64", "--format=directory", "--quiet",
            "--skip=cleanup/reproducible", "--skip=essential/unlink", *proxy_options(),
            "--setup-hook=mkdir -p \"$1\"/var/cache/apt/archives/",
            f"--setup-hook=sync-in {packages_kept} /var/cache/apt/archives/",
            f"--customize-hook=sync-out /var/cache/apt/archives {packages_kept}",
            "--customize-hook=rm -f \"$1\"/var/cache/apt/archives/*.deb", *more,
            "--include=" + ",".join(packages), SUITE, root, sources.name)


def bootstrap_packages(name):
    """One of the lists of ./bootstrap."""
    text = (TOP / "bootstrap").read_text()
    return re.search(rf'^{name}="([^"]*)"', text, re.MULTILINE).group(1).split()


class Workshop:
    """A Debian 13 that builds; what runs in it sees nothing of this machine but what is bound into it."""

    def __init__(self):
        packages = sorted(set(bootstrap_packages("BUILD_PACKAGES") + WORKSHOP_PACKAGES))

        def make(directory):
            say("the workshop: a Debian 13 that builds (some minutes, the first time only)")
            install_debian(directory / "root", packages, "main")

        self.root = made_once("workshop", digest_of(SUITE, *packages), make) / "root"

    def run(self, *command, binds=(), environment=None, **options):
        """Runs a program in the workshop. binds: (directory of this machine, place in the workshop)."""
        lines = ["set -e", f"mount -t proc proc {self.root}/proc"]
        for source, place in binds:
            target = f"{self.root}{place}"
            os.makedirs(target, exist_ok=True)
            lines.append(f"mount --bind '{source}' '{target}'")
        lines.append(f"exec chroot {self.root} env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TZ=UTC HOME=/root "
                     f"SOURCE_DATE_EPOCH={source_date()} \"$@\"")
        settings = [f"{name}={value}" for name, value in (environment or {}).items()]
        return run("unshare", "--mount", "--propagation=private", "sh", "-c", "\n".join(lines), "sh", *settings, *command,
                   **options)


# --- the package ----------------------------------------------------------------------------------------------------

def package_sources():
    return [pathlib.PurePosixPath(name) for name in source_files() if not name.startswith(NOT_IN_PACKAGE)]


def build_package(workshop, directory):
    say("Regain, for Debian 13")
    with tempfile.TemporaryDirectory(prefix="regain-build-") as room:
        sources = pathlib.Path(room) / "regain"
        for name in package_sources():
            (sources / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, sources / name)
        compiler_cache = cache() / "ccache"
        compiler_cache.mkdir(exist_ok=True)
        binds = [(room, "/build"), (compiler_cache, "/ccache"), (directory, "/result")]
        settings = {"CCACHE_DIR": "/ccache", "REGAIN_COMPILER_LAUNCHER": "ccache"}
        script = ("cd /build/regain && cmake --preset release >/build/configure.log || { cat /build/configure.log; exit 1; }\n"
                  "cmake --build --preset release --target all && cd build/release && cpack -B /result >/build/cpack.log || "
                  "{ cat /build/cpack.log; exit 1; }\nrm -rf /result/_CPack_Packages")
        workshop.run("sh", "-c", script, binds=binds, environment=settings, stdout=subprocess.DEVNULL)


def regain_package(workshop):
    digest = digest_of(SUITE, *package_sources())
    directory = made_once("regain", digest, lambda draft: build_package(workshop, draft))
    return next(directory.glob("regain_*.deb")), digest


def package_field(package, field):
    return run("dpkg-deb", "-f", package, field, stdout=subprocess.PIPE).stdout.decode().strip()


def depends_of(package):
    """The names of the packages that ours depends on; of alternatives the first."""
    entries = package_field(package, "Depends").split(",")
    return sorted(re.match(r"\s*([a-z0-9.+-]+)", entry).group(1) for entry in entries)


# --- the live system ------------------------------------------------------------------------------------------------

def listed_packages(free):
    packages = []
    for line in (HERE / "packages").read_text().splitlines():
        if line == "[non-free]" and free:
            break
        if line and not line.startswith(("#", "[")):
            packages.append(line)
    return packages


def make_squashfs(workshop, source, target, level):
    """zstd: larger than xz, and ten times as quick to read on an old processor (docs/live-system.md)."""
    workshop.run("mksquashfs", "/source", f"/result/{target.name}", "-comp", "zstd", "-Xcompression-level", level, "-b", "1M",
                 "-no-progress", "-quiet", "-noappend", "-e", "boot", binds=[(source, "/source"), (target.parent, "/result")])


def build_base(workshop, packages, free, level, directory):
    say("the live system without Regain (some minutes, when its list of packages has changed)")
    with tempfile.TemporaryDirectory(prefix="base-", dir=cache()) as room:
        root = pathlib.Path(room) / "root"
        filters = [f"--dpkgopt=path-exclude={pattern}" for pattern in UNWANTED]
        filters += [f"--dpkgopt=path-include={pattern}" for pattern in WANTED_ANYWAY]
        scripts = f"--customize-hook=tar -C {HERE}/initramfs -c --owner=0 --group=0 . | tar -C \"$1\"/etc/initramfs-tools -x"
        install_debian(root, packages, "main" if free else "main non-free-firmware", *filters, scripts,
                       f"--customize-hook=copy-in {HERE}/finish-base /", f"--customize-hook=chroot \"$1\" /finish-base {level} >&2",
                       "--customize-hook=rm \"$1\"/finish-base")
        for name in ("vmlinuz", "initrd.img"):
            shutil.copy(next((root / "boot").glob(name + "-*")), directory / name)
        with open(directory / "filesystem.packages", "wb") as file:
            run("dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W", stdout=file)
        os.chmod(root, 0o755)
        make_squashfs(workshop, root, directory / "filesystem.squashfs", level)


def live_base(workshop, package, free, level):
    packages = sorted(set(listed_packages(free) + depends_of(package)))
    recipe = files_below("boot-media/initramfs/") + [pathlib.PurePosixPath("boot-media/finish-base")]
    digest = digest_of(SUITE, *packages, free, level, *UNWANTED, *WANTED_ANYWAY, *recipe)
    return made_once("base", digest, lambda draft: build_base(workshop, packages, free, level, draft)), digest


def build_layer(workshop, package, directory):
    """Regain and what starts it, over the base: changes often, is small, is made in a moment."""
    with tempfile.TemporaryDirectory(prefix="layer-") as room:
        root = pathlib.Path(room)
        run("dpkg-deb", "-x", package, root)
        shutil.rmtree(root / "usr/share/man")
        for name in files_below("boot-media/live/"):
            target = root / name.relative_to("boot-media/live")
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.is_symlink() or target.exists():
                target.unlink()
            shutil.copy2(TOP / name, target, follow_symlinks=False)
        (root / "etc/regain-live").write_text(f"{version()}\n")
        run("chown", "-R", "0:0", root)
        run("chmod", "-R", "u+rwX,go+rX,go-w", root)
        make_squashfs(workshop, root, directory / "regain.squashfs", 9)


def live_layer(workshop, package, digest):
    digest = digest_of(digest, *files_below("boot-media/live/"))
    return made_once("layer", digest, lambda draft: build_layer(workshop, package, draft)), digest


# --- the line -------------------------------------------------------------------------------------------------------

def make_iso(free, level):
    workshop = Workshop()
    package, package_digest = regain_package(workshop)
    base, base_digest = live_base(workshop, package, free, level)
    layer, layer_digest = live_layer(workshop, package, package_digest)
    recipe = files_below("boot-media/grub/") + [pathlib.PurePosixPath("boot-media/iso_image.py")]
    digest = digest_of(base_digest, layer_digest, version(), *recipe)

    def make(draft):
        say("the ISO")
        plan = iso_image.IsoPlan(version=version(), digest=digest, source_date=source_date(), recipe=HERE / "grub",
                                 live_files=[*sorted(base.iterdir()), layer / "regain.squashfs"])
        iso_image.write_iso(workshop, plan, draft / "regain.iso")

    return made_once("iso", digest, make) / "regain.iso"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["deb", "iso"])
    parser.add_argument("--free", action="store_true", help="leave out firmware that is not free software")
    parser.add_argument("--quick", action="store_true", help="compress less")
    parser.add_argument("-o", "--output", type=pathlib.Path, help="where the result is put (default: its place in the cache)")
    options = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit("make_media.py: only root can make a root directory")
    result = regain_package(Workshop())[0] if options.what == "deb" else make_iso(options.free, 3 if options.quick else 19)
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        run("cp", "--reflink=auto", "--", result, options.output)
        result = options.output
    print(result)


if __name__ == "__main__":
    main()
