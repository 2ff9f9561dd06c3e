"""Clients of a Thrift server that have called once and now say nothing."""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import Iterator

from compare_process import Failed

_PATIENCE_S = 20.0
_NAME = b"get_time"
# A call without arguments, in the strict binary protocol.
_CALL = struct.pack(">II", 0x80010001, len(_NAME)) + _NAME + struct.pack(">IB", 0, 0)


@contextlib.contextmanager
def idle_clients(port: int, number: int, framed: bool) -> Iterator[None]:
    """They are connected until the end of `with`. Each makes a call first: or a server might
    not have taken note of it yet."""
    call = (struct.pack(">I", len(_CALL)) if framed else b"") + _CALL
    with contextlib.ExitStack() as stack:
        for index in range(number):
            try:
                client = stack.enter_context(socket.create_connection(("127.0.0.1", port), _PATIENCE_S))
                client.sendall(call)
                answered = bool(client.recv(4096))
            except OSError as error:
                raise Failed(f"{index} idle clients were served, and no more: {error}") from None
            if not answered:
                raise Failed(f"{index} idle clients were served, and no more: it closed the connection")
        yield
