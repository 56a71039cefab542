"""What other people's programs say of Regain's results. Nothing here comes from Regain itself: the search for
leftovers is a plain scan, signatures are checked by jwcrypto against a key read from the station's directory
by openssl, PDF by poppler and qpdf, QR by zbar, disks by e2fsck and sfdisk. Used by the demonstration and by
the system tests."""

import json
import os
import pathlib
import subprocess
import tempfile


class WitnessError(Exception):
    """A witness disagrees, or could not be asked."""


def run(*command, check=True, **options):
    result = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"}, **options)
    if check and result.returncode != 0:
        raise WitnessError(f"{' '.join(map(str, command))} ended with {result.returncode}: "
                           f"{(result.stdout + result.stderr).strip()[-600:]}")
    return result


def count_marker(path, marker, progress=None):
    """How often `marker` occurs in the whole device or file, read in large blocks that overlap."""
    found, position, tail = 0, 0, b""
    with open(path, "rb", buffering=0) as device:
        size = device.seek(0, os.SEEK_END)
        device.seek(0)
        while True:
            block = device.read(8 << 20)
            if not block:
                break
            found += (tail + block).count(marker)
            tail = block[-(len(marker) - 1):]
            position += len(block)
            if progress:
                progress(position, size)
    if position != size:
        raise WitnessError(f"{path}: only {position} of {size} bytes could be read")
    return found


def nothing_recognisable(path, marker, progress=None):
    found = count_marker(path, marker, progress)
    if found:
        raise WitnessError(f"{path}: the marker occurs {found} times")
    return f"0 occurrences of {marker.decode()!r} in all of {path}"


def partitions(disk):
    """The partition table as sfdisk reads it."""
    table = json.loads(run("sfdisk", "--json", disk).stdout)["partitiontable"]
    return table["id"], table["partitions"], table.get("sectorsize", 512)


def root_offset(disk):
    _, rows, sector = partitions(disk)
    return rows[-1]["start"] * sector


def partition_table_is_sound(disk):
    text = run("sfdisk", "--verify", disk)
    lines = (text.stdout + text.stderr).strip().splitlines()
    if not any("No errors detected" in line for line in lines):
        raise WitnessError(f"sfdisk --verify {disk}: {lines}")
    return " / ".join(line.strip() for line in lines if "error" in line.lower())


def file_system_is_clean(disk):
    target = f"{disk}?offset={root_offset(disk)}"
    text = run("e2fsck", "-fn", target)
    return text.stdout.strip().splitlines()[-1]


def pdf_signature_is_valid(pdf):
    text = run("pdfsig", pdf).stdout
    for wanted in ("Signature is Valid", "Total document signed"):
        if wanted not in text:
            raise WitnessError(f"pdfsig {pdf}: not \"{wanted}\":\n{text}")
    return "Signature is Valid, Total document signed"


def pdf_is_well_formed(pdf):
    text = run("qpdf", "--check", pdf).stdout
    wanted = "No syntax or stream encoding errors"
    if wanted not in text:
        raise WitnessError(f"qpdf --check {pdf}: {text}")
    return wanted


def station_key(state_directory):
    """The station's public key, PEM, taken from its certificate in the state directory by openssl."""
    certificate = pathlib.Path(state_directory) / "keys" / "station.crt"
    return run("openssl", "x509", "-in", certificate, "-noout", "-pubkey").stdout


def verify_jws(compact, key_pem):
    """The payload of a compact JWS whose ES256 signature jwcrypto confirms with exactly this key."""
    script = ("import sys\nfrom jwcrypto import jwk, jws\n"
              "token = jws.JWS(); token.allowed_algs = ['ES256']\n"
              "token.deserialize(sys.argv[1]); token.verify(jwk.JWK.from_pem(sys.argv[2].encode()))\n"
              "sys.stdout.write(token.payload.decode())\n")
    # The distribution's own interpreter: python3-jwcrypto is installed for that one.
    result = run("/usr/bin/python3", "-c", script, compact, key_pem, check=False)
    if result.returncode != 0:
        raise WitnessError(f"jwcrypto does not confirm the signature: {result.stderr.strip().splitlines()[-1]}")
    return json.loads(result.stdout)


def read_qr(pdf):
    """The text of the QR code on the PDF's pages, by pdftoppm and zbarimg."""
    with tempfile.TemporaryDirectory() as directory:
        run("pdftoppm", "-r", "150", "-png", pdf, pathlib.Path(directory) / "page")
        for page in sorted(pathlib.Path(directory).glob("*.png")):
            result = run("zbarimg", "-q", "--raw", page, check=False)
            if result.returncode == 0 and result.stdout.strip():
                return result.stdout.strip()
    raise WitnessError(f"zbarimg finds no QR code in {pdf}")


def attached_jws(pdf):
    """The JWS that the PDF carries, taken out by pdfdetach."""
    with tempfile.TemporaryDirectory() as directory:
        run("pdfdetach", "-saveall", "-o", directory, pdf)
        files = list(pathlib.Path(directory).iterdir())
        if len(files) != 1:
            raise WitnessError(f"{pdf} carries {len(files)} files instead of one")
        return files[0].read_text()
