"""The package as its users meet it: installed, found by find_package, and hosting
a service of their own, as a process that is started, signalled and ended.

Environment: BUILD_DIR, the project's build tree; SOURCE_DIR; TIME_SERVER.
"""

import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

SOURCE_DIR = os.environ["SOURCE_DIR"]
sys.path.insert(0, os.path.join(SOURCE_DIR, "test", "system"))
import installed_package  # noqa: E402
from server_process import ServerProcess  # noqa: E402
from system_test import MODES, PATIENCE_S  # noqa: E402


def call(method, token, seqid=1):
    """A framed call of Echo's `method`, in the binary protocol."""
    name = method.encode()
    body = struct.pack(">HBBI", 0x8001, 0, 1, len(name)) + name + struct.pack(">i", seqid)
    body += struct.pack(">bhI", 11, 1, len(token)) + token.encode() + b"\0"
    return struct.pack(">I", len(body)) + body


def receive_frame(connection):
    def exactly(count):
        data = b""
        while len(data) < count:
            piece = connection.recv(count - len(data))
            if not piece:
                raise EOFError("closed after %d of %d bytes" % (len(data), count))
            data += piece
        return data
    return exactly(struct.unpack(">I", exactly(4))[0])


class Consumer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.prefix = os.path.join(cls.scratch.name, "prefix")
        cls.build = os.path.join(cls.scratch.name, "build")
        installed_package.install(cls.prefix)
        installed_package.build(os.path.join(SOURCE_DIR, "test", "consumer"), cls.build, cls.prefix)

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def echo_server(self, mode):
        server = ServerProcess(os.path.join(self.build, "echo-server"))
        return server.start([mode, "127.0.0.1:0"])

    def connect(self, server):
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        self.addCleanup(connection.close)
        return connection

    def call_for_a_minute(self, connection):
        """Returns when the call has arrived: the server's kernel has taken every byte."""
        connection.sendall(call("echo", "first"))
        receive_frame(connection)
        # Not together with the first: an event loop sends the replies to such in one go.
        connection.sendall(call("block", "60000"))
        deadline = time.monotonic() + PATIENCE_S
        while struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, b"\0" * 4)) != (0,):
            self.assertLess(time.monotonic(), deadline)

    def test_programs_and_idl_are_installed(self):
        for name in ("bin/time-server", "bin/time-client", "share/timeservice/time_service.thrift"):
            self.assertTrue(os.path.exists(os.path.join(self.prefix, name)), name)

    def test_a_service_that_the_idl_does_not_have_is_refused_with_those_that_it_has(self):
        project = os.path.join(self.scratch.name, "misspelled")
        os.mkdir(project)
        with open(os.path.join(project, "two.thrift"), "w", encoding="utf-8") as idl:
            idl.write("// service Zero {\nservice One {}\nservice Two extends One {}\n")
        # Which the compiler's list of services does not take for a name.
        with open(os.path.join(project, "my.api.thrift"), "w", encoding="utf-8") as idl:
            idl.write("service Three {}\n")
        with open(os.path.join(project, "CMakeLists.txt"), "w", encoding="utf-8") as lists:
            lists.write("cmake_minimum_required(VERSION 3.22)\nproject(misspelled LANGUAGES CXX)\n"
                        "find_package(timeservice REQUIRED)\nthrift_generate(dots my.api.thrift Three)\n"
                        "thrift_generate(gen two.thrift One Tow)\n")
        with self.assertRaises(AssertionError) as failed:
            installed_package.build(project, os.path.join(project, "build"), self.prefix)
        text = " ".join(str(failed.exception).split())
        self.assertRegex(text, r"thrift_generate\(gen \.\.\.\): there is no service 'Tow' in \S+/two\.thrift; "
                               r"it has: One, Two ")
        self.assertEqual(text.count("CMake Error"), 1, text)

    def test_client_library_calls_a_server(self):
        with ServerProcess(os.environ["TIME_SERVER"]).start(["--listen", "127.0.0.1:0"]) as server:
            text = subprocess.check_output([os.path.join(self.build, "what-time-is-it"), server.endpoints[0]], text=True)
            self.assertRegex(text, r"^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\n$")

    def test_host_library_serves_in_every_mode(self):
        for mode in MODES:
            with self.subTest(mode=mode), self.echo_server(mode) as server:
                connection = self.connect(server)
                connection.sendall(call("echo", "hello"))
                self.assertIn(b"hello", receive_frame(connection))

    def test_sigterm_and_sigint_let_a_call_in_flight_be_answered(self):
        for mode in MODES:
            for number in (signal.SIGTERM, signal.SIGINT):
                with self.subTest(mode=mode, signal=number), self.echo_server(mode) as server:
                    idle = self.connect(server)
                    connection = self.connect(server)
                    connection.sendall(call("block", "300"))
                    server.signal(number)
                    self.assertIn(b"300", receive_frame(connection))
                    self.assertEqual(server.wait(), 0)
                    self.assertEqual(idle.recv(1), b"")
                    self.assertIn("drained", server.stderr())

    def test_a_call_that_does_not_end_is_cut_at_the_deadline_with_exit_3(self):
        for mode in MODES:
            with self.subTest(mode=mode), self.echo_server(mode) as server:
                self.call_for_a_minute(self.connect(server))
                server.signal(signal.SIGTERM)
                self.assertEqual(server.wait(), 3)
                self.assertIn("cut", server.stderr())

    def test_a_second_signal_stops_at_once(self):
        for mode in MODES:
            with self.subTest(mode=mode), self.echo_server(mode) as server:
                self.call_for_a_minute(self.connect(server))
                server.signal(signal.SIGTERM)
                server.wait_for_log("draining")
                server.signal(signal.SIGINT)
                self.assertEqual(server.wait(), 128 + signal.SIGINT)
                self.assertIn("again", server.stderr())


if __name__ == "__main__":
    unittest.main()
