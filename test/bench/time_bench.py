"""Runs time-bench, for its tests.

Environment: TIME_BENCH, the program.
"""

import json
import os
import subprocess
import tempfile
import unittest

TIME_BENCH = os.environ["TIME_BENCH"]
PATIENCE_S = 250


def time_bench(*args, **options):
    return subprocess.run([TIME_BENCH, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S, **options)


class ReportTest(unittest.TestCase):
    """A test with files for a report and a chart."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.json = os.path.join(folder.name, "report.json")
        self.chart = os.path.join(folder.name, "chart.svg")

    def report(self):
        with open(self.json, encoding="utf-8") as file:
            return json.load(file)
