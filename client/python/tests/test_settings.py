"""Flags, the environment in their place, and what is said of wrong ones."""

import json
import socket
import unittest

from time_client import _binding

from .command_line import THE_TIME, run
from .fake_server import FakeClock, FakeServer, refusing_endpoint, serve


class UsageErrorTest(unittest.TestCase):
    def check(self, code, part, *arguments):
        """Nothing on stdout, and one line on stderr that holds the part."""
        found, out, err = run(*arguments)
        self.assertEqual((found, out), (code, ""), err)
        self.assertRegex(err, r"\Atime_client: .*\n\Z")
        self.assertIn(part, err)

    def test_wrong_usage_is_code_2_and_says_what_would_be_right(self):
        commands = ("get_time | now | exchange | check | timestamps | "
                    "to-local | from-local | periods | zones | status | "
                    "watch")
        seconds = "is no number of seconds from 0.001 to 1800"
        for part, arguments in (
                ("no command; name one of " + commands, ()),
                (f"command 'noon' is none of {commands}", ("noon",)),
                ("'more' after the command 'get_time': it takes nothing",
                 ("get_time", "more")),
                ("'6' after the command 'timestamps': it takes one number",
                 ("timestamps", "5", "6")),
                ("'--bogus' is no flag; the flags are --endpoint, ",
                 ("--bogus", "status")),
                ("'--end' is no flag", ("--end", "a:1", "status")),
                ("'-h' is no flag", ("-h",)),
                ("option '--endpoint' is missing", ("--endpoint",)),
                ("option '--count' is missing", ("--count", "--samples=1")),
                ("--help takes no value", ("--help=me",)),
                ("--endpoint 'localhost': no port; write host:port, "
                 "[v6-address]:port or unix:/path",
                 ("--endpoint=localhost", "get_time")),
                ("--protocol 'xml' is none of auto | binary | compact | json",
                 ("--protocol=xml", "get_time")),
                ("--transport 'http' is none of auto | buffered | framed",
                 ("get_time", "--transport", "http")),
                ("--output 'xml' is none of text | json",
                 ("get_time", "--output=xml")),
                *((f"--timeout {value!r} {seconds}",
                   ("--timeout", value, "get_time"))
                  for value in ("soon", "nan", "0", "-1", "1e9", "1_0", "")),
                ("--retries '-1' is no whole number from 0 to 100",
                 ("--retries=-1", "get_time")),
                ("--retries is given twice; give it once",
                 ("--retries=1", "--retries=2", "get_time")),
                ("--samples '0' is no whole number from 1 to 10000",
                 ("exchange", "--samples=0")),
                ("--samples does nothing with get_time; it is for exchange, "
                 "check, watch", ("--samples=3", "get_time"))):
            with self.subTest(arguments):
                self.check(2, part, *arguments)

    @unittest.skipIf(_binding.IS_THRIFTPY2, "thriftpy2 does them all")
    def test_what_the_library_cannot_do_is_code_2(self):
        self.check(2, "install thriftpy2", "--protocol=json", "get_time")


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

    def test_every_flag_has_one(self):
        with FakeServer(serve(FakeClock())) as server:
            code, out, err = run(
                "exchange", TIME_CLIENT_ENDPOINT=server.endpoint,
                TIME_CLIENT_OUTPUT="json", TIME_CLIENT_SAMPLES="3",
                TIME_CLIENT_TIMEOUT="20", TIME_CLIENT_RETRIES="0",
                TIME_CLIENT_COUNT="of another command")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(json.loads(out)["samples"], 3)

    def test_a_bad_one_is_named(self):
        for name, line in (
                ("PROTOCOL", "'x' is none of auto | binary"),
                ("TRANSPORT", "'x' is none of auto | buffered"),
                ("RETRIES", "'x' is no whole number from 0 to 100"),
                ("ENDPOINT", "'x': no port; write host:port")):
            code, out, err = run("get_time", **{f"TIME_CLIENT_{name}": "x"})
            self.assertEqual((code, out, err.count("\n")), (2, "", 1))
            self.assertIn(f"time_client: TIME_CLIENT_{name} {line}", err)
