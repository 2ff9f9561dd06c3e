"""What the tests of the comparison have in common: made-up peers (see fake_peer.py), and how
they are measured."""

import math
import os
import sys
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "bench", "peers"))
from catalog import Client, Peer, Program  # noqa: E402
from compare_results import Results  # noqa: E402
from compare_rounds import Rounds, Settings  # noqa: E402
from compare_scenarios import metric  # noqa: E402
from compare_view import View  # noqa: E402

FAKE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fake_peer.py")
PATIENCE_S = 60.0
RATE, P50, P99 = metric("sixteen.rate"), metric("one.p50_us"), metric("one.p99_us")
TAKEN = {"date": "2026-01-02", "machine": "a machine", "load": 0.5, "cores": 2, "rounds": 3, "seconds": 0.5,
         "warm_up_s": 0.2, "quick": False, "peers": [], "versions": {"fake": "1.0"}}

# What a client prints of calls that were right.
FIELDS = {"calls": 9, "errors": 0, "wrong": 0, "seconds": 0.1, "p50_us": 1.0, "p99_us": 2.0, "client_cpu_seconds": 0.1,
          "connections": 1}


def fake_client(*flags, language="Python", key="fake"):
    return Client(key, "fake", language, Program((sys.executable, FAKE, "client", *flags)))


def peer(key, *flags, clients=None, framework="fake"):
    return Peer(key, f"the {key}", framework, "Python", Program((sys.executable, FAKE, "server", *flags)),
                clients or (fake_client(),), "rpyc", threads=1)


def printing(text, code=0):
    """A client that calls nobody and prints this."""
    return Client("printing", "printing", "Python",
                  Program((sys.executable, "-c", f"import sys; print({text!r}); sys.exit({code})")))


def printing_in_turn(path):
    """A client that calls nobody, and prints the file's first line, which it takes away."""
    return Client("printing", "printing", "Python", Program((sys.executable, "-c", f"""if 1:
        with open({path!r}, encoding="utf-8") as file:
            first, *more = file.readlines()
        with open({path!r}, "w", encoding="utf-8") as file:
            file.writelines(more)
        print(first)
        """)))


class CompareTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="compare-test-")
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def measure(self, *peers, rounds=1, patience_s=PATIENCE_S, budget_s=math.inf, only=()):
        self.results = Results()
        self.said = []
        # Long enough that even of a busy machine there comes a reply in time.
        settings = Settings(rounds, seconds=0.2, warm_up_s=0.0, budget_s=budget_s, patience_s=patience_s,
                            only=only)
        done = Rounds(peers, settings, self.results, self.said.append).run()
        self.results.taken = {**TAKEN, "rounds": done, "peers": [each.key for each in peers]}
        return View(peers, self.results)

    def assert_failed(self, subject, scenario, pattern):
        self.assertFalse(self.results.right)
        self.assertRegex(self.results.failure(subject, scenario), pattern)

    def assert_only_failures(self, expected):
        """As (subject, scenario)."""
        found = {(subject, scenario) for subject, rows in self.results.failures.items() for scenario in rows}
        self.assertEqual(found, set(expected), self.results.failures)

    def assert_gone(self, pids_file):
        with open(pids_file, encoding="utf-8") as file:
            pids = [int(line) for line in file]
        self.assertTrue(pids)
        for pid in pids:
            self.assertRaises(ProcessLookupError, os.kill, pid, 0)
        return pids
