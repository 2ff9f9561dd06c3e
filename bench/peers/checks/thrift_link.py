"""Thrift's binary protocol by hand, so that the bytes are the check's own: buffered or
framed, one call after another or many before a reply is read."""

from __future__ import annotations

import socket
import struct
from typing import Callable, List, Tuple

from link import Link

_CALL, _REPLY = 1, 2
_STRING, _I32 = 11, 8


def message(name: str, seqid: int, arguments: bytes = b"", framed: bool = False) -> bytes:
    """A call, strict; `arguments` are the fields without the struct's end."""
    word = name.encode()
    body = struct.pack(">HHi", 0x8001, _CALL, len(word)) + word + struct.pack(">i", seqid) + arguments + b"\0"
    return struct.pack(">i", len(body)) + body if framed else body


def i32_field(number: int, value: int) -> bytes:
    return struct.pack(">bhi", _I32, number, value)


class Refused(Exception):
    """The server answered with an exception."""


class ThriftLink(Link):
    def __init__(self, port: int, timeout_s: float, framed: bool) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._framed = framed
        self._seqid = 0
        self._unread = b""

    @classmethod
    def over(cls, connection: socket.socket, framed: bool = False) -> ThriftLink:
        """On a connection that is there already."""
        link = cls.__new__(cls)
        link._socket, link._framed, link._seqid, link._unread = connection, framed, 0, b""
        return link

    def close(self) -> None:
        self._socket.close()

    def send(self, name: str, arguments: bytes = b"") -> int:
        """Its seqid."""
        self._seqid += 1
        self._socket.sendall(message(name, self._seqid, arguments, self._framed))
        return self._seqid

    def get_time(self) -> str:
        self.send("get_time")
        return self.receive()[1].decode()

    def begin_wait(self, milliseconds: int) -> Callable[[], int]:
        self.send("wait", i32_field(1, milliseconds))
        return lambda: struct.unpack(">i", self.receive()[1])[0]

    def together(self, slow_ms: int, quick: int) -> List[int]:
        first = self._seqid + 1
        calls = message("wait", first, i32_field(1, slow_ms), self._framed)
        calls += b"".join(message("get_time", first + 1 + index, b"", self._framed) for index in range(quick))
        self._seqid += 1 + quick
        self._socket.sendall(calls)
        return [self.receive()[0] - first for _ in range(1 + quick)]

    def receive(self) -> Tuple[int, bytes]:
        """The seqid and the result of the next reply: a string's bytes, or an i32's."""
        if self._framed:
            self._read(4)
        kind, length = struct.unpack(">xxxbi", self._read(8))
        self._read(length)
        seqid, = struct.unpack(">i", self._read(4))
        if kind != _REPLY:
            text = dict(self._fields()).get(1, b"").decode(errors="replace")
            raise Refused(text or "an exception without a text")
        fields = self._fields()
        if len(fields) != 1 or fields[0][0] != 0:
            raise ValueError(f"reply {seqid} has the fields {fields}")
        return seqid, fields[0][1]

    def _fields(self) -> List[Tuple[int, bytes]]:
        fields = []
        while True:
            kind, = self._read(1)
            if kind == 0:
                return fields
            number, = struct.unpack(">h", self._read(2))
            if kind not in (_STRING, _I32):
                raise ValueError(f"a reply's field has the type {kind}")
            fields.append((number, self._read(struct.unpack(">i", self._read(4))[0] if kind == _STRING else 4)))

    def _read(self, length: int) -> bytes:
        while len(self._unread) < length:
            more = self._socket.recv(65536)
            if not more:
                raise ConnectionError("the server closed the connection")
            self._unread += more
        taken, self._unread = self._unread[:length], self._unread[length:]
        return taken
