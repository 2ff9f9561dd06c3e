"""THE table of what the matrix compares: a column for each library, a system for each way
that it serves. How a server is started stands in catalog.py.

    TIME_SERVER           this project's server
    TIMESERVICE_THRIFT    Thrift's compiler
    PEERS_PROBES          the folder of the C++ programs of programs/
    and what catalog.py reads
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from typing import List, NamedTuple, Sequence, Tuple

from link import Link, openers
from served_process import ServedProcess

CHECKS = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.dirname(CHECKS))
import catalog  # noqa: E402

ROOT = catalog.ROOT
PEERS = os.path.dirname(CHECKS)
PYTHON = catalog.VENV
BUILD = os.environ.get("BUILD_DIR") or os.path.join(ROOT, "build", "release")
TIME_SERVER = os.environ.get("TIME_SERVER") or os.path.join(BUILD, "time-server")
THRIFT = os.environ.get("TIMESERVICE_THRIFT") or "thrift"
PROGRAMS = os.path.join(CHECKS, "programs")
PROBES = os.environ.get("PEERS_PROBES") or os.path.join(BUILD, "bench", "peers", "checks", "programs")


# Packages of Python that call a family, or are the library.
_CALLED_BY = {"grpc": "grpc", "rpyc": "rpyc"}
_PACKAGES = {"apache-python": "thrift", "thriftpy2": "thriftpy2", "grpc-python": "grpc_tools", "rpyc": "rpyc"}


# Apache's TNonblockingServer says that it will serve before all its loops run: a connection
# that it gives to one that does not run yet, it closes.
_READY_TOO_EARLY = ("apache-nonblocking",)


class System(NamedTuple):
    column: str    # the library
    name: str      # of the way it serves
    library: str   # the key of the checks' tables
    family: str    # of openers()
    peer: str      # its key in the catalog
    flags: Tuple[str, ...] = ()  # unless a check names the same one

    @property
    def label(self) -> str:
        return f"{self.column}, {self.name}" if self.name else self.column

    def missing(self) -> str:
        """Why it cannot be run and called; "" if it can."""
        return self.missing_library() or _server(self.peer).missing()

    def missing_library(self) -> str:
        """Why this interpreter cannot call it, nor a Python library be asked; "" if it can."""
        for package in (_CALLED_BY.get(self.family), _PACKAGES.get(self.library)):
            if package and importlib.util.find_spec(package) is None:
                return f"{sys.executable} has no {package}"
        return ""

    def serve(self, *flags: str) -> ServedProcess:
        own = () if set(self.flags) & set(flags) else self.flags
        return ServedProcess([*_server(self.peer).command, *own, *flags],
                             *([self._answers] if self.peer in _READY_TOO_EARLY else []))

    def serve_by(self, runner: str, *flags: str) -> ServedProcess:
        """A Python peer, run by a program of PROGRAMS."""
        python, *words = _server(self.peer).command
        return ServedProcess([python, os.path.join(PROGRAMS, runner), *words, *flags])

    def _answers(self, port: int) -> bool:
        """Whether each of some connections is answered."""
        try:
            with contextlib.ExitStack() as links:
                for link in [links.enter_context(self.open(port)) for _ in range(8)]:
                    link.check_time()
            return True
        except (OSError, EOFError):
            return False

    def open(self, port: int, timeout_s: float = 3.0) -> Link:
        return openers()[self.family](port, timeout_s)


def _server(peer: str) -> catalog.Program:
    return next(row.server for row in catalog.PEERS if row.key == peer)


SYSTEMS: Sequence[System] = (
    System("ours", "reactor", "timeservice", "thrift", "reactor"),
    System("ours", "reactor with 16 threads", "timeservice", "thrift", "reactor-threads", ("--threads", "16")),
    System("ours", "threadpool", "timeservice", "thrift", "threadpool"),
    System("ours", "threaded", "timeservice", "thrift", "threaded"),
    System("ours", "nonblocking", "timeservice", "framed thrift", "nonblocking"),
    System("ours", "simple", "timeservice", "thrift", "simple"),
    System("Thrift C++", "threadpool", "apache-cpp", "thrift", "apache-threadpool"),
    System("Thrift C++", "threaded", "apache-cpp", "thrift", "apache-threaded"),
    System("Thrift C++", "nonblocking", "apache-cpp", "framed thrift", "apache-nonblocking"),
    System("Thrift Python", "threadpool", "apache-python", "thrift", "apache-python-threadpool"),
    System("Thrift Python", "nonblocking", "apache-python", "framed thrift", "apache-python-nonblocking"),
    System("thriftpy2", "", "thriftpy2", "thrift", "thriftpy2"),
    System("gRPC C++", "callback", "grpc-cpp", "grpc", "grpc-callback"),
    System("gRPC C++", "sync", "grpc-cpp", "grpc", "grpc-sync"),
    System("gRPC Python", "", "grpc-python", "grpc", "grpc-python"),
    System("RPyC", "", "rpyc", "rpyc", "rpyc"),
)


def columns() -> List[str]:
    return list(dict.fromkeys(system.column for system in SYSTEMS))


def ways_of(column: str) -> List[System]:
    """The systems of a column; the first stands for it."""
    return [system for system in SYSTEMS if system.column == column]
