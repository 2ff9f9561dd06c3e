"""TimeClient: the calls of TimeService, with reconnect and failover."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from types import TracebackType
from typing import (Any, Callable, Iterator, Mapping, Optional, Sequence,
                    Type, TypeVar, Union)

from ._comparison import Sample, compare
from ._connection import Connection
from ._deadline import Deadline
from ._dial import dial
from ._endpoint import parse_endpoint
from ._formats import make_format
from ._replies import BadValue, read_sample, read_status, read_text
from ._retry import backoff_s
from .errors import (CallTimeout, ConnectError, ConnectionLost,
                     DeclaredError, ProtocolMismatch, ServerError, UsageError)
from .results import ClockComparison, ServerStatus

_LONGEST_TIMEOUT_S = 86400.0

_Value = TypeVar("_Value")


class TimeClient:
    """A client of one TimeService that listens on one or more endpoints.

    Holds at most one connection, made at the first call and kept. Threads may
    share a client: a lock lets one call through at a time (the wait counts as
    part of its timeout). For calls in parallel take a client per thread.
    After fork() parent and child may both go on: the child reconnects.

    Arguments are as for ``connect()``, which also connects at once.

    Every call throws
      ConnectError      when no endpoint accepts a connection,
      ConnectionLost    when the connection ends before the reply,
      CallTimeout       when the reply is late,
      ProtocolMismatch  when the reply cannot be decoded,
      ServerError       when the server cannot do the call,
      UsageError        after close().
    After each of them the client may be used again: where the connection
    could still hold the late reply of the failed call, it has been closed.
    """

    def __init__(self, endpoint: Union[str, Sequence[str]], *,
                 protocol: str = "binary", transport: str = "buffered",
                 timeout: float = 5.0,
                 connect_timeout: Optional[float] = None,
                 retries: int = 2) -> None:
        texts = [endpoint] if isinstance(endpoint, str) else list(endpoint)
        if not texts:
            raise UsageError("at least one endpoint is needed, "
                             "as localhost:9090")
        self._endpoints = [parse_endpoint(text) for text in texts]
        self._format = make_format(protocol, transport)
        self._timeout_s = _check_timeout("timeout", timeout)
        self._connect_timeout_s = (
            self._timeout_s if connect_timeout is None
            else _check_timeout("connect_timeout", connect_timeout))
        self._retries = _check_count("retries", retries, least=0)
        self._lock = threading.Lock()
        self._connection: Optional[Connection] = None
        self._next = 0  # index of the endpoint to try first
        self._owner_pid = os.getpid()
        self._closed = False

    def get_time(self) -> str:
        """The server's local time as ctime(3) writes it, for people:
        "Tue Nov 24 21:30:56 2026", 24 characters, in the server's zone."""
        return self._read("get_time", read_text, self._call("get_time"))

    def exchange(self, samples: int = 8) -> ClockComparison:
        """Compares this host's clock with the server's.

        Makes ``samples`` NTP-style exchanges, one call each with a timeout of
        its own, and keeps the one of least delay. More of them find a shorter
        delay and so a tighter bound. Also throws ClockStepped.
        """
        _check_count("samples", samples, least=1)
        return compare([self._exchange_once() for _ in range(samples)])

    def get_status(self) -> ServerStatus:
        """The server's version, start and clock, for dashboards."""
        return self._read("get_status", read_status, self._call("get_status"))

    @property
    def endpoint(self) -> Optional[str]:
        """The endpoint of the present connection, None if there is none."""
        connection = self._connection
        return None if connection is None else str(connection.endpoint)

    def open(self) -> None:
        """Connects now, if not connected, rather than at the next call."""
        self._with_retries(lambda connection, deadline: None)

    def close(self) -> None:
        """Closes the connection, after the call of another thread if one is
        under way. The client cannot be used any more. May be repeated."""
        with self._lock:
            self._closed = True
            self._drop()

    def __enter__(self) -> TimeClient:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self.close()

    def __repr__(self) -> str:
        endpoints = ", ".join(str(endpoint) for endpoint in self._endpoints)
        return f"<TimeClient {self._format} {endpoints}>"

    def _exchange_once(self) -> Sample:
        sent_ns = 0

        def arguments() -> Mapping[str, int]:
            nonlocal sent_ns  # anew for each attempt: a retry takes its time
            sent_ns = time.time_ns()
            return {"client_send_ns": sent_ns}

        reply = self._call("exchange", arguments)
        received_ns = time.time_ns()
        return self._read(
            "exchange",
            lambda value: read_sample(value, sent_ns, received_ns), reply)

    def _read(self, method: str, reader: Callable[[Any], _Value],
              reply: Any) -> _Value:
        try:
            return reader(reply)
        except BadValue as error:
            endpoint = self.endpoint or "?"
            raise ProtocolMismatch(
                f"{method} on {endpoint}: the reply is incomplete ({error}): "
                "does the server implement another TimeService?",
                endpoint=endpoint) from error

    def _call(self, method: str,
              arguments: Callable[[], Mapping[str, int]] = dict) -> Any:
        return self._with_retries(
            lambda connection, deadline:
            connection.call(method, arguments(), deadline))

    def _with_retries(self, step: Callable[[Connection, Deadline], Any]
                      ) -> Any:
        """Does the step on a connection. Every call only reads, so it may be
        repeated after a lost connection. A timeout is not repeated: it has
        used up the time."""
        deadline = Deadline(self._timeout_s)
        failures = 0
        with self._exclusively(deadline):
            while True:
                kept = self._connection
                try:
                    return step(kept or self._connect(deadline), deadline)
                except (ServerError, DeclaredError):
                    raise  # a whole reply: the connection stays good
                except (ConnectError, ConnectionLost) as error:
                    self._drop()
                    if kept is not None:
                        continue  # the server closes idle ones: no failure
                    if isinstance(error, ConnectionLost):
                        self._turn_to_next_endpoint()
                    failures += 1
                    delay_s = backoff_s(failures)
                    if (failures > self._retries
                            or delay_s >= deadline.remaining_s()):
                        raise
                except BaseException:  # also KeyboardInterrupt: in mid-reply
                    self._drop()
                    self._turn_to_next_endpoint()
                    raise
                time.sleep(delay_s)

    @contextlib.contextmanager
    def _exclusively(self, deadline: Deadline) -> Iterator[None]:
        if not self._lock.acquire(timeout=deadline.remaining_s()):
            raise CallTimeout("timed out awaiting the calls of other threads "
                              "on this client: take a client per thread")
        try:
            if self._closed:
                raise UsageError("this client was closed: connect() again")
            if self._owner_pid != os.getpid():
                self._drop()  # the parent reads from that connection
                self._owner_pid = os.getpid()
            yield
        finally:
            self._lock.release()

    def _connect(self, deadline: Deadline) -> Connection:
        """Tries each endpoint once, the last good one first. One that does
        not answer uses at most its share of the time left."""
        count = len(self._endpoints)
        errors = []
        for tried in range(count):
            index = (self._next + tried) % count
            endpoint = self._endpoints[index]
            share_s = deadline.remaining_s() / (count - tried)
            try:
                sock = dial(endpoint, min(share_s, self._connect_timeout_s))
            except ConnectError as error:
                errors.append(error)
                continue
            self._next = index
            self._connection = Connection(sock, endpoint, self._format)
            return self._connection
        if count == 1:
            raise errors[0]
        raise ConnectError("; ".join(str(error) for error in errors)
                           ) from errors[-1]

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _turn_to_next_endpoint(self) -> None:
        self._next = (self._next + 1) % len(self._endpoints)


