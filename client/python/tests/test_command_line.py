import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import unittest

import time_client
from time_client.__main__ import main

from .fake_server import FakeClock, FakeServer, refusing_endpoint, serve


def run(*arguments):
    """Exit code, stdout, stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as exit_request:
            code = exit_request.code
    return code, out.getvalue(), err.getvalue()


class CommandLineTest(unittest.TestCase):
    def setUp(self):
        self.clock = FakeClock()
        server = FakeServer(serve(self.clock))
        server.__enter__()
        self.addCleanup(server.__exit__)
        self.endpoint = server.endpoint

    def ask(self, *arguments):
        code, out, err = run("--endpoint", self.endpoint, *arguments)
        self.assertEqual((code, err), (0, ""))
        return out

    def test_get_time(self):
        self.assertEqual(self.ask("get_time"), "Tue Nov 24 21:30:56 2026\n")
        self.assertEqual(json.loads(self.ask("--output=json", "get_time")),
                         {"time": "Tue Nov 24 21:30:56 2026"})

    def test_exchange(self):
        result = json.loads(self.ask("--output=json", "exchange",
                                     "--samples=3"))
        self.assertEqual(list(result), [
            "offset_ns", "delay_ns", "bound_ns", "server_error_ns", "state",
            "samples", "client_error_ns"])
        self.assertEqual(result["samples"], 3)
        self.assertEqual(result["state"], "SYNCHRONIZED")
        text = self.ask("exchange")
        self.assertIn("\nsamples: 8\n", text)
        self.assertRegex(text, r"\Aoffset_ns: -\d+\n")

    def test_status(self):
        self.clock.error_ns = -1
        self.assertEqual(
            self.ask("status"),
            "version: 1.2.3\nstarted_ns: 5\nclock.now_ns: 7\n"
            "clock.state: SYNCHRONIZED\nclock.error_ns: none\n")
        self.assertEqual(
            json.loads(self.ask("--output=json", "status")),
            {"version": "1.2.3", "started_ns": 5,
             "clock": {"now_ns": 7, "state": "SYNCHRONIZED",
                       "error_ns": None}})

    def test_a_failed_call_is_one_line_and_code_1(self):
        with socket.socket() as unused:
            refused = refusing_endpoint(unused)
            code, out, err = run("--endpoint", refused, "--retries=0",
                                 "get_time")
            self.assertEqual((code, out), (1, ""))
            self.assertRegex(err, rf"\Atime_client: .*{refused}.*\n\Z")
            code, out, err = run("--endpoint", refused, "--endpoint",
                                 self.endpoint, "get_time")
            self.assertEqual((code, len(out)), (0, 25))

    def test_wrong_usage_is_code_2(self):
        for arguments in ((), ("now",), ("get_time", "more"),
                          ("--endpoint=localhost", "get_time"),
                          ("--protocol=xml", "get_time"),
                          ("--timeout=0", "get_time"),
                          ("--timeout=soon", "get_time"),
                          ("--retries=-1", "get_time"),
                          ("--endpoint", self.endpoint, "exchange",
                           "--samples=0")):
            with self.subTest(arguments):
                code, out, err = run(*arguments)
                self.assertEqual((code, out), (2, ""))
                self.assertIn("time_client: ", err)

    def test_runs_as_a_module(self):
        package = os.path.dirname(os.path.abspath(time_client.__file__))
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "time_client",
             "--endpoint", self.endpoint, "get_time"],
            env={**os.environ, "PYTHONPATH": os.path.dirname(package)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(
            (done.returncode, done.stdout, done.stderr),
            (0, b"Tue Nov 24 21:30:56 2026\n", b""))
