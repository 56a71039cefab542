"""What is wanted, line by line, and how each line is calculated from the rounds. It starts nothing and touches no device."""

import dataclasses

from arithmetic import Spread, best, ratio, verdict

# 5 % of one core for each 200 MB/s, in CPU seconds for each GB (10^9 bytes).
CPU_SECONDS_PER_GB = 0.05 / 0.2
FIRST_WRITE_SECONDS = 0.2


@dataclasses.dataclass
class Goal:
    group: str
    text: str
    wanted: float | None
    value: Spread
    at_most: bool = False
    unit: str = "×"
    note: str = ""

    @property
    def verdict(self):
        return verdict(self.value.median, self.wanted, self.at_most)

    def as_json(self):
        return {"group": self.group, "text": self.text, "wanted": self.wanted, "at_most": self.at_most, "unit": self.unit,
                "measured": self.value.as_json(), "verdict": self.verdict, "note": self.note}


class Rounds:
    """What was measured, found by group, measure and program; a round that failed is None."""

    def __init__(self, measured):
        self.measured = measured  # {(group, measure, program): [Figures or None, ...]}

    def of(self, group, measure, program, field):
        rounds = self.measured.get((group, measure, program), [])
        return [None if figures is None else getattr(figures, field) for figures in rounds]

    def programs(self, group, measure):
        return [program for (its_group, its_measure, program) in self.measured if (its_group, its_measure) == (group, measure)]


def against_fio(rounds, group, measure, fio_measure, wanted, text):
    """The command as a whole against fio's where both are one command. A verification is a part of a command: there the
    transfer alone counts, on both sides."""
    field = "transfer_speed" if measure.startswith("verify") else "speed"
    value = ratio(rounds.of(group, measure, "regain", field), rounds.of(group, fio_measure, "fio", field))
    goal = Goal(group, text, wanted, value)
    if field == "speed":
        transfer = ratio(rounds.of(group, measure, "regain", "transfer_speed"), rounds.of(group, fio_measure, "fio", "transfer_speed"))
        if transfer:
            goal.note = f"transfer alone: {transfer.median:.2f}"
    return goal


def against_nwipe(rounds, measure, wanted, text):
    """Against the best of nwipe's generators: of ours the command as a whole (of a verification its transfer), of nwipe the
    transfer alone, because it idles before and after."""
    candidates = {program: rounds.of("memory", measure, program, "transfer_speed")
                  for program in rounds.programs("memory", measure) if program.startswith("nwipe")}
    name = best(candidates)
    field = "transfer_speed" if measure.startswith("verify") else "speed"
    value = ratio(rounds.of("memory", measure, "regain", field), candidates.get(name, []))
    return Goal("memory", text, wanted, value, note=f"best: {name}" if name else "")


def cpu(rounds, group, measure, text):
    value = Spread(rounds.of(group, measure, "regain", "cpu_per_gb"))
    return Goal(group, text, CPU_SECONDS_PER_GB, value, at_most=True, unit="s/GB")


def memory_per_drive(rounds, group, measure, drives, text):
    values = [None if peak is None else peak / drives / (1 << 20) for peak in rounds.of(group, measure, "regain", "peak_pss")]
    return Goal(group, text, None, Spread(values), unit="MiB")


def first_write(rounds, group):
    value = Spread(rounds.of(group, "zero", "regain", "first_write"))
    return Goal(group, "from the command to the first write", FIRST_WRITE_SECONDS, value, at_most=True, unit="s")


def all_goals(rounds, drives_at_once):
    goals = [
        against_fio(rounds, "memory", "zero", "zero", 0.95, "zero overwrite / fio's write, whole command"),
        against_fio(rounds, "memory", "verify-zero", "verify-zero", 0.95, "verification of zeros / fio's read"),
    ]
    for group in ("throttled", "disk"):
        goals += [
            against_fio(rounds, group, "zero", "zero", 0.99, "zero overwrite / fio's write, whole command"),
            against_fio(rounds, group, "verify-zero", "verify-zero", 0.99, "verification of zeros / fio's read"),
            cpu(rounds, group, "zero", "CPU of the zero overwrite (5 % of a core per 200 MB/s)"),
            cpu(rounds, group, "verify-zero", "CPU of overwrite and verification, per GB transferred"),
        ]
    goals += [
        first_write(rounds, "memory"),
        first_write(rounds, "eight"),
        against_fio(rounds, "memory", "random", "zero", 0.6, "random overwrite / fio's write, whole command"),
        against_fio(rounds, "memory", "verify-random", "verify-zero", 0.5, "verification of random data / fio's read"),
        against_nwipe(rounds, "random", 2.0, "random overwrite / best of nwipe's generators"),
        against_nwipe(rounds, "verify-random", 2.0, "verification of random data / best of nwipe's"),
        against_fio(rounds, "eight", "zero", "zero", 0.9, f"zero overwrite of {drives_at_once} drives / fio's write"),
        against_fio(rounds, "eight", "verify-zero", "verify-zero", 0.9, f"verification of {drives_at_once} drives / fio's read"),
        memory_per_drive(rounds, "eight", "verify-zero", drives_at_once, "peak PSS of all processes, per drive"),
        memory_per_drive(rounds, "memory", "verify-zero", 1, "peak PSS of all processes, one drive"),
    ]
    return goals
