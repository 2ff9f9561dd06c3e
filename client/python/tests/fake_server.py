"""A server in this process, whose every connection behaves as told.

    with FakeServer(serve(FakeClock())) as server:
        time_client.connect(server.endpoint)

The nth connection gets the nth behaviour; the last one serves all later
connections too. A behaviour is called with the connected socket, in a thread
of its own, and the socket is closed when it returns.
"""

from __future__ import annotations

import os
import socket
import tempfile
import threading
import unittest
from types import SimpleNamespace
from typing import Any, Callable, List, Optional

from time_client import _binding
from time_client._formats import PROTOCOLS, TRANSPORTS

Behaviour = Callable[[socket.socket], None]

# Bounds what a broken test can hang; no passing test waits so long.
PATIENCE_S = 20.0

# What a server sends back to a connection's first get_time, in binary.
TIME_REPLY = (bytes.fromhex("80010002 00000008") + b"get_time"
              + bytes.fromhex("00000001 0b0000 00000002") + b"ok" + b"\0")


class FakeServer:
    def __init__(self, *behaviours: Behaviour,
                 family: int = socket.AF_INET) -> None:
        self._behaviours = behaviours
        self._family = family
        self._threads: List[threading.Thread] = []
        self._sockets: List[socket.socket] = []
        self._errors: List[BaseException] = []
        self._stopping = False
        self.connections = 0
        self._accepted = threading.Condition()
        self.endpoint = ""

    def __enter__(self) -> FakeServer:
        self._listener = socket.socket(self._family, socket.SOCK_STREAM)
        if self._family == socket.AF_UNIX:
            self._directory = tempfile.TemporaryDirectory()
            path = os.path.join(self._directory.name, "s")
            self._listener.bind(path)
            self.endpoint = f"unix:{path}"
        else:
            ipv6 = self._family == socket.AF_INET6
            try:
                self._listener.bind(("::1" if ipv6 else "127.0.0.1", 0))
            except OSError:
                self._listener.close()
                raise
            port = self._listener.getsockname()[1]
            self.endpoint = f"[::1]:{port}" if ipv6 else f"127.0.0.1:{port}"
        self._listener.listen()
        self._start(self._accept)
        return self

    def __exit__(self, *unused: object) -> None:
        self._stopping = True
        for sock in [self._listener, *self._sockets]:
            try:
                sock.shutdown(socket.SHUT_RDWR)  # wakes accept() and recv()
            except OSError:
                pass
        for thread in self._threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "a behaviour does not end"
        self._listener.close()
        if self._family == socket.AF_UNIX:
            self._directory.cleanup()
        if self._errors:
            raise self._errors[0]

    def wait_for_connections(self, count: int) -> None:
        """Until there have been so many, in all."""
        with self._accepted:
            assert self._accepted.wait_for(
                lambda: self.connections >= count, PATIENCE_S)

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.settimeout(PATIENCE_S)
            behaviour = self._behaviours[
                min(self.connections, len(self._behaviours) - 1)]
            with self._accepted:
                self.connections += 1
                self._accepted.notify_all()
            self._sockets.append(sock)
            self._start(self._handle, behaviour, sock)

    def _handle(self, behaviour: Behaviour, sock: socket.socket) -> None:
        try:
            behaviour(sock)
        except (ConnectionError, OSError, EOFError):
            pass  # the client has gone, or the test has ended
        except BaseException as error:
            if not self._stopping:
                self._errors.append(error)
        finally:
            sock.close()


class FakeClock:
    """A handler of TimeService. Set an attribute to change an answer."""

    def __init__(self, time: str = "Tue Nov 24 21:30:56 2026") -> None:
        self.time = time
        self.error_ns = 1000
        self.state: Optional[int] = 1
        self.receive_ns: Callable[[int], int] = lambda sent_ns: sent_ns
        self.send_ns: Callable[[int], int] = lambda sent_ns: sent_ns

    def get_time(self) -> str:
        return self.time

    def exchange(self, client_send_ns: int) -> Any:
        return _binding.idl.ClockExchange(
            client_send_ns=client_send_ns,
            server_receive_ns=self.receive_ns(client_send_ns),
            server_send_ns=self.send_ns(client_send_ns),
            error_ns=self.error_ns, state=self.state)

    def get_status(self) -> Any:
        return _binding.idl.ServerStatus(
            version="1.2.3", started_ns=5,
            clock=_binding.idl.ClockStatus(
                now_ns=7, state=self.state, error_ns=self.error_ns))


def serve(handler: object, protocol: str = "binary",
          transport: str = "buffered", calls: Optional[int] = None,
          service: Any = _binding.service) -> Behaviour:
    """Answers calls as Thrift does, then hangs up after the given number."""
    def behaviour(sock: socket.socket) -> None:
        processor = _binding.thrift.TProcessor(service, handler)
        stream = TRANSPORTS[transport].make(
            _binding.transport.TSocket(sock=sock))
        count = 0
        while calls is None or count < calls:
            wire = PROTOCOLS[protocol].make(stream)
            try:
                processor.process(wire, wire)
            except _binding.transport.TTransportException:
                return  # end of stream
            count += 1
    return behaviour


def only_get_time() -> Any:
    """TimeService as it was before its other calls."""
    return SimpleNamespace(
        thrift_services=["get_time"],
        get_time_args=_binding.service.get_time_args,
        get_time_result=_binding.service.get_time_result)


def silent(sock: socket.socket) -> None:
    """Takes everything and says nothing."""
    while sock.recv(4096):
        pass


def hang_up(sock: socket.socket) -> None:
    """Reads a request and closes."""
    sock.recv(4096)


def reply_bytes(data: bytes, then: Behaviour = silent) -> Behaviour:
    """Answers the first request with these bytes."""
    def behaviour(sock: socket.socket) -> None:
        sock.recv(4096)
        sock.sendall(data)
        then(sock)
    return behaviour


def refusing_endpoint(listener: socket.socket) -> str:
    """Makes an endpoint at which nothing listens and that nothing else can
    take: the socket is bound and no more."""
    listener.bind(("127.0.0.1", 0))
    return f"127.0.0.1:{listener.getsockname()[1]}"


def assert_says(test: unittest.TestCase, error: BaseException,
                *parts: str) -> None:
    """The error's text is one line that holds all of these."""
    for part in parts:
        test.assertIn(part, str(error))
    test.assertNotIn("\n", str(error))
