"""THE table of peers: what is compared, how it is started and called, what it needs.

It feeds the comparison, its report and the tests. A Peer is a server; a Pair is a server
and one of its clients, in C++ or in Python, which is what can be measured.

    PEERS_PROGRAMS  the folder with the C++ programs; build/release/bench/peers/cpp
    PEERS_PYTHON    the interpreter with requirements.txt; build/peers-venv/bin/python
    PEERS_GENERATED the code that generate.py made; build/peers-python
"""

from __future__ import annotations

import functools
import os
import subprocess
from dataclasses import dataclass, replace
from typing import List, Tuple

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PROGRAMS = os.environ.get("PEERS_PROGRAMS") or os.path.join(ROOT, "build", "release", "bench", "peers", "cpp")
VENV = os.environ.get("PEERS_PYTHON") or os.path.join(ROOT, "build", "peers-venv", "bin", "python")
GENERATED = os.environ.get("PEERS_GENERATED") or os.path.join(ROOT, "build", "peers-python")
DEBIAN = "/usr/bin/python3"
_IMPORT_S = 60.0


@dataclass(frozen=True)
class Program:
    """What runs, and what must be there for it."""

    command: Tuple[str, ...]
    python_library: str = ""  # that the interpreter, the command's first word, must import
    generated: str = ""       # a file of GENERATED

    def missing(self) -> str:
        """Why it cannot run; empty if it can."""
        for path in (word for word in self.command[:2] if os.path.isabs(word)):
            if not os.path.exists(path):
                return f"{path} is missing: ./dev compare makes it"
        if self.python_library and not _imports(self.command[0], self.python_library):
            return f"{self.command[0]} cannot import {self.python_library}"
        if self.generated and not os.path.exists(os.path.join(GENERATED, self.generated)):
            return f"{GENERATED} has no {self.generated}: bench/peers/python/generate.py makes it"
        return ""


