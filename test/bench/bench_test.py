"""time-bench compares time-server's modes: all of them, with every figure.

Environment: TIME_BENCH, TIME_SERVER.
"""

import os
import re
import resource
import subprocess
import sys
import unittest
import xml.etree.ElementTree

from time_bench import ReportTest, time_bench

TIME_SERVER = os.environ["TIME_SERVER"]
SVG = "{http://www.w3.org/2000/svg}"
ENDING_SERVER = """#!%s
import os, signal, sys
sys.path.insert(0, %r)
from fake_bench_server import FakeServer
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
with FakeServer() as server:
    print("ready: listening on " + server.endpoint, flush=True)
    signal.sigwait({signal.SIGTERM})
    %s
"""


def modes():
    """The modes of time-server, as its help lists them."""
    text = subprocess.check_output([TIME_SERVER, "--help"], text=True)
    return re.findall(r"^ {36}([a-z]+) ", text.split("--listen")[0], re.M)


class Compare(ReportTest):
    """Short runs: the figures mean nothing, but all of them must be there."""

    SHORT = ("--server", TIME_SERVER, "--rounds", "1", "--seconds", "0.05", "--warm-up", "0.01")

    def test_every_mode_is_measured_in_every_scenario_without_an_error(self):
        ended = time_bench(*self.SHORT, "--idle-connections", "50", "--json", self.json, "--chart", self.chart)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        report = self.report()
        self.assertEqual(report["errors"], [])
        self.assertEqual(report["skipped"], [])
        self.check_rows(report["rows"])
        self.check_chart(report["rows"])
        noise = r"Noise, the limit held against itself: 16x1 [^,]+, 16x32 [^,]+, dialects 16x1 [^,]+, dialects 16x32 [^,]+, idle "
        self.assertRegex(ended.stdout, noise)
        for row in report["rows"]:
            self.assertRegex(ended.stdout, r"(?m)^  %s  " % re.escape(row["name"]))

    def check_rows(self, rows):
        of_scenario = {}
        for row in rows:
            of_scenario.setdefault(row["scenario"], []).append(row)
        self.assertEqual(list(of_scenario), ["16x1", "16x32", "dialects 16x1", "dialects 16x32", "idle", "timestamps",
                                             "metrics 16x1", "metrics 16x32", "open"])
        for scenario in ("16x1", "16x32", "open"):
            names = [row["name"] for row in of_scenario[scenario]]
            self.assertEqual(names[:2], ["limit", "limit again"])
            self.assertEqual([name.split()[0] for name in names[2:]], modes(), scenario)
        idle = of_scenario["idle"]
        self.assertEqual([row["name"] for row in idle[:4:2]], ["limit", "limit again"])
        self.assertEqual([row["name"].split()[0].strip(",") for row in idle[4::2]], modes())
        self.assertEqual([row["idle_connections"] for row in idle], [0, 50] * (2 + len(modes())))
        # A mode with a thread for each has more than a page for each.
        self.assertGreater(max(row["median"]["bytes_per_idle_connection"] for row in idle[1::2]), 4096)
        self.assertEqual([row["name"].split(", ")[1] for row in of_scenario["timestamps"]],
                         ["get_time", "1 a call", "100 a call"] * len(modes()))
        for scenario in ("metrics 16x1", "metrics 16x32"):
            kinds = [(row["name"], row["base"]) for row in of_scenario[scenario]]
            for plain, again, measured in zip(kinds[::3], kinds[1::3], kinds[2::3]):
                self.assertEqual([again, measured], [(plain[0] + " again", plain[0]), (plain[0] + " with metrics", plain[0])])
        for scenario in ("dialects 16x1", "dialects 16x32"):
            self.check_dialects(of_scenario[scenario])
        for row in rows:
            self.check_row(row)

    def check_dialects(self, rows):
        """Modes with event loops, in all that they carry, each beside the limit of its dialect; one limit is there twice."""
        self.assertEqual([rows[1]["name"], rows[1]["base"]], ["limit again", rows[0]["name"]])
        rows = rows[:1] + rows[2:]
        of_contestant = {}
        for row in rows:
            dialect = (row["transport"], row["protocol"])
            of_contestant.setdefault(row["name"].split()[0], []).append(dialect)
            self.assertEqual(row["name"].split(), [row["name"].split()[0], *dialect])
            self.assertEqual(row["base"].split(), ["limit", *dialect])
        spoken = {dialect for dialects in of_contestant.values() for dialect in dialects}
        self.assertEqual(set(of_contestant["limit"]), spoken)
        for contestant, dialects in of_contestant.items():
            self.assertLessEqual({("framed", "binary"), ("framed", "compact"), ("framed", "json")}, set(dialects))
            self.assertEqual(len(dialects), len(set(dialects)), contestant)

    def check_row(self, row):
        median = row["median"]
        self.assertGreater(median["calls_per_second"], 0, row["name"])
        self.assertGreater(median["p50_us"], 0, row["name"])
        self.assertLessEqual(median["p50_us"], median["p99_us"])
        self.assertLessEqual(median["p99_us"], median["p999_us"])
        self.assertLessEqual(median["p999_us"], median["max_us"])
        self.assertGreater(median["peak_bytes"], 0)
        self.assertIsNotNone(median["user_seconds_per_million_calls"])
        self.assertEqual(median["ratio"] is not None, row["base"] is not None, row["name"])
        if row["base"] == row["name"]:
            self.assertEqual(median["ratio"], 1)

    def check_chart(self, rows):
        svg = xml.etree.ElementTree.parse(self.chart).getroot()
        self.assertEqual(svg.tag, SVG + "svg")
        for kind in ("rate", "p50", "p99"):
            bars = [bar for bar in svg.iter(SVG + "rect") if {"bar", kind} <= set(bar.get("class", "").split())]
            self.assertEqual(len(bars), len(rows), kind)
            for bar, row in zip(bars, rows):
                self.assertTrue(bar.find(SVG + "title").text.startswith(row["name"] + ": "))
        labels = [text.text for text in svg.iter(SVG + "text")]
        for row in rows:
            self.assertIn(row["name"], labels)

    @unittest.skipUnless({0, 1} <= os.sched_getaffinity(0), "needs the cores 0 and 1")
    def test_servers_and_load_can_be_pinned_to_cores(self):
        ended = time_bench(*self.SHORT, "--scenario", "16x1", "--modes", modes()[0], "--pin", "--json", self.json)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertTrue(self.report()["settings"]["pinned"])

    def test_idle_connections_that_the_process_may_not_open_are_skipped_aloud(self):
        ended = time_bench(*self.SHORT, "--scenario", "idle", "--idle-connections", "500",
                           preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256)))
        self.assertEqual(ended.returncode, 0, ended.stderr)
        for output in (ended.stdout, ended.stderr):
            self.assertRegex(output, r"SKIPPED idle: 500 idle connections need \d+ descriptors, .* may open 256: raise")

    def test_settings_of_servers_in_the_environment_change_nothing(self):
        ended = time_bench(*self.SHORT, "--scenario", "16x1", "--modes", modes()[0],
                           env={**os.environ, "TIME_SERVER_PROTOCOL": "json", "TIME_SERVER_MODE": "none"})
        self.assertEqual(ended.returncode, 0, ended.stderr)

    def test_a_server_that_does_not_start_makes_its_figures_void_and_no_others(self):
        ended = time_bench("--server", "/bin/false", "--rounds", "1", "--seconds", "0.1", "--warm-up", "0",
                           "--scenario", "16x1", "--modes", modes()[0])
        self.assertEqual(ended.returncode, 1)
        self.assertIn("void: 16x1, %s, round 1: /bin/false wrote no ready line, and ended with code 1" % modes()[0],
                      ended.stderr)
        self.assertRegex(ended.stdout, r"(?m)^  %s +void$" % modes()[0])
        self.assertRegex(ended.stdout, r"(?m)^  limit +\d+ ")

    def test_a_server_that_does_not_end_well_makes_its_figures_void(self):
        for ending, error in (("os._exit(3)", "ended with code 3"),
                              ("os.kill(os.getpid(), signal.SIGKILL)", "was ended by signal 9")):
            ended = time_bench("--server", self.server_that(ending), "--rounds", "1", "--seconds", "0.1",
                               "--warm-up", "0", "--scenario", "16x1", "--modes", modes()[0])
            self.assertEqual(ended.returncode, 1)
            self.assertRegex(ended.stderr, "void: 16x1, %s, round 1: .*/server %s" % (modes()[0], error))

    def server_that(self, ending):
        """A program that serves rightly, and does that when it is told to stop."""
        path = os.path.join(os.path.dirname(self.json), "server")
        with open(path, "w", encoding="utf-8") as file:
            file.write(ENDING_SERVER % (sys.executable, os.path.dirname(os.path.abspath(__file__)), ending))
        os.chmod(path, 0o755)
        return path

    def test_wrong_settings_are_told_in_one_line_before_anything_is_measured(self):
        for args in (["--rounds", "many"], ["--json", "/nowhere/report.json"], ["--chart", "/nowhere/chart.svg"]):
            ended = time_bench(*args)
            self.assertEqual(ended.returncode, 2)
            self.assertRegex(ended.stderr, r"^time-bench: %s .*\n$" % args[0])
            self.assertEqual(ended.stdout, "")


if __name__ == "__main__":
    unittest.main()
