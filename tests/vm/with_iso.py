#!/usr/bin/env python3
"""with_iso.py [PROGRAM [ARGUMENT...]]: runs a program with the live system's ISO in its environment (REGAIN_VM_ISO),
building it when the cache does not hold the one of these sources, if REGAIN_VM_LIVE=1 asks for it. Without a program it only builds. REGAIN_VM_ISO, where
it is set already, is taken as it is."""

import os
import pathlib
import shutil
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
SKIPPED = 77


def reason_to_skip():
    if os.environ.get("REGAIN_VM_LIVE") != "1":
        return "building the live system takes a quarter of an hour the first time: set REGAIN_VM_LIVE=1"
    if os.geteuid() != 0:
        return "building the live system needs root"
    if shutil.which("mmdebstrap") is None:
        return "building the live system needs mmdebstrap"
    return None


def main():
    if not os.environ.get("REGAIN_VM_ISO"):
        reason = reason_to_skip()
        if reason:
            print(f"skipped: {reason}")
            return SKIPPED
        result = subprocess.run([sys.executable, TOP / "boot-media/make_media.py", "iso", "--quick"], stdout=subprocess.PIPE)
        sys.stdout.write(result.stdout.decode())
        if result.returncode != 0:
            return 1
        os.environ["REGAIN_VM_ISO"] = result.stdout.decode().splitlines()[-1]
    print(f"{os.path.getsize(os.environ['REGAIN_VM_ISO']) / 1e6:.0f} MB: {os.environ['REGAIN_VM_ISO']}", flush=True)
    if len(sys.argv) > 1:
        os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
    return 0


if __name__ == "__main__":
    sys.exit(main())
