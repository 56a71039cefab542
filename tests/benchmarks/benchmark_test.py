#!/usr/bin/env python3
"""Tests of benchmarks/: what it calculates, prints and refuses. No root, no devices, nothing is measured."""

import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "benchmarks"))
import arithmetic  # noqa: E402
import devices  # noqa: E402
import goals  # noqa: E402
import measure  # noqa: E402
import programs  # noqa: E402
import table  # noqa: E402

MIB = 1 << 20


def figures(seconds=1.0, speed=None, transfer=None, cpu=0.1, pss=8 * MIB, first_write=0.1, size=1_000_000_000):
    return measure.Figures(seconds=seconds, size=size, cpu_seconds=cpu, peak_pss=pss, first_write=first_write, written=size, read=0,
                           speed=speed, transfer_speed=transfer)


class Arithmetic(unittest.TestCase):
    def test_the_median_counts_and_the_extremes_are_kept(self):
        spread = arithmetic.Spread([5, 1, 100])
        self.assertEqual((spread.median, spread.low, spread.high, spread.count), (5, 1, 100, 3))
        self.assertEqual(arithmetic.Spread([1, 2, 3, 10]).median, 2.5)

    def test_a_round_that_failed_is_not_a_zero(self):
        spread = arithmetic.Spread([4, None, 2])
        self.assertEqual((spread.median, spread.low, spread.count), (3, 2, 2))
        self.assertFalse(arithmetic.Spread([None]))

    def test_a_ratio_is_that_of_the_medians_and_its_extremes_those_of_the_rounds(self):
        ratio = arithmetic.ratio([10, 20, 90], [10, 40, 30])
        self.assertAlmostEqual(ratio.median, 20 / 30)
        self.assertAlmostEqual(ratio.low, 0.5)
        self.assertAlmostEqual(ratio.high, 3.0)

    def test_rounds_without_a_counterpart_are_compared_with_its_median(self):
        ratio = arithmetic.ratio([10, 20, 30], [10])
        self.assertEqual((ratio.median, ratio.low, ratio.high, ratio.count), (2, 1, 3, 1))
        self.assertEqual(arithmetic.ratio([10, 20], [None, 5]).low, 2)

    def test_a_ratio_to_nothing_is_nothing(self):
        self.assertIsNone(arithmetic.ratio([1, 2], []).median)
        self.assertIsNone(arithmetic.ratio([], [1]).median)
        self.assertIsNone(arithmetic.ratio([None], [1]).median)
        self.assertIsNone(arithmetic.ratio([1], [0]).median)

    def test_the_best_is_the_one_with_the_highest_median(self):
        self.assertEqual(arithmetic.best({"a": [1, 1, 100], "b": [2, 2, 2], "c": []}), "b")
        self.assertIsNone(arithmetic.best({"c": [None]}))

    def test_met_not_met_and_not_measured(self):
        self.assertEqual(arithmetic.verdict(0.95, 0.95), "met")
        self.assertEqual(arithmetic.verdict(0.949, 0.95), "not met")
        self.assertEqual(arithmetic.verdict(0.2, 0.2, at_most=True), "met")
        self.assertEqual(arithmetic.verdict(0.21, 0.2, at_most=True), "not met")
        self.assertEqual(arithmetic.verdict(None, 0.2), "not measured")
        self.assertEqual(arithmetic.verdict(7, None), "shown")

    def test_cpu_seconds_are_those_of_a_billion_bytes(self):
        self.assertEqual(arithmetic.cpu_per_gb(3.0, 6_000_000_000), 0.5)
        self.assertIsNone(arithmetic.cpu_per_gb(3.0, 0))
        # 5 % of one core while 200 MB pass in a second
        self.assertAlmostEqual(goals.CPU_SECONDS_PER_GB, 0.25)


