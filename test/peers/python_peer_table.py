"""The Python peers that the tests start: what runs them, and what they need to be there.

Environment: as system_test.py and generated_code.py.
"""

from __future__ import annotations

import functools
import os
import subprocess
from typing import List, NamedTuple, Tuple

from generated_code import SOURCES, VENV, generate
from peer_process import PATIENCE_S
from system_test import need_compiler, runs_debian, skip

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


def need(peer: Peer) -> None:
    """Skips, aloud, unless the peer can run. Old thriftpy is nowhere but in Debian 12."""
    if not imports(peer.python, peer.library):
        skip(f"the peer {peer.name}", f"{peer.python} cannot import {peer.library}",
             excused=peer.library == "thriftpy" and not runs_debian("12"))
    if peer.generated:
        if peer.library == "thrift":
            need_compiler(f"the peer {peer.name}")
        generate()
