"""What systemd does for a service, for a test: hands over listening sockets, and
listens for what the service tells (sd_notify)."""

from __future__ import annotations

import os
import select
import socket
import sys
import time
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

from server_process import ServerFailed, ServerProcess
from system_test import PATIENCE_S

# Puts the descriptors where systemd does and no others, names this very process, and becomes
# the program.
_LAUNCH = """
import fcntl, os, sys
count = int(sys.argv[1])
high = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 100) for fd in sys.argv[2:2 + count]]
for at, fd in enumerate(high):
    os.dup2(fd, 3 + at)
    os.close(fd)
os.closerange(3 + count, 100)
os.environ["LISTEN_PID"] = os.environ.get("LISTEN_PID", str(os.getpid()))
os.execv(sys.argv[2 + count], sys.argv[2 + count:])
"""


class ActivatedServer(ServerProcess):
    """A server to which sockets are handed over: pairs of a name and a socket. They
    stay open here, as they do in systemd, while the server is replaced."""

    def __init__(self, binary: str, sockets: Sequence[Tuple[str, socket.socket]]) -> None:
        super().__init__(sys.executable, pass_fds=[sock.fileno() for _, sock in sockets])
        self._launch = ["-c", _LAUNCH, str(len(sockets)), *(str(sock.fileno()) for _, sock in sockets), binary]
        self._handed_over = {"LISTEN_FDS": str(len(sockets)), "LISTEN_FDNAMES": ":".join(name for name, _ in sockets)}

    def spawn(self, args: Sequence[str] = (), env: Optional[Mapping[str, str]] = None) -> ServerProcess:
        return super().spawn([*self._launch, *args], {**self._handed_over, **(env or {})})


def listening_tcp(host: str = "127.0.0.1", backlog: int = 1024) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, 0), family=family, backlog=backlog)


def listening_unix(path: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(path)
    sock.listen(1024)
    return sock


class NotifySocket:
    """Where a service tells how it is: a message is a mapping of its lines."""

    def __init__(self, directory: str) -> None:
        self.path = os.path.join(directory, "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self.messages: List[Dict[str, str]] = []

    def close(self) -> None:
        self._socket.close()

    def next_with(self, key: str) -> Dict[str, str]:
        """The next message that has such a line; those before it are passed over."""
        deadline = time.monotonic() + PATIENCE_S
        while select.select([self._socket], [], [], max(0.0, deadline - time.monotonic()))[0]:
            text = self._socket.recv(65536).decode()
            message = dict(line.split("=", 1) for line in text.splitlines())
            self.messages.append(message)
            if key in message:
                return message
        raise ServerFailed(f"no {key}= within {PATIENCE_S} s, but {self.messages}")
