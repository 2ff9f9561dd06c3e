"""Which Thrift library is taken, tried in processes of their own."""

import os
import subprocess
import sys
import unittest

import time_client
from time_client import _binding

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(
    time_client.__file__)))


USE = "import time_client; time_client.TimeClient('localhost:1')"
BLOCK = ("import sys; sys.modules.update(thriftpy=None, thriftpy2=None)\n")


def run(code, forced=""):
    environment = {**os.environ, "PYTHONPATH": _ROOT,
                   "TIME_CLIENT_THRIFT": forced}
    return subprocess.run([sys.executable, "-W", "error", "-c", code],
                          cwd=_ROOT, env=environment, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True)


class BindingTest(unittest.TestCase):
    def test_the_environment_forces_a_library(self):
        done = run("import time_client._binding as b; print(b.NAME)",
                   _binding.NAME)
        self.assertEqual(done.stdout.strip(), _binding.NAME)

    def test_another_name_is_refused(self):
        done = run(USE, "gen-py")
        self.assertIn("TIME_CLIENT_THRIFT='gen-py'", done.stdout)

    def test_no_library_says_what_to_install(self):
        self.assertIn("pip install thriftpy2", run(BLOCK + USE).stdout)

    def test_no_library_is_an_import_error_of_this_package(self):
        done = run(BLOCK + "import time_client\ntry:\n    "
                   "time_client.TimeClient('localhost:1')\n"
                   "except time_client.ThriftMissing as error:\n"
                   "    print(isinstance(error, ImportError), "
                   "isinstance(error, time_client.TimeClientError))")
        self.assertEqual(done.stdout, "True True\n")

    def test_the_command_line_without_a_library_is_one_line_and_code_1(self):
        for words, code in ((("get_time",), 1), (("check",), 3),
                            (("--help",), 0), (("--version",), 0)):
            with self.subTest(words):
                done = run(f"{BLOCK}import runpy; "
                           f"sys.argv[1:] = {list(words)!r}\n"
                           "runpy.run_module('time_client', "
                           "run_name='__main__')")
                self.assertEqual(done.returncode, code, done.stdout)
                if code:
                    self.assertRegex(
                        done.stdout, r"\A(time_client|UNKNOWN): no thriftpy2 "
                        r"nor thriftpy is installed: .*\n\Z")

    def test_the_round_trips_work_without_cython(self):
        # thriftpy takes the pure Python classes when it thinks this is PyPy.
        done = run("import sys, types, unittest\n"
                   "sys.modules['__pypy__'] = types.ModuleType('__pypy__')\n"
                   "from time_client import _binding\n"
                   "assert 'Cy' not in _binding.binary.TBinaryProtocol"
                   ".__name__\n"
                   "unittest.main('tests.test_round_trip')", _binding.NAME)
        self.assertEqual(done.returncode, 0, done.stdout)
