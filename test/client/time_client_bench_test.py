"""What `time-client bench` prints and how it exits. TIME_CLIENT is the path of the program."""

import json
import re
import subprocess
import time
import unittest

from fake_time_server import FakeTimeServer
from time_client_cli_test import PROGRAM, environment, refusing_port, run

LOSSES = ["not_connected", "connection_lost", "timed_out"]
KEYS = sorted(["calls", "calls_per_second", "connections", "errors", "in_flight", "lost", "max_us", "p50_us",
               "p99_9_us", "p99_us", "seconds", "shed", *LOSSES])


def losses(found):
    """What became of the calls without an answer; it sums up."""
    counts = [found[name] for name in LOSSES]
    assert sum(counts) == found["lost"], found
    return counts


class ClosesOnce(FakeTimeServer):
    """Answers so many calls, closes that connection, and goes on with others."""

    def __init__(self, calls):
        super().__init__()
        self.left = calls

    def _result(self, *arguments):
        self.left -= 1
        if self.left == -1:
            raise OSError("it closes the connection")
        return super()._result(*arguments)


class RefusesAfter(FakeTimeServer):
    """Answers so many calls, and then each by an exception."""

    def __init__(self, calls):
        super().__init__()
        self.left = calls

    def _result(self, *arguments):
        self.left -= 1
        if self.left < 0:
            self.methods = ()
        return super()._result(*arguments)


class StallsOnce(FakeTimeServer):
    """Takes a quarter of a second for one call of many."""

    def _result(self, *arguments):
        if len(self.calls) == 200:
            time.sleep(0.25)
        return super()._result(*arguments)