class Transfers(unittest.TestCase):
    """What a device's counters showed."""

    def test_markers_do_not_start_the_transfer(self):
        points = [(0.0, 0), (0.1, 1 * MIB), (5.0, 20 * MIB), (6.0, 120 * MIB), (7.0, 220 * MIB)]
        self.assertEqual(arithmetic.span(points), (200 * MIB, 2.0))
        self.assertEqual(arithmetic.start_of_transfer(points), 0.1)

    def test_waiting_at_the_end_does_not_count(self):
        points = [(0.0, 0), (1.0, 10 * MIB), (2.0, 110 * MIB), (9.0, 110 * MIB)]
        self.assertEqual(arithmetic.span(points), (100 * MIB, 1.0))
        self.assertEqual(arithmetic.end_of_transfer(points), 2.0)

    def test_a_verification_starts_after_the_last_write(self):
        reads = [(0.0, 0), (0.2, 4 * MIB), (5.0, 4 * MIB), (5.1, 24 * MIB), (6.1, 124 * MIB)]
        self.assertEqual(arithmetic.span(reads, after=5.0), (100 * MIB, 1.0))

    def test_a_device_that_was_not_touched_has_no_span(self):
        self.assertIsNone(arithmetic.span([(0.0, 0)]))
        self.assertIsNone(arithmetic.span([(0.0, 0), (1.0, MIB)]))  # one point is no span
        self.assertIsNone(arithmetic.start_of_transfer([(0.0, 0)]))

    def test_a_log_is_read_line_by_line_and_half_lines_wait(self):
        with tempfile.TemporaryDirectory() as place:
            log = pathlib.Path(place) / "log"
            log.write_text("of an earlier run\n")
            follower = measure.LogFollower(log)
            follower.look()  # not there any more
            with log.open("a") as file:
                file.write("Starting pass 1\n12 bytes wri")
                file.flush()
                follower.look()
                self.assertIsNone(follower.between("Starting pass", "bytes written to"))
                file.write("tten to\n")
                file.flush()
                follower.look()
            self.assertEqual([line for _, line in follower.lines], ["Starting pass 1", "12 bytes written to"])
            self.assertGreater(follower.between("Starting pass", "bytes written to"), 0)


class Goals(unittest.TestCase):
    def goal(self, rounds, group, words):
        found = [goal for goal in goals.all_goals(rounds, 8) if goal.group == group and words in goal.text]
        self.assertEqual(len(found), 1, words)
        return found[0]

    def test_everything_is_not_measured_when_nothing_was(self):
        every = goals.all_goals(goals.Rounds({}), 8)
        self.assertGreater(len(every), 15)
        self.assertEqual({goal.verdict for goal in every}, {"not measured"})

    def test_a_whole_command_is_compared_with_a_whole_command(self):
        rounds = goals.Rounds({("memory", "zero", "regain"): [figures(speed=94, transfer=200)],
                               ("memory", "zero", "fio"): [figures(speed=100, transfer=250)]})
        goal = self.goal(rounds, "memory", "zero overwrite / fio")
        self.assertEqual((goal.verdict, goal.value.median), ("not met", 0.94))
        self.assertIn("0.80", goal.note)

    def test_a_verification_is_compared_by_its_transfer_on_both_sides(self):
        rounds = goals.Rounds({("memory", "verify-zero", "regain"): [figures(transfer=96)],
                               ("memory", "verify-zero", "fio"): [figures(speed=10, transfer=100)]})
        goal = self.goal(rounds, "memory", "verification of zeros / fio")
        self.assertEqual((goal.verdict, goal.value.median), ("met", 0.96))

    def test_of_nwipe_the_best_generator_counts_and_not_its_idling(self):
        rounds = goals.Rounds({("memory", "random", "regain"): [figures(speed=300, transfer=400)],
                               ("memory", "random", "nwipe isaac"): [figures(speed=1, transfer=100)],
                               ("memory", "random", "nwipe isaac64"): [figures(speed=1, transfer=160)]})
        goal = self.goal(rounds, "memory", "random overwrite / best of nwipe")
        self.assertEqual((goal.verdict, goal.value.median, goal.note), ("not met", 1.875, "best: nwipe isaac64"))

    def test_memory_is_given_for_each_drive(self):
        rounds = goals.Rounds({("eight", "verify-zero", "regain"): [figures(pss=80 * MIB)]})
        self.assertEqual(self.goal(rounds, "eight", "peak PSS").value.median, 10)

    def test_the_first_write_and_the_cpu_are_upper_limits(self):
        rounds = goals.Rounds({("memory", "zero", "regain"): [figures(first_write=0.3)],
                               ("throttled", "zero", "regain"): [figures(cpu=0.2)]})
        self.assertEqual(self.goal(rounds, "memory", "first write").verdict, "not met")
        self.assertEqual(self.goal(rounds, "throttled", "CPU of the zero overwrite").verdict, "met")

    def test_a_failed_round_is_left_out(self):
        rounds = goals.Rounds({("memory", "zero", "regain"): [None, figures(speed=100)],
                               ("memory", "zero", "fio"): [figures(speed=50), figures(speed=100)]})
        self.assertEqual(self.goal(rounds, "memory", "zero overwrite / fio").value.low, 1.0)


