import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import unittest
from types import SimpleNamespace
from unittest import mock

import time_client
from time_client.__main__ import main
from time_client._formats import usable_protocols

from .fake_server import (FakeClock, FakeServer, hang_up, refusing_endpoint,
                          reply_bytes, serve, silent)

THE_TIME = (0, "Tue Nov 24 21:30:56 2026\n", "")

# A refusal as the server's: TApplicationException 7, in framed binary.
PROTOCOL_ERROR = bytes.fromhex("0000001c 80010003 00000008") + b"get_time" + \
    bytes.fromhex("00000001 080002 00000007 00")


def run(*arguments, **variables):
    """Exit code, stdout, stderr."""
    out, err = io.StringIO(), io.StringIO()
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith("TIME_CLIENT_")}
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), \
            mock.patch.dict(os.environ, {**clean, **variables}, clear=True):
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


class AutoTest(unittest.TestCase):
    """--protocol auto and --transport auto."""

    def dialects(self, server, *arguments, **variables):
        return run("--endpoint", server.endpoint, *arguments, "get_time",
                   **variables)

    def test_framed_binary_is_tried_first(self):
        with FakeServer(serve(FakeClock(), transport="framed")) as server:
            self.assertEqual(self.dialects(server, "--protocol=auto",
                                           "--transport=auto"), THE_TIME)
            self.assertEqual(server.connections, 2)  # to find out, and to call

    def test_each_dialect_is_found_after_refusals_of_each_kind(self):
        refusals = (reply_bytes(PROTOCOL_ERROR), hang_up,
                    reply_bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
        order = [(protocol, transport) for protocol in usable_protocols()
                 for transport in ("framed", "buffered")]
        for refused, (protocol, transport) in enumerate(order):
            for refusal in refusals:
                with self.subTest(f"{protocol}/{transport}"), FakeServer(
                        *[refusal] * refused,
                        serve(FakeClock(), protocol, transport)) as server:
                    self.assertEqual(self.dialects(
                        server, "--protocol=auto", "--transport=auto",
                        "--retries=0"), THE_TIME)
                    self.assertEqual(server.connections, refused + 2)

    def test_either_alone_may_be_auto(self):
        with FakeServer(hang_up, serve(FakeClock())) as server:
            self.assertEqual(self.dialects(server, "--transport=auto",
                                           "--retries=0"), THE_TIME)
            self.assertEqual(server.connections, 3)
        with FakeServer(serve(FakeClock())) as server:
            self.assertEqual(self.dialects(server, "--protocol=auto"),
                             THE_TIME)
            self.assertEqual(server.connections, 2)

    def test_all_refused_is_one_line_and_code_1(self):
        tried = 2 * len(usable_protocols())
        for refusal, searches in ((hang_up, 3),
                                  (reply_bytes(b"HTTP/1.1 400 Bad\r\n"), 1)):
            with FakeServer(refusal) as server:
                code, out, err = self.dialects(
                    server, "--protocol=auto", "--transport=auto")
                self.assertEqual((code, out), (1, ""))
                self.assertRegex(err, r"\Atime_client: .*every dialect was "
                                      r"refused \(framed binary, .*\n\Z")
                self.assertEqual(server.connections, tried * searches)

    def test_a_timeout_ends_the_search(self):
        with FakeServer(silent) as server:
            code, _, err = self.dialects(server, "--transport=auto",
                                         "--timeout=0.2")
            self.assertEqual((code, server.connections), (1, 1))
            self.assertIn("timed out", err)

    def test_a_refused_connection_ends_the_search_after_the_retries(self):
        with socket.socket() as unused, mock.patch("time.sleep") as sleep:
            refused = refusing_endpoint(unused)
            code, _, err = run("--endpoint", refused, "--transport=auto",
                               "--retries=3", "get_time")
        self.assertEqual((code, sleep.call_count), (1, 3))
        self.assertIn("nothing listens", err)

    def test_an_answer_that_is_no_refusal_ends_the_search(self):
        nothing = SimpleNamespace(thrift_services=[])
        with FakeServer(serve(FakeClock(), transport="framed",
                              service=nothing)) as server:
            code, _, err = self.dialects(server, "--transport=auto")
            self.assertEqual((code, server.connections), (1, 1))
            self.assertIn("UNKNOWN_METHOD", err)

    def test_the_next_endpoint_is_searched(self):
        with FakeServer(hang_up) as refuses, \
                FakeServer(serve(FakeClock(), transport="framed")) as server:
            self.assertEqual(
                run("--endpoint", refuses.endpoint, "--endpoint",
                    server.endpoint, "--transport=auto", "--retries=0",
                    "get_time"), THE_TIME)
            # The call itself goes to the server that had answered.
            self.assertEqual((refuses.connections, server.connections),
                             (2, 2))


class EnvironmentTest(unittest.TestCase):
    def test_stands_in_for_flags(self):
        with socket.socket() as unused, \
                FakeServer(serve(FakeClock(), transport="framed")) as server:
            endpoints = f"{refusing_endpoint(unused)},{server.endpoint}"
            for transport in ("framed", "auto"):
                self.assertEqual(
                    run("get_time", TIME_CLIENT_ENDPOINT=endpoints,
                        TIME_CLIENT_TRANSPORT=transport,
                        TIME_CLIENT_PROTOCOL=""), THE_TIME)

    def test_a_flag_wins(self):
        with FakeServer(serve(FakeClock())) as server:
            self.assertEqual(
                run("--endpoint", server.endpoint, "--protocol=binary",
                    "--transport=buffered", "get_time",
                    TIME_CLIENT_ENDPOINT="nonsense",
                    TIME_CLIENT_PROTOCOL="nonsense",
                    TIME_CLIENT_TRANSPORT="framed"), THE_TIME)

    def test_a_bad_one_is_named(self):
        for name in ("PROTOCOL", "TRANSPORT"):
            code, out, err = run("get_time", **{f"TIME_CLIENT_{name}": "xml"})
            self.assertEqual((code, out), (2, ""))
            self.assertRegex(err, rf"TIME_CLIENT_{name} 'xml' is none of auto,")
