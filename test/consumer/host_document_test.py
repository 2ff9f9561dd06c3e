"""docs/host-your-own-service.md as a newcomer follows it: its files are pasted, its
commands run, its server is called, and fails as it says.

Environment: BUILD_DIR, SOURCE_DIR; as in system_test.py.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.request

SOURCE_DIR = os.environ["SOURCE_DIR"]
sys.path[:0] = [os.path.join(SOURCE_DIR, "test", folder) for folder in ("system", "docs")]
import document  # noqa: E402
import installed_package  # noqa: E402
from server_process import ServerProcess  # noqa: E402
from system_test import MODES, PATIENCE_S, THRIFT_COMPILER, main, need_apache  # noqa: E402

TEXT = document.text_of("docs/host-your-own-service.md")
INSTALL, BUILD_AND_RUN, CALL = (block.splitlines() for block in document.blocks(TEXT, "sh"))


class HostDocument(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = os.path.join(scratch.name, "echo")
        os.mkdir(cls.folder)
        for name, text in document.files(TEXT).items():
            with open(os.path.join(cls.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        # `./dev install` builds in the tree that this very test runs from; dev_test runs it.
        (command,) = INSTALL
        prefix = re.fullmatch(r"\./dev install \$HOME/(\w+)", command).group(1)
        installed_package.install(os.path.join(scratch.name, prefix))
        cls.environment = {**os.environ, "HOME": scratch.name}
        for command in BUILD_AND_RUN[:-1]:
            cls.shell(command)
        cls.program = os.path.join(cls.folder, BUILD_AND_RUN[-1])

    @classmethod
    def shell(cls, command):
        return installed_package.run_quietly("sh", "-ec", command, cwd=cls.folder, env=cls.environment)

    def serve(self, *args, program=None):
        server = ServerProcess(program or self.program)
        self.addCleanup(server.__exit__, None, None, None)
        return server.start(args)

    def fail_to_serve(self, *args):
        done = subprocess.run([self.program, *args], timeout=PATIENCE_S, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"\Aecho-server: [^\n]+\n\Z")
        return done.returncode, done.stderr

    def test_every_file_of_the_project_is_in_the_document(self):
        self.assertEqual(set(document.files(TEXT)), {"echo.thrift", "echo_server.cpp", "CMakeLists.txt"})

    def test_the_server_says_that_it_is_ready_as_shown_and_drains(self):
        server = self.serve("127.0.0.1:0")
        shown = re.search(r"`(ready: [^`]*)`", TEXT).group(1)
        self.assertEqual(server.ready_line, shown.replace("9090", str(server.port)))
        self.assertEqual(server.stop(), 0)

    def test_the_commands_of_the_client_call_it(self):
        need_apache("the client of docs/host-your-own-service.md")
        for mode in MODES:
            server = self.serve("127.0.0.1:0", mode)
            for command in CALL:
                if "buffered" not in MODES[mode]:
                    command = command.replace(" echo hello", " -framed echo hello")
                command = command.replace("127.0.0.1:9090", server.endpoints[0])
                command = command.replace("/usr/bin/python3", sys.executable)
                output = self.shell(re.sub(r"^thrift\b", THRIFT_COMPILER, command))
            # Apache's library for Python may have said something of its own before.
            self.assertEqual(output.splitlines()[-1:], ["'hello'"])

    def test_health_and_metrics_are_told_by_what_is_put_in_its_place(self):
        (lines,) = (block for block in document.blocks(TEXT, "cpp") if "admin.add" in block)
        with socket.create_server(("127.0.0.1", 0)) as free:
            admin = f"127.0.0.1:{free.getsockname()[1]}"
        simple = document.files(TEXT)["echo_server.cpp"]
        start = simple.index("    host::Host server(")
        end = simple.index("  });", start)
        (include,) = re.findall(r"`(#include [^`]+)`", TEXT)
        with open(os.path.join(self.folder, "echo_server.cpp"), "w", encoding="utf-8") as file:
            file.write(include + "\n" + simple[:start] + lines.replace("127.0.0.1:9191", admin) + "\n" + simple[end:])
        program = self.program + "-told"
        shutil.copy(self.program, self.program + "-plain")
        self.shell(BUILD_AND_RUN[1])
        os.rename(self.program, program)
        os.rename(self.program + "-plain", self.program)
        server = self.serve("127.0.0.1:0", program=program)
        with urllib.request.urlopen(f"http://{admin}/readyz", timeout=PATIENCE_S) as reply:
            self.assertEqual(reply.read(), b"serving\n")
        with urllib.request.urlopen(f"http://{admin}/metrics", timeout=PATIENCE_S) as reply:
            self.assertIn(b"\necho_server_connections_open 0\n", reply.read())
        self.assertEqual(server.stop(), 0)

    def test_a_server_that_is_told_nonsense_says_so_in_one_line_and_exits_with_2(self):
        for args, said in ((["nonsense"], "host:port"), (["127.0.0.1:0", "fast"], "threadpool")):
            code, line = self.fail_to_serve(*args)
            self.assertEqual(code, 2)
            self.assertIn(f"'{args[-1]}'", line)
            self.assertIn(said, line)

    def test_a_server_that_cannot_listen_says_so_in_one_line_and_exits_with_1(self):
        endpoint = self.serve("127.0.0.1:0").endpoints[0]
        code, line = self.fail_to_serve(endpoint)
        self.assertEqual(code, 1)
        self.assertIn(f"cannot listen on {endpoint}", line)


if __name__ == "__main__":
    main()
