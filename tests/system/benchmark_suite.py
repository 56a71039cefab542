"""benchmarks/run on small devices of its own, without the programs that it compares with: it measures, and leaves nothing behind."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

from workshop import MIB, REGAIN, SOURCE, check


def command(place, *words):
    return [sys.executable, str(SOURCE / "benchmarks/run"), "--regain", str(pathlib.Path(REGAIN).resolve()), "--peers", "", "--rounds", "1",
            "--size", "64M", "--size-of-eight", "64M", "--drives", "2", "--disk-directory", str(place.place), *words]


def environment(place):
    return {**os.environ, "TMPDIR": str(place.place), "PYTHONDONTWRITEBYTECODE": "1"}


def loops(place):
    found = []
    for backing in pathlib.Path("/sys/block").glob("loop*/loop/backing_file"):
        try:
            if backing.read_text().startswith(str(place.place)):
                found.append(backing.parent.parent.name)
        except OSError:
            continue
    return found


def nothing_is_left(place):
    check(not loops(place), f"these loop devices are left: {loops(place)}")
    check(str(place.place) not in pathlib.Path("/proc/mounts").read_text(), "a mount is left")
    left = [path.name for path in place.place.iterdir() if path.name.startswith("regain-benchmark")]
    check(not left, f"these files are left: {left}")


def test_the_benchmarks_measure_on_devices_of_their_own_and_remove_them(place):
    result = place.place / "result.json"
    run = subprocess.run([*command(place, "--groups", "memory,eight", "--json", str(result))], env=environment(place),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=250)
    check(run.returncode == 0, run.stdout + run.stderr)
    document = json.loads(result.read_text())
    measured = {(entry["group"], entry["measure"]): entry["figures"] for entry in document["rounds"]}
    for key, drives in ((("memory", "zero"), 1), (("memory", "verify-random"), 1), (("eight", "verify-zero"), 2)):
        (figures,) = measured[key]
        check(figures is not None, f"{key} failed: {document['remarks']}")
        check(figures["written"] >= drives * 64 * MIB, f"{key}: {figures}")
        check(0 < figures["first_write"] < figures["seconds"], f"{key}: {figures}")
        check(figures["cpu_seconds"] > 0 and figures["peak_pss"] > MIB, f"{key}: {figures}")
    check("not measured" in run.stdout, "without the others no ratio can be known")
    nothing_is_left(place)


def test_interrupted_benchmarks_leave_no_device_behind(place):
    for number in (signal.SIGINT, signal.SIGTERM):
        process = subprocess.Popen(command(place, "--groups", "memory", "--rounds", "500"), env=environment(place), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        line = process.stderr.readline()  # of the first measurement: the devices are there
        check("round 1 of 500" in line and loops(place), f"it did not begin: {line}")
        time.sleep(0.1)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
        check(process.returncode == 130 and "interrupted" in said, f"ended with {process.returncode}: {said}")
        nothing_is_left(place)
