"""The arithmetic of the table: medians, ratios, spans of transfer, what is met. It starts nothing and touches no device;
tests/benchmarks/ tries it."""

import statistics

GB = 1_000_000_000
SECTOR = 512
# What a program transfers before and after the bulk of its work (markers, signatures, partition tables).
SMALL_TRANSFER = 8 << 20


class Spread:
    """Several measurements of one thing: the median counts, the extremes are shown."""

    def __init__(self, values):
        values = [value for value in values if value is not None]
        self.count = len(values)
        self.median = statistics.median(values) if values else None
        self.low = min(values) if values else None
        self.high = max(values) if values else None

    def __bool__(self):
        return self.count > 0

    def as_json(self):
        return {"count": self.count, "median": self.median, "min": self.low, "max": self.high}


def ratio(ours, theirs):
    """The ratio of two lists of rounds: of their medians; its extremes are those of the rounds, each of ours against theirs of
    the same round, or against their median where they have fewer rounds."""
    top, bottom = Spread(ours), Spread(theirs)
    result = Spread([])
    if not top or not bottom or bottom.median == 0:
        return result
    pairs = []
    for number, value in enumerate(ours):
        other = theirs[number] if number < len(theirs) and theirs[number] else bottom.median
        if value is not None:
            pairs.append(value / other)
    result.count = min(top.count, bottom.count)
    result.median, result.low, result.high = top.median / bottom.median, min(pairs), max(pairs)
    return result


def best(candidates):
    """Of several lists of rounds, by name: the name of the one with the highest median, None when nothing was measured."""
    medians = {name: Spread(rounds).median for name, rounds in candidates.items()}
    medians = {name: median for name, median in medians.items() if median is not None}
    return max(medians, key=medians.get) if medians else None


def verdict(value, wanted, at_most=False):
    """"met", "not met", "not measured"; with nothing wanted, "shown"."""
    if value is None:
        return "not measured"
    if wanted is None:
        return "shown"
    return "met" if (value <= wanted if at_most else value >= wanted) else "not met"


def throughput(size, seconds):
    return size / seconds if size and seconds and seconds > 0 else None


def cpu_per_gb(cpu_seconds, transferred):
    return cpu_seconds / (transferred / GB) if transferred else None


# ---- what a device's counters showed: lists of (time, bytes), bytes counted from the program's start and never falling

def growth(points, after=None):
    """The points at which something was transferred, from `after` on, counted from there."""
    start = 0
    result = []
    for time, count in points:
        if after is not None and time <= after:
            start = count
        elif count > (result[-1][1] + start if result else start):
            result.append((time, count - start))
    return result


def end_of_transfer(points):
    grown = growth(points)
    return grown[-1][0] if grown else None


def start_of_transfer(points):
    grown = growth(points)
    return grown[0][0] if grown else None


def span(points, after=None, small=SMALL_TRANSFER):
    """Bytes and seconds of the bulk of a transfer: from the first point at which more than `small` was through (or a
    sixteenth, of little devices) to the last one that moved. None where too little was seen."""
    grown = growth(points, after)
    if not grown:
        return None
    floor = min(small, grown[-1][1] // 16)
    first = next(point for point in grown if point[1] > floor or point is grown[-1])
    seconds, size = grown[-1][0] - first[0], grown[-1][1] - first[1]
    return (size, seconds) if size > 0 and seconds > 0 else None
