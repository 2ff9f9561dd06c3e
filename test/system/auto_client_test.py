"""--protocol auto and --transport auto of both command lines, on the real server
in every mode, whatever it was told to take.

    TIME_SERVER=... TIME_CLIENT=... python3 auto_client_test.py
"""

import itertools
import os
import subprocess
import time

from system_test import (MODES, PATIENCE_S, TIME_ZONE, SystemTest,
                         interpreter_with, local_times_since, main, skip)

PYTHON_CLIENT = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             "..", "..", "client", "python")
AUTO = ["--protocol", "auto", "--transport", "auto", "--retries", "0"]


class AutoClientTest(SystemTest):
    def check(self, server, *command):
        before_s = time.time()
        done = subprocess.run(
            [*command, "--endpoint", server.endpoints[0], *AUTO, "get_time"],
            env={**os.environ, "PYTHONPATH": PYTHON_CLIENT}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE_S)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(done.stdout.rstrip("\n"), local_times_since(before_s))

    def check_on_every_server(self, protocols, *command):
        for mode, transports in MODES.items():
            for protocol, transport in itertools.product(
                    protocols, ("auto", *transports)):
                with self.subTest(f"{mode}: {protocol} {transport}"):
                    server = self.serve(
                        "--mode", mode, "--protocol", protocol,
                        "--transport", transport, env={"TZ": TIME_ZONE})
                    self.check(server, *command)
                    self.assertEqual(server.stop(), 0, server.stderr())

    def test_the_program_finds_what_any_server_takes(self):
        self.check_on_every_server(("auto", "binary", "compact", "json"),
                                   os.environ["TIME_CLIENT"])

    def test_the_python_client_finds_what_its_library_can_do(self):
        for library, protocols in (
                ("thriftpy2", ("auto", "binary", "compact", "json")),
                ("thriftpy", ("auto", "binary"))):
            python = interpreter_with(library)
            if python is not None:
                break
        else:
            skip("--transport auto of the Python client",
                 "neither thriftpy2 nor thriftpy is installed")
        self.check_on_every_server(protocols, python, "-m", "time_client")

    def test_an_unrestricted_server_refuses_nothing_meanwhile(self):
        for mode in MODES:
            with self.subTest(mode):
                server = self.serve("--mode", mode, env={"TZ": TIME_ZONE})
                self.check(server, os.environ["TIME_CLIENT"])
                self.assertEqual(server.stop(), 0)
                self.assertNotIn("closed,", server.stderr())


if __name__ == "__main__":
    main()
