"""The Python client against the real server.

    TIME_SERVER=build/release/time-server python3 python_client_test.py

Tries every protocol and transport that the installed Thrift library can do,
over every kind of endpoint, and the command line.
"""

import itertools
import json
import os
import re
import socket
import subprocess
import sys
import time
import unittest

try:
    import time_client
except ImportError:  # not installed: take the one of this source tree
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(
        __file__)), "..", "..", "client", "python"))
    import time_client

from server_process import ServerProcess
from time_client import ClockState, _binding
from time_client._formats import TRANSPORTS, usable_protocols

PACKAGE_PARENT = os.path.dirname(os.path.dirname(os.path.abspath(
    time_client.__file__)))

CTIME = re.compile(r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\Z")


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        print("NOT TESTED: this host has no IPv6", file=sys.stderr)
        return False


class PythonClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        tcp = ["127.0.0.1:0"] + (["[::1]:0"] if has_ipv6() else [])
        cls.server = ServerProcess(os.environ["TIME_SERVER"])
        cls.addClassCleanup(cls.server.__exit__, None, None, None)
        cls.listen = [*tcp, f"unix:{cls.server.directory}/s"]
        cls.server.start([f"--listen={endpoint}" for endpoint in cls.listen],
                         env={"TZ": "UTC"})
        print(f"\n{_binding.NAME}, protocols {', '.join(usable_protocols())}; "
              f"{cls.server.ready_line}", file=sys.stderr)

    @classmethod
    def tearDownClass(cls):
        assert cls.server.stop() == 0, cls.server.stderr()

    def test_the_ready_line_names_each_endpoint(self):
        self.assertEqual([re.sub(r":[1-9]\d*\Z", ":0", endpoint)
                          for endpoint in self.server.endpoints], self.listen)

    def test_every_call_over_every_format_and_endpoint(self):
        for endpoint, protocol, transport in itertools.product(
                self.server.endpoints, usable_protocols(), TRANSPORTS):
            with self.subTest(f"{protocol}/{transport} {endpoint}"), \
                    time_client.connect(endpoint, protocol=protocol,
                                        transport=transport) as clock:
                self.check_calls(clock)

    def check_calls(self, clock):
        before_s = int(time.time())
        text = clock.get_time()
        self.assertRegex(text, CTIME)
        self.assertIn(text, [time.asctime(time.gmtime(second))
                             for second in range(before_s - 1,
                                                 int(time.time()) + 2)])

        comparison = clock.exchange()
        # Both clocks are this host's, so the true offset is 0.
        self.assertLessEqual(abs(comparison.offset_ns), comparison.bound_ns)
        self.assertGreaterEqual(comparison.samples, 1)
        self.check_error(comparison.state, comparison.server_error_ns)

        status = clock.get_status()
        self.assertTrue(status.version)
        self.assertLess(status.started_ns, status.clock.now_ns)
        self.assertLess(abs(status.clock.now_ns - time.time_ns()), 60 * 10**9)
        self.check_error(status.clock.state, status.clock.error_ns)

    def check_error(self, state, error_ns):
        self.assertIsInstance(state, ClockState)
        bounded = state in (ClockState.SYNCHRONIZED, ClockState.HOLDOVER)
        self.assertEqual(error_ns is not None, bounded, (state, error_ns))

    def test_failover_from_an_endpoint_where_nothing_listens(self):
        with time_client.connect(
                [f"unix:{self.server.directory}/nothing",
                 self.server.endpoints[0]]) as clock:
            self.assertRegex(clock.get_time(), CTIME)

    def test_the_command_line(self):
        arguments = [f"--endpoint={endpoint}"
                     for endpoint in self.server.endpoints]
        self.assertRegex(self.run_cli(*arguments, "get_time"),
                         CTIME.pattern[:-2] + r"\n\Z")
        status = json.loads(self.run_cli(*arguments, "--output=json",
                                         "status"))
        self.assertIn(status["clock"]["state"], ClockState.__members__)
        self.assertIn(", best of 3), ",
                      self.run_cli(*arguments, "--transport=framed",
                                   "exchange", "--samples=3"))

    def run_cli(self, *arguments):
        done = subprocess.run(
            [sys.executable, "-m", "time_client", *arguments],
            env={**os.environ, "PYTHONPATH": PACKAGE_PARENT}, timeout=60,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout


class RestartTest(unittest.TestCase):
    def test_a_client_outlives_a_restart_of_the_server(self):
        with ServerProcess(os.environ["TIME_SERVER"]) as server:
            args = ["--listen", f"unix:{server.directory}/s"]
            server.start(args)
            with time_client.connect(server.endpoints[0]) as clock:
                first = clock.get_status()
                self.assertEqual(server.stop(), 0, server.stderr())
                with self.assertRaises(time_client.ConnectError):
                    clock.get_status()
                server.start(args)
                second = clock.get_status()
                self.assertEqual(server.stop(), 0, server.stderr())
        self.assertLess(first.started_ns, second.started_ns)


if __name__ == "__main__":
    unittest.main()
