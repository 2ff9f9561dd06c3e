"""The lowest Thrift transport: a connected socket, under a deadline.

thriftpy's own TSocket is not used: its timeout starts anew with every
recv(), so a server that sends a byte now and then is waited for without end;
and the one of thriftpy 0.3.9 has no IPv6 and leaks the descriptor of a
connection that the peer has reset.
"""

from __future__ import annotations

import socket
from typing import Union

from ._deadline import Deadline
from ._tls_socket import TlsSocket

Stream = Union[socket.socket, TlsSocket]

# The longest reply is that to to_local: 10,000 texts of a format of 128 bytes,
# which may write "Wednesday" 64 times. What claims to be longer is something
# else read as a length, and must not be waited for or stored.
MAX_REPLY_BYTES = 8 << 20


class ReplyTooLong(Exception):
    """The peer announces or sends more than MAX_REPLY_BYTES."""


class Wire:
    """Owns the socket. Throws socket.timeout once the deadline has passed,
    EOFError when the peer has closed, other OSErrors as they come."""

    def __init__(self, sock: Stream) -> None:
        self._sock = sock
        self._deadline = Deadline(0.0)
        self.received_bytes = 0
        self.first_bytes = b""  # that the peer has sent, a few of them

    def begin_call(self, deadline: Deadline) -> None:
        """To be called before each call. Counts what it receives from 0."""
        self._deadline = deadline
        self.received_bytes = 0

    def read(self, size: int) -> bytes:
        """1 to ``size`` bytes: the transport above asks again for the rest."""
        if max(size, self.received_bytes) > MAX_REPLY_BYTES:
            raise ReplyTooLong(f"over {MAX_REPLY_BYTES} bytes announced")
        self._arm()
        data = self._sock.recv(size)
        if not data:
            raise EOFError("closed by the peer")
        self.received_bytes += len(data)
        self.first_bytes = self.first_bytes or data[:8]
        return data

    def write(self, data: bytes) -> None:
        self._arm()
        self._sock.sendall(data)

    def _arm(self) -> None:
        remaining_s = self._deadline.remaining_s()
        if remaining_s <= 0.0:  # 0 would mean: do not block
            raise socket.timeout("timed out")
        self._sock.settimeout(remaining_s)

    def flush(self) -> None:
        """Nothing is held back here. The transport above calls it."""

    def close(self) -> None:
        # No shutdown(): after a fork() the parent still uses the connection.
        self._sock.close()
