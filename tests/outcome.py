"""How one test ends: 0 passed, 1 failed, 77 it can't be tried here, which is how ctest reads them. Used by the tests that
are run one by one (system/run_test.py, netboot/netboot_test.py)."""

import traceback

SKIPPED = 77


class Skip(Exception):
    """The test can't run here; says why."""


def exit_status(make_place, test):
    """Runs test(place) in the place that make_place() gives, and says what went wrong."""
    try:
        with make_place() as place:
            test(place)
    except Skip as reason:
        print(f"skipped: {reason}")
        return SKIPPED
    except AssertionError as failure:
        print(f"FAILED: {failure}")
        return 1
    except Exception:
        traceback.print_exc()
        return 1
    return 0