@functools.lru_cache(maxsize=None)
def _imports(python: str, library: str) -> bool:
    return subprocess.run([python, "-c", f"import {library}"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, timeout=_IMPORT_S).returncode == 0


@dataclass(frozen=True)
class Client:
    key: str
    name: str
    language: str  # C++ or Python
    program: Program


@dataclass(frozen=True)
class Peer:
    key: str
    name: str
    framework: str
    language: str
    server: Program
    clients: Tuple[Client, ...]
    project: str = ""       # its row of compare_costs.PROJECTS; one in the same language
    threads: int = 16       # that it is told to have; 0: as it comes
    quick: bool = True      # whether it is in the quick comparison

    def quickly(self) -> Peer:
        """With fewer clients: those in its own language, but for this project's."""
        return replace(self, clients=tuple(client for client in self.clients
                                           if self.framework == OURS or client.language == self.language))


@dataclass(frozen=True)
class Pair:
    peer: Peer
    client: Client

    @property
    def key(self) -> str:
        return f"{self.peer.key}/{self.client.key}"

    def missing(self) -> str:
        return self.peer.server.missing() or self.client.program.missing()


def cpp(name: str, *flags: str) -> Program:
    return Program((os.path.join(PROGRAMS, name), *flags))


def python(interpreter: str, library: str, name: str, *flags: str, generated: str = "") -> Program:
    return Program((interpreter, os.path.join(HERE, "python", name), *flags), library, generated)


_THRIFT = "peer/Peer.py"
_GRPC = "peer_pb2_grpc.py"

CPP_THRIFT = Client("thrift-cpp", "Apache Thrift", "C++", cpp("thrift_client"))
CPP_FRAMED = Client("thrift-cpp", "Apache Thrift", "C++", cpp("thrift_client", "--framed"))
CPP_GRPC = Client("grpc-cpp", "gRPC", "C++", cpp("grpc_client"))
PY_THRIFT = Client("thrift-python", "Apache Thrift", "Python",
                   python(VENV, "thrift", "apache_client.py", generated=_THRIFT))
PY_FRAMED = Client("thrift-python", "Apache Thrift", "Python",
                   python(VENV, "thrift", "apache_client.py", "--framed", generated=_THRIFT))
PY_DEBIAN = Client("thrift-debian", "Debian's Apache Thrift", "Python",
                   python(DEBIAN, "thrift", "apache_client.py", generated=_THRIFT))
PY_DEBIAN_FRAMED = Client("thrift-debian", "Debian's Apache Thrift", "Python",
                          python(DEBIAN, "thrift", "apache_client.py", "--framed", generated=_THRIFT))
PY_GRPC = Client("grpc-python", "gRPC", "Python", python(VENV, "grpc", "grpc_client.py", generated=_GRPC))
PY_THRIFTPY2 = Client("thriftpy2", "thriftpy2", "Python", python(VENV, "thriftpy2", "thriftpy_client.py"))
PY_THRIFTPY = Client("thriftpy", "thriftpy", "Python", python(DEBIAN, "thriftpy", "thriftpy_client.py"))
PY_RPYC = Client("rpyc", "RPyC", "Python", python(VENV, "rpyc", "rpyc_client.py"))

OURS = "timeservice"


def _ours(key: str, name: str, *flags: str, clients: Tuple[Client, ...] = (CPP_THRIFT,), threads: int = 0,
          quick: bool = False) -> Peer:
    return Peer(key, name, OURS, "C++", cpp("thrift_host_server", *flags), clients, "timeservice", threads, quick)


def _apache_cpp(server: str, client: Client, *more: Client, threads: int = 16, quick: bool = True) -> Peer:
    return Peer(f"apache-{server}", f"Apache Thrift C++, {server}", "Apache Thrift", "C++",
                cpp("apache_server", "--server", server), (client, *more), "thrift_cpp", threads, quick)


def _apache_python(key: str, where: str, interpreter: str, server: str, *clients: Client, threads: int = 16,
                   quick: bool = False, project: str = "thrift") -> Peer:
    return Peer(key, f"{where} Python, {server}", "Apache Thrift", "Python",
                python(interpreter, "thrift", "apache_server.py", "--server", server, generated=_THRIFT),
                clients, project, threads, quick)


# What every ratio is to; the second is the same under another name, and tells the noise.
REFERENCE = "reactor"
CONTROL = "reactor-again"

# Servers that hold a thread for each connection need as many as there are connections.
_A_THREAD_EACH = 80

PEERS: Tuple[Peer, ...] = (
    _ours(REFERENCE, "timeservice reactor", "--mode", "reactor", clients=(CPP_THRIFT, PY_THRIFT, PY_THRIFTPY2),
          quick=True),
    _ours(CONTROL, "timeservice reactor, again", "--mode", "reactor", clients=(CPP_THRIFT, PY_THRIFT), quick=True),
    _ours("reactor-threads", "timeservice reactor, 16 threads", "--mode", "reactor", threads=16),
    _ours("threaded", "timeservice threaded", "--mode", "threaded"),
    _ours("threadpool", "timeservice threadpool", "--mode", "threadpool", threads=16, quick=True),
    _ours("nonblocking", "timeservice nonblocking", "--mode", "nonblocking", clients=(CPP_FRAMED,)),
    _ours("simple", "timeservice simple", "--mode", "simple"),
    _apache_cpp("threaded", CPP_THRIFT, quick=False),
    _apache_cpp("threadpool", CPP_THRIFT, PY_THRIFT, threads=_A_THREAD_EACH),
    _apache_cpp("nonblocking", CPP_FRAMED, quick=False),
    Peer("grpc-callback", "gRPC C++, callback", "gRPC", "C++", cpp("grpc_callback_server"), (CPP_GRPC, PY_GRPC),
         "grpc_cpp", threads=0),
    Peer("grpc-sync", "gRPC C++, sync", "gRPC", "C++", cpp("grpc_sync_server"), (CPP_GRPC,), "grpc_cpp", threads=0,
         quick=False),
    Peer("grpc-python", "gRPC Python", "gRPC", "Python", python(VENV, "grpc", "grpc_server.py", generated=_GRPC),
         (CPP_GRPC, PY_GRPC), "grpc"),
    _apache_python("apache-python-threadpool", "Apache Thrift", VENV, "threadpool", CPP_THRIFT, PY_THRIFT,
                   threads=_A_THREAD_EACH, quick=True),
    _apache_python("apache-python-nonblocking", "Apache Thrift", VENV, "nonblocking", CPP_FRAMED, PY_FRAMED),
    _apache_python("debian-python-threadpool", "Debian's Apache Thrift", DEBIAN, "threadpool", PY_DEBIAN,
                   threads=_A_THREAD_EACH, project="thrift_debian"),
    _apache_python("debian-python-nonblocking", "Debian's Apache Thrift", DEBIAN, "nonblocking", PY_DEBIAN_FRAMED,
                   project="thrift_debian"),
    Peer("thriftpy2", "thriftpy2", "thriftpy2", "Python", python(VENV, "thriftpy2", "thriftpy_server.py"),
         (CPP_THRIFT, PY_THRIFTPY2), "thriftpy2"),
    Peer("thriftpy", "thriftpy", "thriftpy", "Python", python(DEBIAN, "thriftpy", "thriftpy_server.py"),
         (PY_THRIFTPY,), "thriftpy", quick=False),
    Peer("rpyc", "RPyC, threaded", "RPyC", "Python", python(VENV, "rpyc", "rpyc_server.py"), (PY_RPYC,), "rpyc"),
)


def pairs(peers: Tuple[Peer, ...]) -> List[Pair]:
    return [Pair(peer, client) for peer in peers for client in peer.clients]
