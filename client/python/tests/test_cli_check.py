"""The command check: a monitoring plugin's line and exit codes."""

import dataclasses
import json
import socket
import unittest

from time_client import ClockComparison, ClockState, _binding
from time_client._cli_check import _judge
from time_client._cli_options import CliOptions, parse_options

from .command_line import COMPARISON, run
from .fake_server import FakeClock, FakeServer, refusing_endpoint, serve, silent

OK, WARNING, CRITICAL, UNKNOWN = range(4)


class CheckTest(unittest.TestCase):
    def setUp(self):
        self.clock = FakeClock()
        server = FakeServer(serve(self.clock))
        server.__enter__()
        self.addCleanup(server.__exit__)
        self.endpoint = server.endpoint

    def check(self, code, *arguments):
        """One line on stdout, and nothing on stderr."""
        found, out, err = run("--endpoint", self.endpoint, "check",
                              *arguments)
        self.assertEqual((found, err), (code, ""), out)
        self.assertEqual(out.count("\n"), 1)
        return out

    def ahead(self, ns):
        self.clock.receive_ns = self.clock.send_ns = lambda sent: sent + ns

    def test_a_clock_that_is_right_is_ok(self):
        self.assertRegex(
            self.check(OK),
            r"\AOK: clock is off by at most \S+ (us|ms) \(offset [+-]\S+ "
            r"(us|ms), bound \S+ (us|ms), server 1\.000 us\)\n\Z")

    def test_a_clock_that_is_off_is_told_by_how_much(self):
        self.ahead(-300_000_000)
        self.assertRegex(self.check(WARNING), r"\AWARNING: clock is off by "
                         r"at most 3\d\d\.\d{6} ms ")
        self.ahead(3600 * 10**9)
        self.assertRegex(self.check(CRITICAL), r"\ACRITICAL: clock is off by "
                         r"at most 3[56]\d\d\.\d{9} s ")

    def test_the_thresholds_are_what_is_still_good(self):
        self.ahead(10**9)
        self.check(OK, "--warning=1.5s", "--critical=1.5s")
        self.check(WARNING, "--warning=0.9s", "--critical=1.5s")
        self.check(CRITICAL, "--warning=1ns", "--critical=1ns")

    def test_what_is_just_at_a_threshold_is_good(self):
        comparison = ClockComparison(
            offset_ns=-700, delay_ns=400, bound_ns=200, server_error_ns=100,
            state=ClockState.SYNCHRONIZED, samples=1)  # off by 1000
        for warning_ns, critical_ns, verdict in (
                (1000, 1000, OK), (999, 1000, WARNING),
                (999, 999, CRITICAL)):
            options = CliOptions(warning_ns=warning_ns,
                                 critical_ns=critical_ns)
            result = _judge(comparison, options)
            self.assertEqual(result.verdict, verdict)
            self.assertEqual(result.off_by_at_most_ns, 1000)

    def test_the_servers_own_error_counts(self):
        self.clock.error_ns = 200_000_000
        self.check(WARNING)
        out = self.check(OK, "--against=server")
        self.assertNotIn("server", out)

    def test_no_bound_is_unknown_unless_it_does_not_count(self):
        self.clock.error_ns = -1
        self.assertRegex(
            self.check(UNKNOWN), r"\AUNKNOWN: the server gives no bound on "
            r"its own error, state SYNCHRONIZED \(offset .*\)\n\Z")
        self.check(OK, "--against=server")
        self.check(OK, "--against", "server", "--samples=1")

    def test_why_there_is_no_bound_is_told_in_the_servers_words(self):
        self.clock.error_ns, self.clock.state = -1, 3
        self.clock.failure = _binding.idl.ClockUnreliable(
            "the kernel's clock is not synchronized", 3, -1)
        text = ("the server gives no bound on its own error, state "
                "UNSYNCHRONIZED: the kernel's clock is not synchronized")
        self.assertIn(f"UNKNOWN: {text} (offset ", self.check(UNKNOWN))
        found = json.loads(self.check(UNKNOWN, "--output=json"))
        self.assertEqual(found["message"], text)
        self.assertEqual(len(self.clock.calls["now"]), 2)
        self.check(OK, "--against=server")  # which asks for no reason
        self.assertEqual(len(self.clock.calls["now"]), 2)

    def test_the_warning_is_at_most_critical_unless_given(self):
        comparison = ClockComparison(
            offset_ns=0, delay_ns=0, bound_ns=0, server_error_ns=50_000_000,
            state=ClockState.SYNCHRONIZED, samples=1)
        for critical, verdict in (("10ms", CRITICAL), ("50ms", OK),
                                  ("10s", OK)):
            options = parse_options(["check", f"--critical={critical}"], {})
            self.assertEqual(_judge(comparison, options).verdict, verdict)
        comparison = dataclasses.replace(comparison,
                                         server_error_ns=100_000_001)
        options = parse_options(["check", "--critical=10s"], {})
        self.assertEqual(_judge(comparison, options).verdict, WARNING)

    def test_json(self):
        found = json.loads(self.check(OK, "--output=json"))
        self.assertEqual(set(found),
                         COMPARISON | {"verdict", "off_by_at_most_ns"})
        self.assertEqual(found["verdict"], "OK")
        self.assertEqual(found["off_by_at_most_ns"],
                         found["client_error_ns"])
        self.clock.error_ns = -1
        found = json.loads(self.check(UNKNOWN, "--output=json"))
        self.assertEqual((found["verdict"], found["off_by_at_most_ns"]),
                         ("UNKNOWN", None))

    def test_what_goes_wrong_is_unknown_and_one_line(self):
        with socket.socket() as unused, FakeServer(silent) as hanging:
            self.endpoint = refusing_endpoint(unused)
            self.assertRegex(self.check(UNKNOWN, "--retries=0"),
                             r"\AUNKNOWN: cannot connect ")
            found = json.loads(self.check(UNKNOWN, "--retries=0",
                                          "--output=json"))
            self.assertEqual(set(found), {"verdict", "off_by_at_most_ns",
                                          "message"})
            self.endpoint = hanging.endpoint
            self.assertIn("timed out", self.check(UNKNOWN, "--timeout=0.2"))

    def test_wrong_usage_is_unknown(self):
        for words in (["--warning=2s"], ["--bogus"], ["extra"],
                      ["--against=x"], ["--warning=5"], ["--zone=UTC"]):
            self.assertRegex(self.check(UNKNOWN, *words), r"\AUNKNOWN: ")
