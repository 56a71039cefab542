#!/usr/bin/env python3
"""Runs one system test: run_test.py SUITE NAME. Exit 0 passed, 1 failed, 77 skipped."""

import importlib
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
for folder in (HERE.parent.parent / "demo", HERE.parent, HERE):
    sys.path.insert(0, str(folder))
import outcome  # noqa: E402
import workshop  # noqa: E402


def main():
    suite = importlib.import_module(sys.argv[1])
    return outcome.exit_status(workshop.Workshop, getattr(suite, "test_" + sys.argv[2]))


if __name__ == "__main__":
    sys.exit(main())
