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
from typing import Any, Callable, Dict, List, Optional

from time_client import _binding
from time_client._formats import PROTOCOLS, TRANSPORTS

Behaviour = Callable[[socket.socket], None]

# Bounds what a broken test can hang; no passing test waits so long.
PATIENCE_S = 60.0

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
        self.listener = socket.socket(self._family, socket.SOCK_STREAM)
        if self._family == socket.AF_UNIX:
            self._directory = tempfile.TemporaryDirectory()
            path = os.path.join(self._directory.name, "s")
            self.listener.bind(path)
            self.endpoint = f"unix:{path}"
        else:
            ipv6 = self._family == socket.AF_INET6
            try:
                self.listener.bind(("::1" if ipv6 else "127.0.0.1", 0))
            except OSError:
                self.listener.close()
                raise
            port = self.listener.getsockname()[1]
            self.endpoint = f"[::1]:{port}" if ipv6 else f"127.0.0.1:{port}"
        self.listener.listen()
        self._start(self._accept)
        return self

    def __exit__(self, *unused: object) -> None:
        self._stopping = True
        for sock in [self.listener, *self._sockets]:
            try:
                sock.shutdown(socket.SHUT_RDWR)  # wakes accept() and recv()
            except OSError:
                pass
        for thread in self._threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "a behaviour does not end"
        self.listener.close()
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
                sock, _ = self.listener.accept()
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
    """A handler of TimeService. Set an attribute to change an answer.

    Its only zones are "UTC" and "Test/Zone", an hour east until 1000 s and two
    hours from then on. ``failure`` is raised by each call that may. ``calls``
    are the arguments of those that were made, by method.
    """

    def __init__(self, time: str = "Tue Nov 24 21:30:56 2026") -> None:
        self.time = time
        self.failure: Optional[BaseException] = None
        self.calls: Dict[str, List[Any]] = {}
        self.interval = (10**18, 10**18 + 2000)
        self.next_timestamp = 10**18
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
            version="1.2.3", started_ns=5, tzdb_version="2026a",
            clock=_binding.idl.ClockStatus(
                now_ns=7, state=self.state, error_ns=self.error_ns,
                bound_source="fixed", steps=2, tai_offset_s=37,
                pending_leap_s=-1),
            oracle=_binding.idl.OracleStatus(
                role=1, leader="a:9090", last_timestamp=11, watermark=12,
                ahead_ns=13))

    def now(self, max_error_ns: int) -> Any:
        self._called("now", max_error_ns)
        return _binding.idl.TimeInterval(*self.interval, state=self.state)

    def get_timestamps(self, count: int) -> Any:
        self._called("get_timestamps", count)
        first = self.next_timestamp
        self.next_timestamp += count
        return _binding.idl.TimestampRange(first=first, count=count)

    def to_local(self, instants_ns: List[int], zone: str, format: str) -> Any:
        self._called("to_local", (instants_ns, zone, format))
        self._check_zone(zone)
        for index, instant in enumerate(instants_ns):
            if instant == -1 << 63:
                raise bad_request(4, index)
        return [_binding.idl.LocalTime(
            text=f"{instant}@{zone}", utc_offset_s=-3600, abbreviation="TST")
            for instant in instants_ns]

    def from_local(self, texts: List[str], zone: str, format: str,
                   policy: int) -> Any:
        self._called("from_local", (texts, zone, format, policy))
        self._check_zone(zone)
        for index, text in enumerate(texts):
            if not text.isdigit():
                raise bad_request(3, index)
        return [_binding.idl.ResolvedTime(
            instant_ns=int(text), kind=1, utc_offset_s=-3600)
            for text in texts]

    def zone_periods(self, zone: str, from_ns: int, until_ns: int) -> Any:
        self._called("zone_periods", (zone, from_ns, until_ns))
        self._check_zone(zone)
        change = 1000 * 10**9
        edges = [(min(max(start, from_ns), until_ns),
                  min(max(end, from_ns), until_ns), offset, name)
                 for start, end, offset, name in (
                     (from_ns, change, 3600, "ONE"),
                     (change, until_ns, 7200, "TWO"))]
        return [_binding.idl.ZonePeriod(*edge) for edge in edges
                if edge[0] < edge[1]]

    def list_zones(self) -> List[str]:
        self._called("list_zones", None)
        return ["Test/Zone", "UTC"]

    def _called(self, method: str, arguments: Any) -> None:
        self.calls.setdefault(method, []).append(arguments)
        if self.failure is not None:
            raise self.failure

    def _check_zone(self, zone: str) -> None:
        if zone not in ("", "Test/Zone", "UTC"):
            raise bad_request(1, -1)


def bad_request(code: int, index: int) -> Any:
    return _binding.idl.BadRequest(message="it is bad", code=code,
                                   index=index)


def serve(handler: object, protocol: str = "binary",
          transport: str = "buffered", calls: Optional[int] = None,
          service: Any = _binding.service) -> Behaviour:
    """Answers calls as Thrift does, then hangs up after the given number. A
    TApplicationException of the handler's is the reply, too."""
    def behaviour(sock: socket.socket) -> None:
        processor = _processor_class()(service, handler)
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


def _processor_class() -> Any:
    class Processor(_binding.thrift.TProcessor):  # type: ignore[misc]
        def process(self, iprot: Any, oprot: Any) -> None:
            name, seqid, result, call = self.process_in(iprot)

            def refuse(error: Any) -> None:
                self.send_exception(oprot, name, error, seqid)

            if isinstance(result, _binding.thrift.TApplicationException):
                return refuse(result)
            try:
                result.success = call()
            except _binding.thrift.TApplicationException as refusal:
                return refuse(refusal)
            except Exception as error:
                self.handle_exception(error, result)
            self.send_result(oprot, name, result, seqid)

    return Processor


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