class Bench(unittest.TestCase):
    def test_a_stall_shows_in_the_maximum_however_many_calls_were_quick(self):
        with StallsOnce() as server:
            _, out, _ = run("--endpoint", server.endpoint, "--output=json", "bench", "--seconds=1", "--in-flight=1")
        self.assertGreaterEqual(json.loads(out)["max_us"], 250_000)

    def bench(self, server, *flags):
        """The exit code, the report, and stderr."""
        code, out, err = run("--endpoint", server.endpoint, "--output=json", "bench", *flags)
        return code, json.loads(out), err

    def test_a_call_that_the_server_refuses_is_an_error_and_not_lost(self):
        with RefusesAfter(20) as server:
            code, found, _ = self.bench(server, "--seconds=0.3", "--in-flight=4")
        self.assertEqual((code, found["calls"], found["lost"], found["shed"]), (1, 19, 0, 0))  # and one to warm up
        self.assertEqual(losses(found), [0, 0, 0])
        self.assertGreaterEqual(found["errors"], 4)

    def test_it_goes_on_calling_after_errors_and_does_not_spin(self):
        for behave in ("refuse", "close"):
            with self.subTest(behave), FakeTimeServer(behave=behave) as server:
                code, found, _ = self.bench(server, "--seconds=0.5", "--in-flight=4", "--connections=2")
                self.assertEqual((code, found["calls"], found["p50_us"]), (1, 0, None))
                self.assertGreaterEqual(found["seconds"], 0.5)
                # Each of eight pauses from 25 to 50 ms after an error. It may be slow, and one call is enough to
                # tell that it goes on; and too many are too many however slow it is.
                self.assertGreater(found["errors"], 2 + 8)
                self.assertLessEqual(found["errors"], 2 + 8 * (1 + found["seconds"] / 0.025))

    def test_calls_that_an_overloaded_server_sheds_are_counted_apart_and_are_no_failure(self):
        with FakeTimeServer(busy=10) as server:
            code, found, err = self.bench(server, "--seconds=0.4", "--in-flight=3")
        self.assertEqual((code, err, found["errors"], found["lost"], found["shed"]), (0, "", 0, 0, 10))
        self.assertGreater(found["calls"], 0)
        self.assertEqual(found["calls"], len(server.calls))  # what warmed up was shed

    def test_where_no_call_is_answered_it_fails(self):
        with FakeTimeServer(busy=10**9) as server:
            code, found, err = self.bench(server, "--seconds=0.1", "--in-flight=1")
        self.assertEqual((code, err, found["calls"], found["errors"], found["max_us"]), (1, "", 0, 0, None))
        self.assertGreater(found["shed"], 1)

    def test_text_says_how_many_how_fast_and_what_failed(self):
        with FakeTimeServer() as server:
            code, out, err = run("--endpoint", server.endpoint, "bench", "--seconds", "0.1")
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, r"^calls   \d+ in \d+\.\d{3} s, 1 connection with 32 in flight\n"
                              r"rate    \d+ calls/s\n"
                              r"latency p50 \d+\.\d us, p99 \d+\.\d us, p99\.9 \d+\.\d us, max \d+\.\d us\n"
                              r"errors  0, of these without an answer 0: not connected 0, connection lost 0, "
                              r"timed out 0\n"
                              r"shed    0\n$")

    def test_json_is_one_line_with_the_same(self):
        with FakeTimeServer(framed=True) as server:
            code, out, err = run("--endpoint", server.endpoint, "--transport=framed", "--output=json", "bench",
                                 "--seconds=0.1", "--connections=3", "--in-flight=2")
            self.assertEqual(server.connections, 3)
        self.assertEqual((code, err, out.count("\n")), (0, "", 1))
        found = json.loads(out)
        self.assertEqual(sorted(found), KEYS)
        self.assertEqual((found["connections"], found["in_flight"], found["errors"]), (3, 2, 0))
        self.assertGreater(found["calls"], 0)
        self.assertAlmostEqual(found["calls_per_second"], found["calls"] / found["seconds"], delta=1)
        latencies = [found["p50_us"], found["p99_us"], found["p99_9_us"], found["max_us"]]
        self.assertGreater(latencies[0], 0)
        self.assertEqual(latencies, sorted(latencies))

    def test_it_finds_what_the_server_speaks(self):
        with FakeTimeServer(framed=True) as server:
            code, _, err = run("--endpoint", server.endpoint, "--protocol=auto", "--transport=auto", "bench",
                               "--seconds=0.05")
        self.assertEqual((code, err), (0, ""))

    def test_a_lost_connection_is_made_again_and_the_calls_on_it_are_errors(self):
        with ClosesOnce(50) as server:
            code, found, err = self.bench(server, "--seconds=0.5", "--in-flight=8")
            self.assertEqual(server.connections, 2)
        # All that were under way: eight, or fewer where the machine was busy and answers came before new calls.
        lost = found["lost"]
        self.assertIn(lost, range(1, 9))
        self.assertEqual((code, found["errors"], found["shed"]), (1, lost, 0))
        self.assertEqual(losses(found), [0, lost, 0])
        self.assertGreater(found["calls"], 49)  # and one to warm up
        self.assertRegex(err, rf"^time-client: {re.escape(server.endpoint)}: receive: the server .*\n$")

    def test_calls_that_are_not_answered_in_time_are_told_apart(self):
        with FakeTimeServer(behave="keep silent") as server:
            code, found, _ = self.bench(server, "--seconds=0.1", "--in-flight=1", "--timeout=200ms")
        self.assertEqual((code, found["errors"]), (1, found["lost"]))
        self.assertEqual(losses(found), [0, 0, found["lost"]])

    def test_a_server_that_is_down_at_first_is_reported_at_once_and_called_when_it_is_there(self):
        bound, endpoint = refusing_port()
        with bound, subprocess.Popen(
                [PROGRAM, "--endpoint", endpoint, "--output=json", "bench", "--seconds=2", "--connections=3"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
                stdin=subprocess.DEVNULL) as running:
            self.assertRegex(running.stderr.readline(), "^time-client: .*: connect: connection refused: .*\n$")
            bound.close()
            with FakeTimeServer(port=int(endpoint.rpartition(":")[2])) as server:
                out, err = running.communicate(timeout=30)
                self.assertEqual(server.connections, 3)
        found = json.loads(out)
        self.assertEqual((running.returncode, err, found["errors"]), (1, "", found["lost"]))
        self.assertEqual(losses(found), [found["lost"], 0, 0])
        self.assertGreater(found["calls"], 0)

    def test_a_server_that_cannot_be_reached_gets_its_figures_too(self):
        bound, endpoint = refusing_port()
        with bound:
            code, out, err = run("--endpoint", endpoint, "bench", "--seconds=0.2", "--connections=2")
        self.assertEqual(code, 1)
        self.assertRegex(err, r"^time-client: .*: connect: connection refused: .*\n$")
        self.assertRegex(out, r"^calls   0 in \d+\.\d{3} s, 2 connections with 32 in flight\nrate    0 calls/s\n"
                              r"latency none\nerrors  (\d+), of these without an answer \1: not connected \1, "
                              r"connection lost 0, timed out 0\nshed    0\n$")

    def test_its_flags_are_its_own(self):
        rows = [
            (["--in-flight", "1", "get_time"], "--in-flight does nothing with get_time; it is for bench"),
            (["bench", "--in-flight", "0"], "--in-flight '0' is no whole number from 1 to 100000"),
            (["bench", "--connections", "1001"], "--connections '1001' is no whole number from 1 to 1000"),
            (["bench", "--seconds", "0"], "--seconds '0' is no number of seconds from 0.001 to 86400, nor "
             "such a time with its unit, as 500ms or 1m"),
        ]
        for arguments, line in rows:
            with self.subTest(arguments):
                self.assertEqual(run(*arguments), (2, "", f"time-client: {line}\n"))

    def test_variables_name_them_with_underscores(self):
        code, _, err = run("bench", TIME_CLIENT_IN_FLIGHT="many")
        self.assertEqual(code, 2)
        self.assertIn("TIME_CLIENT_IN_FLIGHT 'many'", err)


if __name__ == "__main__":
    unittest.main()
