"""What a stranger might send, by family: garbage, declared sizes that nothing follows, and
messages that end in the middle."""

from __future__ import annotations

import random
import struct
from typing import Dict

from thrift_link import message

_HUGE = 0x7FFFFFFF
_BODY = b"\xa5" * 65536  # something follows a declared size, and then no more
_GARBAGE = {f"garbage {seed}": bytes(random.Random(seed).randrange(256) for _ in range(4096)) for seed in range(3)}


def _string_field(number: int, length: int) -> bytes:
    return struct.pack(">bhi", 11, number, length)


def _thrift() -> Dict[str, bytes]:
    return {
        **_GARBAGE,
        "name of 2 GiB": struct.pack(">HHi", 0x8001, 1, _HUGE) + _BODY,
        "argument of 2 GiB": message("echo", 1)[:-1] + _string_field(1, _HUGE) + _BODY,
        "argument of -1 bytes": message("echo", 1)[:-1] + _string_field(1, -1) + _BODY,
        "argument of 90 MB": message("echo", 1)[:-1] + _string_field(1, 90_000_000) + _BODY,
        "list of 2^31 lists": message("echo", 1)[:-1] + struct.pack(">bhbi", 15, 7, 15, _HUGE) + _BODY,
        "nested structs": message("echo", 1)[:-1] + struct.pack(">bh", 12, 7) * 20000,
        "half a message": message("get_time", 1)[:14],
    }


def _framed() -> Dict[str, bytes]:
    in_frames = {name: struct.pack(">i", len(sent)) + sent for name, sent in _thrift().items()
                 if "half" not in name}
    return {
        **_GARBAGE,
        **in_frames,
        "frame of 2 GiB": struct.pack(">i", _HUGE) + _BODY,
        "frame of 90 MB": struct.pack(">i", 90_000_000) + _BODY,
        "frame of -1 bytes": struct.pack(">i", -1) + _BODY,
        "half a frame": message("get_time", 1, framed=True)[:14],
    }


def _grpc() -> Dict[str, bytes]:
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(4, 0, 0, b"")
    headers = b"".join(b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value for name, value in (
        (b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/peer.Peer/Echo"), (b":authority", b"localhost"),
        (b"te", b"trailers"), (b"content-type", b"application/grpc")))
    call = preface + _frame(1, 4, 1, headers)
    return {
        **_GARBAGE,
        "frame of 16 MB": preface + b"\xff\xff\xff" + struct.pack(">BBI", 0, 0, 1) + _BODY,
        "headers of 16 MB": preface + b"\xff\xff\xff" + struct.pack(">BBI", 1, 0, 1) + _BODY,
        "message of 2 GiB": call + _frame(0, 0, 1, struct.pack(">bI", 0, _HUGE) + b"\xa5" * 8192),
        "message of 90 MB": call + _frame(0, 0, 1, struct.pack(">bI", 0, 90_000_000) + b"\xa5" * 8192),
        "bad header block": preface + _frame(1, 4, 1, b"\xff" * 512),
        "argument of 2 GiB": call + _frame(0, 1, 1, struct.pack(">bI", 0, 6) + b"\x0a\xff\xff\xff\xff\x07"),
        "half a call": call[:-10],
    }


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def _rpyc() -> Dict[str, bytes]:
    def packet(data: bytes, compressed: int = 0) -> bytes:
        return struct.pack("!LB", len(data), compressed) + data + b"\n"

    return {
        **_GARBAGE,
        "packet of 4 GiB": struct.pack("!LB", 0xFFFFFFFF, 0) + _BODY,
        "packet of 90 MB": struct.pack("!LB", 90_000_000, 0) + _BODY,
        "bad compression": packet(b"\xa5" * 512, 1),
        "bad message": packet(b"\xa5" * 512),
        "nested tuples": packet(b"\x11" * 20000),
        "half a packet": packet(b"\0" * 64)[:30],
    }


def by_family() -> Dict[str, Dict[str, bytes]]:
    return {"thrift": _thrift(), "framed thrift": _framed(), "grpc": _grpc(), "rpyc": _rpyc()}
