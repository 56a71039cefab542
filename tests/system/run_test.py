#!/usr/bin/env python3
"""Runs one system test: run_test.py SUITE NAME. Exit 0 passed, 1 failed, 77 skipped."""

import importlib
import pathlib
import sys
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "demo"))
import workshop  # noqa: E402


def main():
    suite = importlib.import_module(sys.argv[1])
    test = getattr(suite, "test_" + sys.argv[2])
    try:
        with workshop.Workshop() as place:
            test(place)
    except workshop.Skip as reason:
        print(f"skipped: {reason}")
        return 77
    except AssertionError as failure:
        print(f"FAILED: {failure}")
        return 1
    except Exception:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
