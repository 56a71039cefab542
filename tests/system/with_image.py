#!/usr/bin/env python3
"""with_image.py PROGRAM [ARGUMENT...]: runs a program with the profile's image in its environment (REGAIN_VM_IMAGE and
REGAIN_VM_TRUST), building the image when the cache does not hold it."""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "demo"))
import demo  # noqa: E402


def main():
    if os.geteuid() != 0:
        print("skipped: building an image needs root")
        return 77
    image, trust = demo.cached_image()
    os.environ["REGAIN_VM_IMAGE"] = str(image)
    os.environ["REGAIN_VM_TRUST"] = str(sorted(trust.glob("*.pem"))[0])
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
