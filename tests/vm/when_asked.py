#!/usr/bin/env python3
"""when_asked.py PROGRAM [ARGUMENT...]: runs a test that takes minutes, if REGAIN_VM_LIVE=1 or REGAIN_VM_ERASE=1 asks for it."""

import os
import sys

SKIPPED = 77


def main():
    if "1" not in (os.environ.get("REGAIN_VM_LIVE"), os.environ.get("REGAIN_VM_ERASE")):
        print("skipped: one of many PCs in software that erase drives; set REGAIN_VM_ERASE=1")
        return SKIPPED
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
