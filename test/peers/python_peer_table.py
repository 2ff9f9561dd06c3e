"""The Python peers that the tests start: what runs them, and what they need to be there.

    PEERS_PYTHON        the interpreter of the virtual environment with requirements.txt
    TIMESERVICE_THRIFT  the Thrift compiler, as in system_test.py
"""

from __future__ import annotations

import atexit
import functools
import os
import subprocess
import sys
import tempfile
from typing import List, NamedTuple, Tuple

from peer_process import PATIENCE_S, ROOT
from system_test import need_compiler, runs_debian, skip

SOURCES = os.path.join(ROOT, "bench", "peers", "python")
VENV = os.environ.get("PEERS_PYTHON", os.path.join(ROOT, "build", "peers-venv", "bin", "python"))
DEBIAN = "/usr/bin/python3"


class Peer(NamedTuple):
    name: str
    python: str
    server: Tuple[str, ...]  # a file of SOURCES, and its flags
    client: Tuple[str, ...]
    library: str             # that `python` must be able to import
    generated: bool = False  # whether it imports what generate.py makes
    one_connection: bool = True

    def server_command(self) -> List[str]:
        return [self.python, os.path.join(SOURCES, self.server[0]), *self.server[1:]]

    def client_command(self) -> List[str]:
        return [self.python, os.path.join(SOURCES, self.client[0]), *self.client[1:]]


_NONBLOCKING = ("apache_server.py", "--server", "nonblocking")
PEERS = (
    Peer("grpc", VENV, ("grpc_server.py",), ("grpc_client.py",), "grpc_tools", generated=True),
    Peer("apache threadpool", VENV, ("apache_server.py",), ("apache_client.py",), "thrift", generated=True),
    Peer("apache nonblocking", VENV, _NONBLOCKING, ("apache_client.py", "--framed"), "thrift", generated=True),
    Peer("Debian's apache threadpool", DEBIAN, ("apache_server.py",), ("apache_client.py",), "thrift", generated=True),
    Peer("Debian's apache nonblocking", DEBIAN, _NONBLOCKING, ("apache_client.py", "--framed"), "thrift",
         generated=True),
    Peer("thriftpy2", VENV, ("thriftpy_server.py",), ("thriftpy_client.py",), "thriftpy2", one_connection=False),
    Peer("thriftpy", DEBIAN, ("thriftpy_server.py",), ("thriftpy_client.py",), "thriftpy", one_connection=False),
    Peer("rpyc", VENV, ("rpyc_server.py",), ("rpyc_client.py",), "rpyc"),
)


@functools.lru_cache(maxsize=None)
def imports(python: str, library: str) -> bool:
    return os.path.exists(python) and subprocess.run(
        [python, "-c", f"import {library}"], timeout=PATIENCE_S, stderr=subprocess.DEVNULL).returncode == 0


@functools.lru_cache(maxsize=None)
def _generate() -> None:
    """Once for all peers, into a folder of this test."""
    folder = tempfile.TemporaryDirectory(prefix="peers-python-")
    atexit.register(folder.cleanup)
    python = VENV if os.path.exists(VENV) else sys.executable
    subprocess.run([python, os.path.join(SOURCES, "generate.py"), folder.name], check=True, timeout=PATIENCE_S)
    os.environ["PEERS_GENERATED"] = folder.name


def need(peer: Peer) -> None:
    """Skips, aloud, unless the peer can run. Old thriftpy is nowhere but in Debian 12."""
    if not imports(peer.python, peer.library):
        skip(f"the peer {peer.name}", f"{peer.python} cannot import {peer.library}",
             excused=peer.library == "thriftpy" and not runs_debian("12"))
    if peer.generated:
        if peer.library == "thrift":
            need_compiler(f"the peer {peer.name}")
        _generate()