class Table(unittest.TestCase):
    def test_each_goal_has_its_line_with_what_is_wanted_and_the_verdict(self):
        every = goals.all_goals(goals.Rounds({("memory", "zero", "regain"): [figures(first_write=0.125)]}), 8)
        lines = table.goals(every).splitlines()
        self.assertEqual(len(lines), 2 + len(every))
        line = next(line for line in lines if "first write" in line and line.startswith("memory"))
        self.assertRegex(line, r"≤ 0\.20 s .* 0\.12 .*\bmet")

    def test_the_figures_show_medians_with_their_extremes_and_the_ratio(self):
        rounds = goals.Rounds({("disk", "zero", "fio"): [figures(speed=200e6, transfer=200e6)] * 3,
                               ("disk", "zero", "regain"): [figures(speed=speed * 1e6, transfer=200e6) for speed in (90, 100, 150)]})
        line = next(line for line in table.figures(rounds, "disk").splitlines() if "regain" in line)
        self.assertIn("100 (90.00–150)", line)
        self.assertIn("0.50 (0.45–0.75)", line)

    def test_what_was_not_seen_is_a_dash(self):
        self.assertEqual(table.number(None), "-")
        self.assertEqual(table.spread(arithmetic.Spread([])), "-")


class CommandLines(unittest.TestCase):
    def setUp(self):
        patch = mock.patch.object(programs, "find", side_effect=lambda name: f"/usr/bin/{name}")
        patch.start()
        self.addCleanup(patch.stop)

    def test_nwipe_is_never_started_without_devices(self):
        with self.assertRaises(ValueError):
            programs.nwipe([], "log", "zero")

    def test_every_program_gets_all_devices_and_no_other(self):
        ours = ["/dev/loop98", "/dev/loop99"]
        for commands in (programs.fio(ours, "write"), programs.dd(ours, "write", 64 * MIB), programs.dd(ours, "read", 64 * MIB),
                         programs.nwipe(ours, "log", "random", "isaac", verify=True), programs.regain("regain", ours, "state", "zero", "full")):
            named = {word.split("=")[-1] for command in commands for word in command if "/dev/" in word} - {"/dev/zero", "/dev/null"}
            self.assertEqual(named, set(ours))

    def test_fio_writes_zeros_and_flushes_as_the_overwrite_does(self):
        (command,) = programs.fio(["/dev/loop99"], "write")
        self.assertIn("--zero_buffers", command)
        self.assertIn("--end_fsync=1", command)

    def test_the_settings_of_fio_are_among_those_that_were_tried(self):
        self.assertIn(programs.FIO_SETTINGS, programs.SWEEP)


class Refusals(unittest.TestCase):
    def run_it(self, *words):
        return subprocess.run([sys.executable, str(TOP / "benchmarks/run"), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def test_help_says_that_it_needs_root(self):
        result = self.run_it("--help")
        self.assertEqual(result.returncode, 0)
        self.assertIn("root", result.stdout)

    def test_wrong_words_are_refused(self):
        for words in (["--groups", "floppy"], ["--size", "4"], ["--size", "1M"], ["--rounds", "0"], ["--peers", "shred"], ["/dev/sda"]):
            self.assertEqual(self.run_it(*words).returncode, 2, words)

    def test_a_program_that_was_not_built_is_named(self):
        result = self.run_it("--regain", "/nonexistent/regain")
        self.assertEqual(result.returncode, 1)
        self.assertIn("/nonexistent/regain", result.stderr)

    def test_without_root_nothing_is_made(self):
        with mock.patch.object(devices.os, "geteuid", return_value=1000), mock.patch.object(devices.tempfile, "mkdtemp") as made:
            with self.assertRaisesRegex(devices.Refusal, "root"):
                devices.Workplace(pathlib.Path("/nonexistent"))
            made.assert_not_called()

    def test_a_node_that_is_no_loop_device_of_ours_is_left_alone(self):
        with tempfile.TemporaryDirectory() as place:
            backing = pathlib.Path(place) / "drive0"
            backing.write_bytes(b"x" * MIB)
            device = devices.Device.__new__(devices.Device)
            device.path, device.name, device.backing, device.below = str(backing), "loop-of-nobody", backing, None
            with self.assertRaises(OSError):
                device.prove()

    def test_what_does_not_fit_into_memory_is_refused(self):
        workplace = devices.Workplace.__new__(devices.Workplace)
        with mock.patch.object(devices, "available_memory", return_value=1 << 30), self.assertRaisesRegex(devices.Refusal, "memory"):
            with workplace.in_memory(8, 1 << 30):
                pass


if __name__ == "__main__":
    unittest.main()
