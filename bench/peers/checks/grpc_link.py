"""gRPC's own client with messages encoded by hand, so that no generated code is needed."""

from __future__ import annotations

import threading
from typing import Callable, List

import grpc
from link import Link

TIME, WAIT = "/peer.Peer/GetTime", "/peer.Peer/Wait"


def varint(value: int) -> bytes:
    encoded = b""
    while value > 127:
        encoded += bytes([value & 127 | 128])
        value >>= 7
    return encoded + bytes([value])


def number_of(message: bytes) -> int:
    """Field 1 of a message that has nothing else."""
    return sum((byte & 127) << 7 * index for index, byte in enumerate(message[1:]))


def text_of(message: bytes) -> str:
    """Field 1, shorter than 128 bytes, of a message that has nothing else."""
    if len(message) < 2 or message[0] != 10 or message[1] != len(message) - 2:
        raise ValueError(f"{message!r} is no message with one short text")
    return message[2:].decode()


def wait_request(milliseconds: int) -> bytes:
    return b"\x08" + varint(milliseconds)


def channel(port: int, credentials: object = None) -> grpc.Channel:
    # Channels to one address would share a connection.
    options = [("grpc.use_local_subchannel_pool", 1)]
    if credentials is None:
        return grpc.insecure_channel(f"127.0.0.1:{port}", options=options)
    return grpc.secure_channel(f"127.0.0.1:{port}", credentials, options=options)


class GrpcLink(Link):
    def __init__(self, port: int, timeout_s: float, credentials: object = None) -> None:
        self._timeout_s = timeout_s
        self._channel = channel(port, credentials)
        self._time = self._channel.unary_unary(TIME)
        self._wait = self._channel.unary_unary(WAIT)

    def close(self) -> None:
        self._channel.close()

    def get_time(self) -> str:
        return text_of(self._time(b"", timeout=self._timeout_s))

    def begin_wait(self, milliseconds: int) -> Callable[[], int]:
        future = self._wait.future(wait_request(milliseconds), timeout=self._timeout_s)
        return lambda: number_of(future.result())

    def together(self, slow_ms: int, quick: int) -> List[int]:
        order: List[int] = []
        lock = threading.Lock()

        def replied(index: int) -> None:
            with lock:
                order.append(index)

        futures = [self._wait.future(wait_request(slow_ms), timeout=self._timeout_s)]
        futures += [self._time.future(b"", timeout=self._timeout_s) for _ in range(quick)]
        for index, future in enumerate(futures):
            future.add_done_callback(lambda done, index=index: replied(index))
        for future in futures:
            future.result()
        # The last callback may run after its result is there.
        while len(order) < len(futures):
            threading.Event().wait(0.001)
        return order
