"""A connected socket that speaks TLS, as far as Wire needs one.

Over memory and not with ssl.SSLSocket: that takes the descriptor over, so an
interrupt in the middle leaves it with two owners or none, and it does not tell
what a peer without TLS has said, nor what a peer said before it closed.
"""

from __future__ import annotations

import socket
import ssl

from ._deadline import Deadline

_CHUNK_BYTES = 1 << 16


class HandshakeCut(ConnectionError):
    """The peer closed the connection in the handshake."""


class TlsSocket:
    """Owns the socket. One thread at a time. Throws socket.timeout once the
    time is over, ssl.SSLError where TLS fails, other OSErrors as they come."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext,
                 server_name: str) -> None:
        self._sock = sock
        self._deadline = Deadline(0.0)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing,
                                     server_hostname=server_name)
        self.first_bytes = b""  # that the peer has sent

    def handshake(self, deadline: Deadline) -> None:
        self._deadline = deadline
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._send_encrypted()
                if not self._receive_encrypted():
                    raise HandshakeCut() from None
            except ssl.SSLError:
                self._send_alert()
                raise
            else:
                self._send_encrypted()
                return

    def settimeout(self, seconds: float) -> None:
        """For each call that follows, as a whole."""
        self._deadline = Deadline(seconds)

    def recv(self, size: int) -> bytes:
        """b"" when the peer has closed, also where that may be an attacker's
        work: a reply that is cut short is none in any case."""
        while True:
            try:
                return self._tls.read(size)
            except ssl.SSLWantReadError:
                self._send_encrypted()
                if not self._receive_encrypted():
                    return b""

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._tls.write(rest):]
        self._send_encrypted()

    def close(self) -> None:
        self._sock.close()

    def _receive_encrypted(self) -> bool:
        """False when the peer has closed."""
        self._arm()
        data = self._sock.recv(_CHUNK_BYTES)
        self.first_bytes = self.first_bytes or data[:8]
        self._incoming.write(data)
        return bool(data)

    def _send_encrypted(self) -> None:
        data = self._outgoing.read()
        if not data:
            return
        self._arm()
        try:
            self._sock.sendall(data)
        except ConnectionError:
            self._raise_alert()
            raise

    def _raise_alert(self) -> None:
        """A peer that refuses says so, closes, and then does not take what is
        still being sent: throws what it has said, as ssl.SSLError."""
        self._sock.setblocking(False)
        try:
            self._incoming.write(self._sock.recv(_CHUNK_BYTES))
            self._tls.read(1)
        except (BlockingIOError, ConnectionError, ssl.SSLWantReadError):
            pass

    def _send_alert(self) -> None:
        """Why the handshake is given up, for the peer's log, if it takes it at
        once."""
        self._sock.setblocking(False)
        try:
            self._sock.send(self._outgoing.read())
        except OSError:
            pass

    def _arm(self) -> None:
        remaining_s = self._deadline.remaining_s()
        if remaining_s <= 0.0:  # 0 would mean: do not block
            raise socket.timeout("timed out")
        self._sock.settimeout(remaining_s)
