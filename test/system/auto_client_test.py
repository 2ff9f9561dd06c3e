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
CERTIFICATES = os.environ.get("TIMESERVICE_CERTIFICATES", "")


class AutoClientTest(SystemTest):
    def run_client(self, endpoint, *command):
        """Exit code, stdout, stderr."""
        done = subprocess.run(
            [*command, "--endpoint", endpoint, *AUTO, "get_time"],
            env={**os.environ, "PYTHONPATH": PYTHON_CLIENT}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE_S)
        return done.returncode, done.stdout, done.stderr

    def check(self, server, *command):
        before_s = time.time()
        code, out, err = self.run_client(server.endpoints[0], *command)
        self.assertEqual((code, err), (0, ""))
        self.assertIn(out.rstrip("\n"), local_times_since(before_s))

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
        protocols, *command = self.python_client()
        self.check_on_every_server(protocols, *command)

    def python_client(self):
        """The protocols that it can do, and how it is started."""
        for library, protocols in (
                ("thriftpy2", ("auto", "binary", "compact", "json")),
                ("thriftpy", ("auto", "binary"))):
            python = interpreter_with(library)
            if python is not None:
                return protocols, python, "-m", "time_client"
        skip("--transport auto of the Python client",
             "neither thriftpy2 nor thriftpy is installed")

    def test_tls_or_none_is_no_question_of_the_dialect(self):
        if not os.path.exists(os.path.join(CERTIFICATES, "made")):
            skip("--transport auto over TLS", "there are no certificates: "
                 "build the target test_certificates, which needs openssl")
        _, *python = self.python_client()
        ca = f"--tls-ca={CERTIFICATES}/ca.pem"
        for mode in MODES:
            server = self.serve(
                "--listen=tls:127.0.0.1:0", "--listen=127.0.0.1:0",
                f"--tls-cert={CERTIFICATES}/server.pem",
                f"--tls-key={CERTIFICATES}/server.key", "--mode", mode,
                listen=None, env={"TZ": TIME_ZONE})
            encrypted, plain = server.endpoints
            for command in ([os.environ["TIME_CLIENT"]], python):
                with self.subTest(f"{mode}: {command}"):
                    self.check(server, *command, ca)
                    code, _, err = self.run_client(
                        encrypted[len("tls:"):], *command)
                    self.assertEqual(code, 3, err)
                    self.assertIn("the server takes TLS only: use --tls", err)
                    code, _, err = self.run_client(f"tls:{plain}", *command,
                                                   ca)
                    self.assertEqual(code, 3, err)
                    self.assertIn("leave --tls and tls: out, or find", err)

    def test_an_unrestricted_server_refuses_nothing_meanwhile(self):
        for mode in MODES:
            with self.subTest(mode):
                server = self.serve("--mode", mode, env={"TZ": TIME_ZONE})
                self.check(server, os.environ["TIME_CLIENT"])
                self.assertEqual(server.stop(), 0)
                self.assertNotIn("closed,", server.stderr())


if __name__ == "__main__":
    main()
