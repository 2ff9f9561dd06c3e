"""What the command line prints, and how it exits."""

import errno
import json
import signal
import socket
import unittest
from unittest import mock

from time_client._cli_options import parse_options

from .command_line import COMPARISON, LINE, THE_TIME, program, run
from .fake_server import (PATIENCE_S, FakeClock, FakeServer, hang_up,
                          refusing_endpoint, reply_bytes, serve, silent)


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
        self.assertEqual(set(result), COMPARISON)
        self.assertEqual((result["samples"], result["discarded"]), (3, 0))
        self.assertEqual(result["state"], "SYNCHRONIZED")
        self.assertRegex(self.ask("exchange"), LINE[:-2] + r", server state "
                         r"SYNCHRONIZED, error bound 1\.000 us\n\Z")

    def test_status(self):
        self.assertEqual(
            self.ask("status"),
            "version 1.2.3\nstarted 1970-01-01T00:00:00.000000005Z\n"
            "tzdb    2026a\n"
            "clock   1970-01-01T00:00:00.000000007Z, state SYNCHRONIZED, "
            "error bound 1.000 us\n"
            "source  fixed, 2 steps, TAI-UTC 37 s, leap second -1\n"
            "oracle  SERVING, last 11, watermark 12, ahead 0.013 us, "
            "leader a:9090\n")

    def test_a_bound_that_is_not_promised_is_said_to_be_none(self):
        self.clock.error_ns = -1
        self.assertIn(", state SYNCHRONIZED, no error bound\n",
                      self.ask("status"))
        self.assertIn(", no error bound\n", self.ask("exchange"))
        status = json.loads(self.ask("--output=json", "status"))
        self.assertEqual(
            status, {"version": "1.2.3", "started_ns": 5,
                     "tzdb_version": "2026a",
                     "clock": {"now_ns": 7, "state": "SYNCHRONIZED",
                               "error_ns": None, "bound_source": "fixed",
                               "steps": 2, "tai_offset_s": 37,
                               "pending_leap_s": -1},
                     "oracle": {"role": "SERVING", "leader": "a:9090",
                                "last_timestamp": 11, "watermark": 12,
                                "ahead_ns": 13}})
        result = json.loads(self.ask("--output=json", "exchange"))
        self.assertIsNone(result["server_error_ns"])
        self.assertIsNone(result["client_error_ns"])

    def test_the_text_does_nothing_to_the_terminal(self):
        self.clock.time = "a\x1b[2Jb\nc"
        self.assertEqual(self.ask("get_time"), "a?[2Jb?c\n")

    def test_flags_may_stand_before_and_after_the_command(self):
        with FakeServer(serve(FakeClock(), transport="framed")) as server:
            for arguments in (
                    ("--transport=framed", "get_time", "--endpoint"),
                    ("get_time", "--transport", "framed", "--endpoint"),
                    ("--transport=framed", "--endpoint")):
                words = [*arguments, server.endpoint]
                if "get_time" not in words:
                    words += ["--", "get_time"]
                self.assertEqual(run(*words), THE_TIME)

    def test_help_and_version_go_to_standard_output(self):
        code, out, err = run("--help", "nonsense")
        self.assertEqual((code, err), (0, ""))
        for word in ("--endpoint", "TIME_CLIENT_TIMEOUT", "Exit codes",
                     "get_time", "exchange", "status", "watch", "check",
                     "to-local", "--policy"):
            self.assertIn(word, out)
        code, out, err = run("--version")
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, r"\Atime_client \d+\.\d+\.\d+\n\Z")

    def test_each_failure_is_one_line_and_a_code_of_its_own(self):
        for behaviour, code in ((hang_up, 1), (silent, 4),
                                (reply_bytes(b"HTTP/1.1 400 Bad\r\n"), 1)):
            with FakeServer(behaviour) as server:
                self.check(code, server.endpoint, "--endpoint",
                           server.endpoint, "--retries=0", "--timeout=0.2",
                           "get_time")

    def test_a_timeout_may_have_a_unit(self):
        for text, seconds in (("200ms", 0.2), ("1.5s", 1.5), ("2m", 120.0),
                              ("30m", 1800.0), ("1ms", 0.001), (".25", 0.25)):
            options = parse_options(["--timeout", text, "status"], {})
            self.assertEqual(options.timeout_s, seconds)
        options = parse_options(["watch", "--interval=24h"], {})
        self.assertEqual(options.interval_s, 86400.0)
        for text in ("0.9ms", "31m", "0s", "5 s"):
            self.check(2, f"--timeout '{text}' is no number of seconds from "
                       "0.001 to 1800, nor such a time with its unit, as "
                       "500ms or 1m", "status", "--timeout", text)

    def test_no_connection_is_code_3(self):
        with socket.socket() as unused:
            refused = refusing_endpoint(unused)
            self.check(3, refused, "--endpoint", refused, "--retries=0",
                       "get_time")
            self.assertEqual(run("--endpoint", refused, "--endpoint",
                                 self.endpoint, "get_time"), THE_TIME)

    def check(self, code, part, *arguments):
        """Nothing on stdout, and one line on stderr that holds the part."""
        found, out, err = run(*arguments)
        self.assertEqual((found, out), (code, ""), err)
        self.assertRegex(err, r"\Atime_client: .*\n\Z")
        self.assertIn(part, err)

    def test_runs_as_a_module(self):
        with program("--endpoint", self.endpoint, "get_time") as running:
            self.assertEqual(running.communicate(timeout=PATIENCE_S),
                             ("Tue Nov 24 21:30:56 2026\n", ""))
        self.assertEqual(running.returncode, 0)

    def test_a_full_disk_is_one_line_and_a_failure(self):
        for word, code in (("get_time", 1), ("check", 3)):
            with self.subTest(word), \
                    open("/dev/full", "w", encoding="utf-8") as full, \
                    program("--endpoint", self.endpoint, word,
                            stdout=full) as running:
                _, err = running.communicate(timeout=PATIENCE_S)
                self.assertEqual(running.returncode, code)
                self.assertEqual(err, "time_client: standard output: cannot "
                                 "be written: No space left on device\n")

    def test_another_failure_of_the_system_is_told_as_it_is(self):
        lack = OSError(errno.EMFILE, "Too many open files", "/etc/hosts")
        for word, code, line in (
                ("get_time", 1, (r"\A\Z", r"\Atime_client: .*Too many open "
                                 r"files: '/etc/hosts'\n\Z")),
                ("check", 3, (r"\AUNKNOWN: .*Too many open files.*\n\Z",
                              r"\A\Z"))):
            with self.subTest(word), mock.patch(
                    "time_client.__main__.search", side_effect=lack):
                found, *texts = run("--endpoint", self.endpoint, word)
            self.assertEqual(found, code)
            for text, pattern in zip(texts, line):
                self.assertRegex(text, pattern)

    def test_standard_streams_that_are_closed_are_one_line(self):
        """And nothing of them goes to another, or to a socket that got their
        number."""
        unwritable = ("time_client: standard output: cannot be written: Bad "
                      "file descriptor\n")
        for words, closing, expected in (
                (["get_time"], ">&-", (1, "", unwritable)),
                (["--help"], ">&-", (1, "", unwritable)),
                (["check"], ">&-", (3, "", unwritable)),
                (["noon"], "2>&-", (2, "", "")),
                (["noon"], "2>/dev/full", (2, "", "")),
                (["get_time"], "2>&-", THE_TIME),
                (["get_time"], "<&-", THE_TIME),
                (["to-local"], "<&-",
                 (1, "", "time_client: standard input: cannot be read: Bad "
                  "file descriptor\n"))):
            with self.subTest(words, closing=closing), \
                    program("--endpoint", self.endpoint, *words,
                            closing=closing) as running:
                out, err = running.communicate(timeout=PATIENCE_S)
                self.assertEqual((running.returncode, out, err), expected)

    def test_a_reader_that_has_gone_ends_it_without_a_word(self):
        with program("--endpoint", self.endpoint, "watch",
                     "--interval=0.01") as running:
            running.stdout.readline()
            running.stdout.close()
            self.assertEqual(running.stderr.read(), "")
        self.assertEqual(running.returncode, -signal.SIGPIPE)

    def test_ctrl_c_ends_a_call_without_a_word(self):
        with FakeServer(silent) as server, \
                program("--endpoint", server.endpoint, "get_time") as running:
            server.wait_for_connections(1)
            running.send_signal(signal.SIGINT)
            self.assertEqual(running.communicate(timeout=PATIENCE_S),
                             ("", ""))
        self.assertEqual(running.returncode, -signal.SIGINT)
