"""time-bench's load generator, against a server that goes wrong.

Environment: TIME_BENCH.
"""

import unittest

from fake_bench_server import FakeServer, reply, stall
from time_bench import ReportTest, time_bench


class Load(ReportTest):
    def load(self, server, *args, seconds=0.2):
        return time_bench("load", "--endpoint", server.endpoint, "--warm-up", "0.1", "--seconds", str(seconds),
                          "--json", self.json, *args)

    def assert_void(self, ended, error):
        self.assertEqual(ended.returncode, 1, ended.stdout)
        self.assertRegex(ended.stderr, r"^time-bench: void: load, [\d.:]+, round 1: %s.*\n$" % error)
        self.assertRegex(ended.stdout, r"(?m)^  [\d.:]+ +void$")
        (row,) = self.report()["rows"]
        self.assertRegex(row["rounds"][0]["error"], error)

    def test_a_right_server_is_measured(self):
        for more in ([], ["--connections", "3", "--depth", "7"], ["--rate", "500", "--connections", "2"]):
            with FakeServer() as server:
                ended = self.load(server, *more)
            self.assertEqual(ended.returncode, 0, ended.stderr)
            (row,) = self.report()["rows"]
            self.assertGreater(row["median"]["calls_per_second"], 0)
            self.assertLessEqual(row["rounds"][0]["calls"], server.calls)
            self.assertIsNone(row["median"]["peak_bytes"])

    def test_a_wrong_byte_anywhere_voids_the_figures(self):
        right = reply()
        for at in (1, 2, 40):
            for offset in (0, 10, 19, 24, 30, len(right) - 1):
                wrong = bytearray(right)
                wrong[offset] ^= 0x11
                with FakeServer(at, lambda: bytes(wrong)) as server:
                    ended = self.load(server, "--connections", "2", "--depth", "30")
                with self.subTest(at=at, offset=offset):
                    self.assert_void(ended, "a wrong reply: '")

    def test_a_closed_connection_voids_the_figures(self):
        for at in (1, 20):
            with FakeServer(at, lambda: None) as server:
                self.assert_void(self.load(server, "--depth", "2"), r"(the server closed the connection|Connection reset by peer|"
                                 r"Broken pipe) with \d+ calls unanswered")

    def test_a_reply_too_many_voids_the_figures(self):
        with FakeServer(2, lambda: reply() * 2) as server:
            self.assert_void(self.load(server, "--connections", "1"), "1 replies more than calls")

    def test_a_reply_that_never_comes_voids_the_figures(self):
        with FakeServer(20, lambda: b"") as server:
            self.assert_void(self.load(server, "--depth", "2", "--patience", "0.5"),
                             "no reply for 500 ms with [1-9][0-9]* calls unanswered")

    def test_half_a_reply_is_shown(self):
        with FakeServer(1, lambda: reply()[:12]) as server:
            self.assert_void(self.load(server, "--connections", "1", "--patience", "0.5"),
                             r"no reply for 500 ms with 1 calls unanswered, after '.*get_', which is no whole reply")

    def test_nobody_listening_is_told(self):
        with FakeServer() as server:
            pass
        self.assert_void(self.load(server), "cannot connect to 127.0.0.1:[0-9]+: Connection refused")

    def p99_us(self, *args, at=0, stall_s=0.3):
        with FakeServer(at, stall(stall_s)) as server:
            ended = self.load(server, "--connections", "2", *args, seconds=1)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return self.report()["rows"][0]["median"]["p99_us"]

    def test_a_server_that_stalls_cannot_hide_it_from_an_open_loop(self):
        # Of the calls, three in ten are due while it stalls, and each waits for its rest.
        stalled = self.p99_us("--rate", "1000", at=400, stall_s=0.3)
        self.assertGreater(stalled, 0.3e6 / 2)
        # In a closed loop it is two calls in thousands. A busy machine may itself stall
        # a server, so that one good run of three is enough.
        for less in (["--rate", "1000"], []):
            at = 0 if less else 400
            self.assertTrue(any(self.p99_us(*less, at=at) < stalled for _ in range(3)), less)


if __name__ == "__main__":
    unittest.main()
