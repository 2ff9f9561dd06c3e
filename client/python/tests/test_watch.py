"""The command "watch"."""

import json
import signal
import socket
import unittest

from .command_line import COMPARISON, LINE, program, run
from .fake_server import (PATIENCE_S, FakeClock, FakeServer, hang_up,
                          refusing_endpoint, serve, silent)


class WatchTest(unittest.TestCase):
    def watch(self, server, *arguments):
        return run("--endpoint", server.endpoint, "watch",
                   "--interval=0.001", *arguments)

    def setUp(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            self.addCleanup(signal.signal, number, signal.getsignal(number))

    def test_count_lines_then_the_end(self):
        with FakeServer(serve(FakeClock())) as server:
            code, out, err = self.watch(server, "--count=3", "--samples=1")
        self.assertEqual((code, err, out.count("\n")), (0, "", 3))
        for line in out.splitlines(keepends=True):
            self.assertRegex(line, r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\."
                                   r"\d{9}Z " + LINE[2:-2] + r"\n\Z")

    def test_json_lines_carry_the_time(self):
        with FakeServer(serve(FakeClock())) as server:
            _, out, _ = self.watch(server, "--count=2", "--output=json")
        first, second = map(json.loads, out.splitlines())
        self.assertEqual(set(first), {*COMPARISON, "time_ns"})
        self.assertLess(first["time_ns"], second["time_ns"])

    def test_a_line_that_failed_is_told_and_the_next_is_tried(self):
        for behaviours in ((hang_up, serve(FakeClock())),
                           (serve(FakeClock(), calls=1), hang_up)):
            with FakeServer(*behaviours) as server:
                code, out, err = self.watch(server, "--count=2",
                                            "--retries=0", "--samples=1")
            self.assertEqual((code, out.count("\n"), err.count("\n")),
                             (0, 1, 1))

    def test_if_none_succeeded_the_exit_code_says_why(self):
        with socket.socket() as unused:
            endpoint = refusing_endpoint(unused)
            code, out, err = run("--endpoint", endpoint, "--retries=0",
                                 "watch", "--count=2", "--interval=0.001")
        self.assertEqual((code, out, err.count("\n")), (3, "", 2))

    def test_a_signal_ends_it_with_0_also_while_a_call_waits(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number), \
                    FakeServer(serve(FakeClock(), calls=1), silent) as server:
                with program("--endpoint", server.endpoint, "watch",
                             "--interval=0.001", "--samples=1") as running:
                    running.stdout.readline()
                    server.wait_for_connections(2)
                    running.send_signal(number)
                    self.assertEqual(
                        running.communicate(timeout=PATIENCE_S)[1], "")
                self.assertEqual(running.returncode, 0)
