"""fio alone, with many settings, on one device in memory: how the settings that it is compared with were chosen."""

import sys

import programs
import table
from arithmetic import Spread
from measure import Failure, measure


def run(workplace, chosen):
    speeds = {}
    with workplace.in_memory(1, chosen.size) as devices:
        paths = [device.path for device in devices]
        for number in range(chosen.rounds):
            print(f"  round {number + 1} of {chosen.rounds}", file=sys.stderr, flush=True)
            for settings in programs.SWEEP:
                for direction in ("write", "read"):
                    try:
                        figures = measure(programs.fio(paths, direction, settings), devices, workplace.place, direction)
                    except Failure as failure:
                        print(f"  ! {settings}: {failure}", file=sys.stderr)
                        continue
                    speeds.setdefault((tuple(settings.items()), direction), []).append(figures)
    rows = []
    for settings in programs.SWEEP:
        row = [" ".join(f"{key}={value}" for key, value in settings.items())]
        for direction in ("write", "read"):
            rounds = speeds.get((tuple(settings.items()), direction), [])
            row += [table.spread(Spread([figures.transfer_speed for figures in rounds]), 1e6),
                    table.spread(Spread([figures.cpu_per_gb for figures in rounds]))]
        rows.append(row)
    print(table.columns(rows, ["fio's settings", "write MB/s", "CPU s/GB", "read MB/s", "CPU s/GB"]))
    return 0
