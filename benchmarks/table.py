"""Prints what was measured: for each group its figures, then each goal with what is wanted beside it."""

from arithmetic import Spread, ratio

MEASURES = {
    "zero": "zero overwrite",
    "verify-zero": "verification of zeros",
    "random": "random overwrite",
    "verify-random": "verification of random data",
}


def number(value, digits=2):
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.{digits}f}"


def spread(value, scale=1.0, digits=2):
    if not value:
        return "-"
    text = number(value.median / scale, digits)
    if value.count > 1:
        text += f" ({number(value.low / scale, digits)}–{number(value.high / scale, digits)})"
    return text


def columns(rows, header):
    rows = [header, *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def figures(rounds, group):
    rows = []
    for measure, title in MEASURES.items():
        # Random data has no counterpart in fio: it stands beside fio's write and read, as its goals do.
        fio_measure = measure.replace("random", "zero")
        for program in rounds.programs(group, measure):
            def of(field, its_program=program, its_measure=measure):
                return rounds.of(group, its_measure, its_program, field)
            whole = ratio(of("speed"), rounds.of(group, fio_measure, "fio", "speed"))
            transfer = ratio(of("transfer_speed"), rounds.of(group, fio_measure, "fio", "transfer_speed"))
            rows.append([title, program, str(Spread(of("seconds")).count), spread(Spread(of("speed")), 1e6), spread(whole),
                         spread(Spread(of("transfer_speed")), 1e6), spread(transfer), spread(Spread(of("cpu_per_gb"))),
                         number(Spread(of("peak_pss")).median / (1 << 20) if Spread(of("peak_pss")) else None, 1),
                         number(Spread(of("first_write")).median, 3)])
            title = ""
    return columns(rows, ["what", "program", "n", "whole MB/s", "×fio", "transfer MB/s", "×fio", "CPU s/GB", "PSS MiB", "first write s"])


def goals(all_goals):
    rows = []
    for goal in all_goals:
        wanted = "shown" if goal.wanted is None else f"{'≤' if goal.at_most else '≥'} {number(goal.wanted)} {goal.unit}"
        rows.append([goal.group, goal.text, wanted, spread(goal.value), goal.verdict, goal.note])
    return columns(rows, ["group", "goal", "wanted", "measured (min–max)", "verdict", "note"])
