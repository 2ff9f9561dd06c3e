"""Which Thrift library is taken, tried in processes of their own."""

import os
import shutil
import subprocess
import sys
import tempfile
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


def module(word, folder, **variables):
    """python -m time_client, with the modules of that folder."""
    environment = {**os.environ, **variables,
                   "PYTHONPATH": os.pathsep.join((folder, _ROOT))}
    return subprocess.run([sys.executable, "-m", "time_client", word],
                          cwd=folder, env=environment, timeout=120,
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
                        done.stdout, r"\A(time_client|UNKNOWN): neither "
                        r"thriftpy2 nor thriftpy is installed: pip install "
                        r"thriftpy2, .*\n\Z")

    def test_a_library_that_cannot_be_loaded_is_one_line_too(self):
        for fault in ("import what_it_depends_on", "1 +", "1 / 0"):
            with self.subTest(fault), tempfile.TemporaryDirectory() as folder:
                for name in ("thriftpy2", "thriftpy"):
                    with open(os.path.join(folder, name + ".py"), "w",
                              encoding="utf-8") as file:
                        file.write(fault)
                done = module("get_time", folder, TIME_CLIENT_THRIFT="")
                self.assertEqual(done.returncode, 1)
                self.assertRegex(
                    done.stdout, r"\Atime_client: thriftpy2 is installed, but "
                    r"cannot be loaded \(.+\): pip install .*\n\Z")

    def test_an_installation_without_its_idl_is_to_be_made_again(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(
                os.path.join(_ROOT, "time_client"),
                os.path.join(folder, "time_client"),
                ignore=shutil.ignore_patterns("*.thrift", "__pycache__"))
            for word, line in (
                    ("get_time", r"\Atime_client: this installation lacks "
                     r"time_service\.thrift: install it again \(.*\)\n\Z"),
                    ("check", r"\AUNKNOWN: this installation lacks .*\n\Z")):
                with self.subTest(word):
                    self.assertRegex(module(word, folder).stdout, line)
            done = run(f"import sys; sys.path.insert(0, {folder!r})\n"
                       "import time_client\ntry:\n    "
                       "time_client.TimeClient('localhost:1')\n"
                       "except time_client.ThriftMissing as error:\n"
                       "    print(error.__cause__)")
            self.assertIn(folder, done.stdout)

    def test_a_python_that_is_too_old_is_told_which_one_it_takes(self):
        with tempfile.TemporaryDirectory() as folder:
            # Python runs it before all else.
            with open(os.path.join(folder, "sitecustomize.py"), "w",
                      encoding="utf-8") as file:
                file.write("import sys\nsys.version_info = (3, 7, 17)\n"
                           "sys.version = '3.7.17 (default)'\n")
            done = module("get_time", folder)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"\A.*time_client needs Python 3\.8 or "
                         r"later, and this is 3\.7\.17.*\n\Z")

    def test_the_round_trips_work_without_cython(self):
        # thriftpy takes the pure Python classes when it thinks this is PyPy.
        done = run("import sys, types, unittest\n"
                   "sys.modules['__pypy__'] = types.ModuleType('__pypy__')\n"
                   "from time_client import _binding\n"
                   "assert 'Cy' not in _binding.binary.TBinaryProtocol"
                   ".__name__\n"
                   "unittest.main('tests.test_round_trip')", _binding.NAME)
        self.assertEqual(done.returncode, 0, done.stdout)
