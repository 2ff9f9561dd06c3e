"""What the system tests share: where the programs are, how a server is started
for a test, and what happens when a package that a test needs is absent.

The environment says where things are; CMake sets it.

    TIME_SERVER                the server program
    TIMESERVICE_IDL            time_service.thrift
    TIMESERVICE_THRIFT         the Thrift compiler
    TIMESERVICE_VENV_PYTHON    the interpreter of a virtual environment that has
                               what Debian does not package
    TIMESERVICE_NO_SKIP=1      an absent package is a failure, not a skip
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import unittest
from typing import Callable, List, Mapping, NoReturn, Optional, Tuple

from server_process import ServerProcess

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))

IDL = os.environ.get("TIMESERVICE_IDL",
                     os.path.join(ROOT, "idl", "time_service.thrift"))
THRIFT_COMPILER = os.environ.get("TIMESERVICE_THRIFT", "thrift")
VENV_PYTHON = os.environ.get("TIMESERVICE_VENV_PYTHON", os.path.join(
    ROOT, "build", "venv", "bin", "python"))
NO_SKIP = os.environ.get("TIMESERVICE_NO_SKIP") == "1"

# How long a test waits for what must happen; far more than it takes.
PATIENCE_S = 60.0

# The modes, and the transports that each carries. settings_test holds this
# table against what the server's --help says.
MODES: Mapping[str, Tuple[str, ...]] = {
    "simple": ("buffered", "framed"),
    "threaded": ("buffered", "framed"),
    "threadpool": ("buffered", "framed"),
    "nonblocking": ("framed",),
    "reactor": ("buffered", "framed"),
}
DEFAULT_MODE = "reactor"
# Those that take --io-threads.
EVENT_LOOP_MODES = ("nonblocking", "reactor")
MODES_AND_TRANSPORTS: List[Tuple[str, str]] = [
    (mode, transport) for mode, transports in MODES.items()
    for transport in transports]

# The server's time zone in tests that check the text of get_time(): a zone that
# needs no zone files, and that nobody lives in.
TIME_ZONE = "XXX+03:25"
_TIME_ZONE_OFFSET_S = -(3 * 3600 + 25 * 60)

# What the whole script exits with when it skipped all; CMake knows it.
_ALL_SKIPPED = 77


def has_ipv6() -> bool:
    """Says so aloud where it is absent."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        print("NOT TESTED: this host has no IPv6", file=sys.stderr, flush=True)
        return False


def free_port() -> int:
    """A port of 127.0.0.1, free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def has_sanitizer(*names: str) -> bool:
    """Whether the server is built with one of "asan", "tsan", "ubsan"."""
    with open(os.environ["TIME_SERVER"], "rb") as program:
        text = program.read()
    return any(f"__{name}_".encode() in text for name in names)


def local_times_since(before_s: float) -> List[str]:
    """What get_time() may have answered between `before_s` and now, from a
    server in TIME_ZONE."""
    return [time.asctime(time.gmtime(second + _TIME_ZONE_OFFSET_S))
            for second in range(int(before_s) - 1, int(time.time()) + 2)]


def skip(what: str, why: str, *, excused: bool = False) -> NoReturn:
    """Skips a test, and says so aloud. With TIMESERVICE_NO_SKIP=1 it fails
    instead, unless there is nothing that could be installed."""
    if NO_SKIP and not excused:
        raise AssertionError(f"not tested: {what} because {why}")
    print(f"SKIPPED: {what} because {why}", file=sys.stderr, flush=True)
    raise unittest.SkipTest(f"{what}: {why}")


def runs_debian(version: str) -> bool:
    try:
        with open("/etc/os-release", encoding="utf-8") as file:
            text = file.read()
    except OSError:
        return False
    return all(re.search(line, text, re.MULTILINE) for line in (
        r'^ID="?debian"?$', rf'^VERSION_ID="?{version}"?$'))


def need_apache(what: str) -> None:
    """Skips unless Apache Thrift's Python library and compiler are there."""
    try:
        import thrift.protocol.TBinaryProtocol  # noqa: F401
    except ImportError:
        skip(what, "python3-thrift is not installed, or not the python3-six that it needs")
    need_compiler(what)


def need_compiler(what: str) -> None:
    if shutil.which(THRIFT_COMPILER) is None:
        skip(what, f"the Thrift compiler {THRIFT_COMPILER!r} is not there")


def interpreter_with(library: str) -> Optional[str]:
    """An interpreter that can import it: this one, or the virtual
    environment's."""
    for python in (sys.executable, VENV_PYTHON):
        if os.path.exists(python) and subprocess.run(
                [python, "-c", f"import {library}"], timeout=PATIENCE_S,
                stderr=subprocess.DEVNULL).returncode == 0:
            return python
    return None


def need_thriftpy(library: str) -> str:
    """Skips unless thriftpy or thriftpy2 can be imported; the interpreter that
    can. Old thriftpy is nowhere to be had but in Debian 12."""
    python = interpreter_with(library)
    if python is None:
        skip(f"the clients of {library}",
             f"neither {sys.executable} nor {VENV_PYTHON} can import it",
             excused=library == "thriftpy" and not runs_debian("12"))
    return python


def run_where_installed(library: str) -> None:
    """Starts this script anew, with the interpreter that has the library, if
    that is not this one."""
    python = interpreter_with(library)
    if python is not None and python != sys.executable:
        os.execv(python, [python, *sys.argv])


class SystemTest(unittest.TestCase):
    """A test with servers of its own, which end with it."""

    longMessage = True
    maxDiff = None

    def server(self) -> ServerProcess:
        """One that is not started yet."""
        server = ServerProcess(os.environ["TIME_SERVER"])
        self.addCleanup(server.__exit__, None, None, None)
        return server

    def serve(self, *args: str, listen: Optional[str] = "127.0.0.1:0",
              env: Optional[Mapping[str, str]] = None) -> ServerProcess:
        """One that serves. When the test is over it must drain with exit code
        0; under a sanitizer that also means that it found nothing."""
        server = self.server()
        if listen is not None:
            args = (*args, "--listen", listen)
        server.start(args, env)
        self.addCleanup(self._check_stop, server)
        return server

    def _check_stop(self, server: ServerProcess) -> None:
        if server.running:
            self.assertEqual(server.stop(), 0, server.stderr())

    def eventually(self, condition: Callable[[], bool]) -> None:
        """Waits until it holds; fails if it does not in time."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            self.assertLess(time.monotonic(), deadline, "it never came true")
            time.sleep(0.005)

    def assert_good_client(self, server: ServerProcess) -> None:
        """A good client is served, on a connection of its own."""
        from raw_client import RawClient  # which uses this module
        with RawClient(server.endpoints[0]) as client:
            client.get_time(framed=True)


def main() -> NoReturn:
    result = unittest.main(exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    skipped_all = result.skipped and len(result.skipped) >= result.testsRun
    sys.exit(_ALL_SKIPPED if skipped_all else 0)
