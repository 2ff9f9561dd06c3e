"""A client without any Thrift library: bytes of the binary protocol, by hand.

A request for get_time(), strict and unframed, is these bytes:

    80 01 00 01                version 1, a call
    00 00 00 08 "get_time"     the method
    00 00 00 01                the sequence number
    00                         no arguments
"""

from __future__ import annotations

import re
import select
import socket
import struct
from types import TracebackType
from typing import List, Optional, Type

from system_test import PATIENCE_S

CALL, REPLY, EXCEPTION = 1, 2, 3
_VERSION_1 = 0x80010000
_I64, _STRING, _STRUCT_END = 10, 11, 0
CTIME_BYTES = 24


def message(method: str, seqid: int, fields: bytes = b"",
            kind: int = CALL) -> bytes:
    name = method.encode()
    return (struct.pack("!II", _VERSION_1 | kind, len(name)) + name
            + struct.pack("!i", seqid) + fields + bytes([_STRUCT_END]))


def string_field(field: int, text: bytes) -> bytes:
    return struct.pack("!BhI", _STRING, field, len(text)) + text


def get_time_request(seqid: int = 1) -> bytes:
    return message("get_time", seqid)


def get_time_reply(text: bytes, seqid: int = 1) -> bytes:
    return message("get_time", seqid, string_field(0, text), REPLY)


def exchange_request(seqid: int = 1) -> bytes:
    return message("exchange", seqid, struct.pack("!Bhq", _I64, 1, 0))


def server_send_ns_of(exchange_replies: bytes) -> List[int]:
    """When the server answered each of them; they are framed, one behind the
    other."""
    head = len(frame(message("exchange", 1))) - 1
    # Field 0 is a struct: of its fields 1 to 3, i64s, the last is meant. Then come
    # another i64, an i32 and two ends.
    before = head + 3 + 11 + 11 + 3
    size = before + 8 + 11 + 7 + 1 + 1
    assert len(exchange_replies) % size == 0, len(exchange_replies)
    return [struct.unpack_from("!q", exchange_replies, at + before)[0]
            for at in range(0, len(exchange_replies), size)]


def frame(payload: bytes) -> bytes:
    return struct.pack("!I", len(payload)) + payload


REPLY_BYTES = len(get_time_reply(b"x" * CTIME_BYTES))


def connect(endpoint: str) -> socket.socket:
    """Connects to an endpoint as the server writes it. Every wait on the socket
    is bounded."""
    if endpoint.startswith("unix:"):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(PATIENCE_S)
        try:
            sock.connect(endpoint[len("unix:"):])
        except OSError:
            sock.close()
            raise
        return sock
    host, _, port = endpoint.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), PATIENCE_S)


class RawClient:
    """A connection, for a ``with`` statement."""

    def __init__(self, endpoint: str) -> None:
        self.socket = connect(endpoint)

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def send_without_reading(self, request: bytes) -> int:
        """Sends that request again and again until the server takes no more,
        since nobody takes its replies; how many were sent, the last of them
        perhaps in part."""
        block = request * 1000
        sent = 0
        self.socket.settimeout(0)
        try:
            while select.select([], [self.socket], [], 0.3)[1]:
                offset = sent % len(request)
                sent += self.socket.send(
                    block[offset:len(block) - len(request) + offset])
        finally:
            self.socket.settimeout(PATIENCE_S)
        return -(-sent // len(request))

    def receive(self, size: int) -> bytes:
        """So many bytes; fewer only if the server closes before."""
        got = b""
        while len(got) < size:
            part = self.socket.recv(size - len(got))
            if not part:
                break
            got += part
        return got

    def receive_all(self) -> bytes:
        """What comes until the server closes. A reset closes as well: that is
        how the kernel closes a socket with bytes that nobody has read."""
        got = b""
        try:
            while True:
                part = self.socket.recv(65536)
                if not part:
                    return got
                got += part
        except (ConnectionResetError, BrokenPipeError):
            return got

    def readable(self, timeout_s: float) -> bool:
        """Whether bytes have come, or the end, within that time."""
        return bool(select.select([self.socket], [], [], timeout_s)[0])

    def get_time(self, seqid: int = 1, *, framed: bool) -> str:
        """A call. Throws AssertionError if the reply is not as it should be."""
        request = get_time_request(seqid)
        self.send(frame(request) if framed else request)
        return self.read_time(seqid, framed=framed)

    def read_time(self, seqid: int = 1, *, framed: bool) -> str:
        """The reply to a get_time() request that was sent before."""
        got = self.receive(REPLY_BYTES + (4 if framed else 0))
        text = got[-CTIME_BYTES - 1:-1]
        want = get_time_reply(text, seqid)
        assert got == (frame(want) if framed else want), got
        assert re.fullmatch(rb"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}",
                            text), got
        return text.decode()
