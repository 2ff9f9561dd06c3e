"""A daemon of a package for a test: found where it may be, started, ended with the test."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from typing import Callable, Mapping, Optional, Sequence

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
from system_test import PATIENCE_S, ROOT, skip  # noqa: E402

# Where ./dev setup unpacks packages that would start a daemon if they were installed.
UNPACKED = os.path.join(ROOT, "build", "daemons")
_FOLDERS = ("usr/bin", "usr/sbin")
_PR_SET_PDEATHSIG = 1


def find_program(name: str) -> str:
    """Skips the test, aloud, where it is not."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *(os.path.join("/", folder) for folder in _FOLDERS),
                            *(os.path.join(UNPACKED, folder) for folder in _FOLDERS)])
    found = shutil.which(name, path=path)
    if found is None:
        skip(f"what needs {name}", "it is not there: ./dev setup fetches it")
    return found


def environment_of(program: str) -> Mapping[str, str]:
    """With the libraries that were unpacked beside it."""
    environment = dict(os.environ)
    if program.startswith(UNPACKED):
        folder = os.path.join(UNPACKED, "usr", "lib")
        environment["LD_LIBRARY_PATH"] = os.pathsep.join(
            os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith("-linux-gnu"))
    return environment


def _end_with_the_test() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class DaemonProcess:
    """It runs until the test is over, which kills it. What it writes goes to a file."""

    def __init__(self, test: unittest.TestCase, command: Sequence[str]) -> None:
        self._name = os.path.basename(command[0])
        folder = tempfile.TemporaryDirectory(prefix=self._name + "-")
        test.addCleanup(folder.cleanup)
        self._log = os.path.join(folder.name, "log")
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(command, env=environment_of(command[0]), stdin=subprocess.DEVNULL, stdout=log,
                                             stderr=log, cwd=folder.name, preexec_fn=_end_with_the_test)
        test.addCleanup(self._end)

    def log(self) -> str:
        with open(self._log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def wait_until(self, condition: Callable[[], bool], what: str, told: Optional[Callable[[], object]] = None) -> None:
        """Fails if it ends before that, or if that does not come true in time."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            code = self._process.poll()
            late = time.monotonic() > deadline
            if code is not None or late:
                raise AssertionError(f"{what}: not in time; {self._name}: exit code {code}; {told() if told else ''}\n"
                                     f"{self.log()[-4000:]}")
            time.sleep(0.01)

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