def connect(endpoint: Union[str, Sequence[str]], *,
            protocol: str = "binary", transport: str = "buffered",
            timeout: float = 5.0, connect_timeout: Optional[float] = None,
            retries: int = 2) -> TimeClient:
    """A connected TimeClient. Use it in a ``with`` statement, or close() it.

    ``endpoint``: "host:port", "[::1]:port" or "unix:/path". Of a list, the
    first that accepts a connection is used, and kept until it fails.
    ``protocol``: "binary", "compact" or "json" (the latter two need
    thriftpy2). ``transport``: "buffered", which is plain unframed Thrift, or
    "framed". The server detects both, unless told to take only one.
    ``timeout``: seconds in which each call returns or throws: waiting for
    other threads, connecting, retries, sending and receiving all included.
    Only looking up a host name may take longer.
    ``connect_timeout``: seconds for connecting to one endpoint, within
    ``timeout``.
    ``retries``: how often to try again, after a short random wait, when no
    endpoint accepts a connection or the server closes it. That a kept
    connection turns out to be closed does not count. A timeout is never
    retried.

    Throws ConnectError, or UsageError for a wrong argument.
    """
    client = TimeClient(endpoint, protocol=protocol, transport=transport,
                        timeout=timeout, connect_timeout=connect_timeout,
                        retries=retries)
    client.open()
    return client


def _check_timeout(name: str, seconds: float) -> float:
    if (not isinstance(seconds, (int, float))
            or not 0.0 < seconds <= _LONGEST_TIMEOUT_S):
        raise UsageError(f"{name} {seconds!r}: it must be a number of seconds "
                         f"over 0, at most {_LONGEST_TIMEOUT_S:.0f}")
    return float(seconds)


def _check_count(name: str, count: int, least: int) -> int:
    if not isinstance(count, int) or count < least:
        raise UsageError(f"{name} {count!r}: it must be a whole number, "
                         f"{least} or more")
    return count
