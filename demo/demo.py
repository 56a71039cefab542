#!/usr/bin/env python3
"""The demonstration: two emulated donor drives go through the real `regain process`, and other people's
programs confirm the result. Started by ./bootstrap demo."""

import argparse
import hashlib
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import witnesses  # noqa: E402

TOP = pathlib.Path(__file__).resolve().parent.parent
MARKER = b"FICHE-DE-PAIE-CONFIDENTIELLE"
PLACE = TOP / "build" / "demo"


def say(text):
    print(f"\n== {text}", flush=True)


def step(text):
    print(f"   {text}", flush=True)


def progress(label):
    """A line that shows how far a scan has come; silent where the output is no terminal."""
    last = [0.0]

    def show(done, total):
        now = time.monotonic()
        if sys.stderr.isatty() and now - last[0] > 0.2:
            last[0] = now
            print(f"\r   {label}: {100 * done // total} %\x1b[K", end="", file=sys.stderr, flush=True)
        if done >= total and sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    return show


def regain(*words):
    command = [str(TOP / "build/release/regain"), *map(str, words)]
    result = subprocess.run(command, stdin=subprocess.DEVNULL)
    if result.returncode != 0:
        sys.exit(f"demo: {' '.join(command)} ended with {result.returncode}")


def profile_digest():
    """The image depends on the profiles and on nothing else of the tree."""
    digest = hashlib.sha256()
    for path in sorted((TOP / "profiles").rglob("*")):
        if path.is_file() and path.suffix not in (".cpp", ".h", ".txt"):
            digest.update(str(path.relative_to(TOP)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def cached_image():
    """The image of the profile: built once, then kept in .cache/."""
    cache = pathlib.Path(os.environ.get("REGAIN_CACHE", TOP / ".cache"))
    image = cache / "images" / f"essentiel-{profile_digest()}.img.zst"
    trust = cache / "workshop" / "trust"
    if image.exists():
        step(f"taken from the cache: {image}")
    else:
        step("built from Debian packages; this takes a few minutes the first time")
        image.parent.mkdir(parents=True, exist_ok=True)
        for old in image.parent.glob("essentiel-*.img.zst"):
            old.unlink()
        regain("image", "build", TOP / "profiles/essentiel.toml", "-o", image, "--state-dir", cache / "workshop")
    return image, trust


class LoopDevice:
    def __init__(self, path):
        self.backing = path
        # With direct I/O what is read back comes from the disk below, not from memory; not every file system can.
        for options in (["--direct-io=on"], []):
            result = witnesses.run("losetup", "--find", "--show", *options, path, check=False)
            if result.returncode == 0:
                break
        else:
            raise witnesses.WitnessError(f"losetup: {result.stderr.strip()}")
        self.path = result.stdout.strip()

    def detach(self):
        witnesses.run("losetup", "--detach", self.path, check=False)


def write_at(path, offset, content):
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(content)


def make_used_drive(path, size):
    """A partition table, an ext4 file system full of recognisable files, a swap area."""
    with open(path, "wb") as file:
        file.truncate(size)
    mib = size >> 20
    data_mib = mib * 3 // 4
    table = f"label: gpt\nstart=1MiB, size={data_mib}MiB, type=L, name=donnees\nsize=+, type=S, name=swap\n"
    subprocess.run(["sfdisk", "--quiet", str(path)], input=table, text=True, check=True)
    files = path.parent / "files"
    shutil.rmtree(files, ignore_errors=True)
    for year in range(2015, 2025):
        folder = files / "Comptabilité" / str(year)
        folder.mkdir(parents=True)
        for month in range(1, 13):
            line = MARKER + f" salarié {year}-{month:02} net à payer 1 987,65 EUR\n".encode()
            (folder / f"paie-{month:02}.txt").write_bytes(line * 2000)
    file_system = path.parent / "donnees.ext4"
    witnesses.run("mke2fs", "-q", "-F", "-t", "ext4", "-d", files, file_system, f"{data_mib}M")
    witnesses.run("dd", f"if={file_system}", f"of={path}", "bs=1M", "seek=1", "conv=sparse,notrunc", "status=none")
    file_system.unlink()
    shutil.rmtree(files)
    swap = path.parent / "swap"
    swap_mib = mib - data_mib - 2
    with open(swap, "wb") as file:
        file.truncate(swap_mib << 20)
    os.chmod(swap, 0o600)
    witnesses.run("mkswap", "-q", swap)
    write_at(swap, 16 << 20, (MARKER + b" mot de passe en memoire\n") * 5000)
    witnesses.run("dd", f"if={swap}", f"of={path}", "bs=1M", f"seek={data_mib + 1}", "conv=sparse,notrunc", "status=none")
    swap.unlink()


def make_leftover_drive(path, size):
    """No partition table: leftovers at random places, the very last bytes included."""
    with open(path, "wb") as file:
        file.truncate(size)
    numbers = random.Random(2026)
    for _ in range(200):
        write_at(path, numbers.randrange(0, size - (1 << 20)), numbers.randbytes(4096) + MARKER * 40)
    write_at(path, size - len(MARKER), MARKER)


def check_space(size):
    needed = 2 * size + (6 << 30)
    free = shutil.disk_usage(PLACE).free
    if free < needed:
        sys.exit(f"demo: {needed >> 30} GiB of free space are needed below {PLACE}, there are {free >> 30}; "
                 "./bootstrap demo --size 4 makes smaller drives")


def confirm(text, evidence):
    print(f"   ✔ {text}\n       {evidence}", flush=True)


def confirm_drives(first, second):
    for drive in (first, second):
        confirm(f"nothing recognisable left on {drive.path}",
                witnesses.nothing_recognisable(drive.path, MARKER, progress(f"searching {drive.path}")))
    confirm("e2fsck -fn on the deployed disk", witnesses.file_system_is_clean(first.path))
    confirm("sfdisk --verify on the deployed disk", witnesses.partition_table_is_sound(first.path))


def confirm_documents(state):
    key = witnesses.station_key(state)
    documents = sorted((state / "certificates").glob("*.pdf"))
    if len(documents) != 3:
        sys.exit(f"demo: {len(documents)} PDF documents instead of 3 (one per drive, one sheet per machine)")
    for pdf in documents:
        print(f"   {pdf.name}")
        jws = witnesses.attached_jws(pdf)
        if jws != pdf.with_suffix(".jws").read_text():
            sys.exit(f"demo: {pdf} carries another JWS than the one beside it")
        confirm("pdfsig", witnesses.pdf_signature_is_valid(pdf))
        confirm("qpdf --check", witnesses.pdf_is_well_formed(pdf))
        payload = witnesses.verify_jws(jws, key)
        confirm("JWS, by jwcrypto with the station's key", f"{payload['schema']} {payload['id']}")
        summary = witnesses.verify_jws(witnesses.read_qr(pdf), key)
        if summary["id"] != payload["id"]:
            sys.exit("demo: the QR code speaks of another certificate")
        confirm("QR, read by zbarimg, verified by jwcrypto with the station's key", f"{summary}")
    return documents


def demonstrate(size, keep):
    PLACE.mkdir(parents=True, exist_ok=True)
    check_space(size)
    run = PLACE / "run"
    shutil.rmtree(run, ignore_errors=True)
    run.mkdir()
    state = run / "state"

    say("1. The image: Debian 13, in French")
    image, trust = cached_image()
    anchors = [word for anchor in sorted(trust.glob("*.pem")) for word in ("--trust", anchor)]
    regain("image", "show", image)

    say("2. A donated PC: two drives that somebody used")
    make_used_drive(run / "drive-1.raw", size)
    make_leftover_drive(run / "drive-2.raw", size)
    drives = [LoopDevice(run / "drive-1.raw"), LoopDevice(run / "drive-2.raw")]
    try:
        first, second = drives
        for drive in drives:
            found = witnesses.count_marker(drive.path, MARKER, progress(f"searching {drive.path}"))
            if not found:
                sys.exit("demo: the search finds nothing before the wipe, so it would prove nothing after it")
            step(f"{drive.path}: \"{MARKER.decode()}\" occurs {found} times")
        regain("drives")

        say("3. The whole line: regain process")
        regain("process", "--profile", TOP / "profiles/essentiel.toml", "--image", image, *anchors,
               "--deploy-to", first.path, "--state-dir", state,
               "--donor", "Mairie de Saint-Exemple", "--lot", "LOT-2026-11", "--asset-tag", "PC-0042",
               "--operator", "atelier-7", "--checker", "atelier-2", "--place", "Atelier de démonstration",
               "--confirm", first.path, "--confirm", second.path, first.path, second.path)

        say("4. What other programs say")
        confirm_drives(first, second)
        documents = confirm_documents(state)
        regain("registry", "verify", "--state-dir", state)
        for document in documents:
            regain("certificate", "verify", document, "--state-dir", state)
    finally:
        for drive in drives:
            drive.detach()
        if not keep:
            for backing in run.glob("drive-*.raw"):
                backing.unlink()

    say("Done")
    certificate = next(d for d in documents)
    print(f"   The certificates:  {run / 'state/certificates'}\n"
          f"   Look at one:       xdg-open {certificate}\n"
          f"   Check it yourself: build/release/regain certificate verify {certificate} --state-dir {state}\n"
          f"   The registry:      build/release/regain registry list --state-dir {state}\n"
          f"   Next:              README.md says how to wipe a real drive (build/release/regain drives)")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=8, metavar="GIB", help="size of each drive (default: 8)")
    parser.add_argument("--keep", action="store_true", help="keep the drives' files afterwards")
    options = parser.parse_args()
    started = time.monotonic()
    try:
        demonstrate(options.size << 30, options.keep)
    except (witnesses.WitnessError, subprocess.CalledProcessError) as error:
        sys.exit(f"demo: {error}")
    print(f"   ({time.monotonic() - started:.0f} s)")


if __name__ == "__main__":
    main()
