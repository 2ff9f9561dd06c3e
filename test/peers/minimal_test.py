"""The smallest programs that get get_time working run as they stand, but for the port;
and their lines are counted right.

Environment: as system_test.py and python_peer_table.py. BUILD_DIR, the project's build
tree, without which the host's own program is not built.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peer_process import PATIENCE_S, ROOT  # noqa: E402
from python_peer_table import DEBIAN, VENV, imports  # noqa: E402
from system_test import free_port, main, need_compiler, runs_debian, skip  # noqa: E402

sys.path[:0] = [os.path.join(ROOT, "bench", "peers"), os.path.join(ROOT, "test", "consumer")]
import count_lines  # noqa: E402
import installed_package  # noqa: E402

PRINTED = re.compile(r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\n")
PORTS = re.compile(r"\b(50051|9090|6000|18871)\b")


class MinimalTest(unittest.TestCase):
    def project(self, framework):
        """A copy of the framework's folder, with a port of its own."""
        scratch = tempfile.TemporaryDirectory(prefix="minimal-")
        self.addCleanup(scratch.cleanup)
        folder = os.path.join(scratch.name, framework)
        shutil.copytree(os.path.join(count_lines.MINIMAL, framework), folder)
        self.port = free_port()
        ports = 0
        for name in os.listdir(folder):
            ports += self.rewrite(os.path.join(folder, name), PORTS, str(self.port))
        self.assertEqual(ports, 2, "the server names a port, and the client")
        return folder

    @staticmethod
    def rewrite(path, pattern, by):
        with open(path, encoding="utf-8") as file:
            text, number = pattern.subn(by, file.read())
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return number

    def need(self, python, library):
        if not imports(python, library):
            skip(f"the minimal programs with {library}", f"{python} cannot import it",
                 excused=library == "thriftpy" and not runs_debian("12"))

    def serve(self, folder, *command):
        with open(os.path.join(folder, "server.log"), "w", encoding="utf-8") as log:
            server = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

        def end():
            server.kill()
            server.wait(PATIENCE_S)
        self.addCleanup(end)
        # These programs say nothing when they are ready.
        deadline = time.monotonic() + PATIENCE_S
        while not self.listens():
            if server.poll() is not None or time.monotonic() > deadline:
                with open(os.path.join(folder, "server.log"), encoding="utf-8") as log:
                    self.fail(f"no server: {log.read()}")
            time.sleep(0.01)

    def listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S).close()
        except ConnectionRefusedError:
            return False
        return True

    @staticmethod
    def run_commands(folder, **variables):
        installed_package.run_quietly("sh", "-e", "commands.sh", cwd=folder, stdin=subprocess.DEVNULL,
                                      env={**os.environ, **variables})

    def check_client(self, folder, *command, **variables):
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S, env={**os.environ, **variables})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, PRINTED)

    def check_python(self, folder, python):
        if os.path.exists(os.path.join(folder, "commands.sh")):
            # `python` is that interpreter, as in its virtual environment.
            self.run_commands(folder, PATH=os.path.dirname(python) + os.pathsep + os.environ["PATH"])
        self.serve(folder, python, "server.py")
        self.check_client(folder, python, "client.py")

    def check_cpp(self, folder):
        self.run_commands(folder, CMAKE_GENERATOR="Ninja")
        self.serve(folder, "build/server")
        self.check_client(folder, "build/client")


class EachProject(MinimalTest):
    def test_grpc(self):
        self.need(VENV, "grpc_tools")
        self.check_python(self.project("grpc"), VENV)

    def test_thrift_of_pypi(self):
        self.need(VENV, "thrift")
        need_compiler("the minimal programs with Apache Thrift")
        self.check_python(self.project("thrift"), VENV)

    def test_thrift_of_debian(self):
        self.need(DEBIAN, "thrift")
        need_compiler("the minimal programs with Apache Thrift")
        self.check_python(self.project("thrift"), DEBIAN)

    def test_thriftpy2(self):
        self.need(VENV, "thriftpy2")
        self.check_python(self.project("thriftpy2"), VENV)

    def test_thriftpy_takes_the_place_of_thriftpy2(self):
        self.need(DEBIAN, "thriftpy")
        folder = self.project("thriftpy2")
        for name in ("server.py", "client.py"):
            self.rewrite(os.path.join(folder, name), re.compile(r"\bthriftpy2\b"), "thriftpy")
        self.check_python(folder, DEBIAN)

    def test_rpyc(self):
        self.need(VENV, "rpyc")
        self.check_python(self.project("rpyc"), VENV)

    def test_thrift_in_cpp(self):
        need_compiler("the minimal programs with Apache Thrift")
        self.check_cpp(self.project("thrift_cpp"))

    def test_grpc_in_cpp(self):
        if not all(shutil.which(program) for program in ("protoc", "grpc_cpp_plugin")) or subprocess.run(
                ["pkg-config", "--exists", "grpc++", "protobuf"], timeout=PATIENCE_S).returncode != 0:
            skip("the minimal programs with gRPC in C++",
                 "libgrpc++-dev, libprotobuf-dev or protobuf-compiler-grpc is not installed")
        self.check_cpp(self.project("grpc_cpp"))

    def test_timeservice(self):
        self.need(VENV, "thriftpy2")
        if "BUILD_DIR" not in os.environ:
            skip("the minimal program with the host", "there is no build tree to install from", excused=True)
        folder = self.project("timeservice")
        installed = os.path.join(folder, "installed")
        installed_package.install(installed)
        self.run_commands(folder, CMAKE_PREFIX_PATH=installed, CMAKE_GENERATOR="Ninja")
        self.serve(folder, "build/server")
        self.check_client(folder, VENV, "client.py", PYTHONPATH=os.path.join(ROOT, "client", "python"))


class CountedLines(unittest.TestCase):
    def lines(self, name, text):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            return count_lines.count(path)

    def test_blank_lines_and_comments_do_not_count(self):
        for name, text, lines in (
                ("server.py", "# one\n\nimport time  # two\n  # three\nprint()\n", 2),
                ("server.cpp", "#include <ctime>\n\n// one\n/* two\n   three */\nint main() {}  // four\n", 2),
                ("a.proto", "// one\nmessage A {}\n", 1),
                ("a.thrift", "/** one */\n\nservice A {\n}\n", 2),
                ("commands.sh", "# one\nthrift --gen py a.thrift", 1),
                ("client.py", "", 0)):
            with self.subTest(name):
                self.assertEqual(self.lines(name, text), lines)

    def test_every_file_of_every_project_is_counted(self):
        for framework in count_lines.frameworks():
            folder = os.path.join(count_lines.MINIMAL, framework)
            lines = count_lines.count_folder(folder)
            self.assertGreater(min(lines["server"], lines["client"]), 0)
            self.assertEqual(lines["total"], sum(count_lines.count(os.path.join(folder, name))
                                                 for name in os.listdir(folder)))

    def test_a_file_that_is_none_of_a_project_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "helper.py"), "w", encoding="utf-8"):
                pass
            done = subprocess.run([sys.executable, count_lines.__file__, folder], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"\Acount_lines.py: \S+: helper.py: [^\n]+\n\Z")


if __name__ == "__main__":
    main()
