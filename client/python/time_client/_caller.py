"""Calls with reconnect, retries and failover, under one deadline."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import (Any, Callable, Iterator, List, Mapping, Optional,
                    Sequence, Union)

from ._arguments import check_count, check_timeout
from ._connection import Connection
from ._deadline import Deadline
from ._dial import dial
from ._endpoint import Endpoint, endpoint_texts, parse_endpoint
from ._formats import make_format
from ._retry import Retry
from ._tls import make_tls
from .errors import (CallTimeout, ConnectError, ConnectionLost,
                     DeclaredError, Overloaded, ServerError, UsageError)

Arguments = Callable[[], Mapping[str, Any]]


class ServiceCaller:
    """Makes the calls of one service. Holds at most one connection, made at
    the first call and kept. Any thread: a lock lets one call through at a
    time. Throws what TimeClient's calls throw."""

    def __init__(self, endpoint: Union[str, Sequence[str]], *, protocol: str,
                 transport: str, timeout: float,
                 connect_timeout: Optional[float], retries: int,
                 tls: Any) -> None:
        texts = endpoint_texts(endpoint)
        self._tls = make_tls(tls, texts)
        self.endpoints = [self._tls.checked(parse_endpoint(text))
                          for text in texts]
        self.format = make_format(protocol, transport)
        self._timeout_s = check_timeout("timeout", timeout)
        self._connect_timeout_s = (
            self._timeout_s if connect_timeout is None
            else check_timeout("connect_timeout", connect_timeout))
        self._retries = check_count("retries", retries, least=0)
        self._lock = threading.Lock()
        self._connection: Optional[Connection] = None
        self._next = 0  # index of the endpoint to try first
        self._owner_pid = os.getpid()
        self._closed = False

    @property
    def endpoint(self) -> Optional[str]:
        """The endpoint of the present connection, None if there is none."""
        connection = self._connection
        return None if connection is None else str(connection.endpoint)

    def open(self) -> None:
        """Connects, if not connected."""
        self._with_retries(lambda connection, deadline: None, self._timeout_s)

    def close(self) -> None:
        """After the call of another thread, if one is under way. May be
        repeated."""
        with self._lock:
            self._closed = True
            self._drop()

    def call(self, method: str, arguments: Arguments,
             timeout_s: Optional[float] = None) -> Any:
        """The reply's value as thriftpy decodes it. ``arguments`` is called
        for each attempt, just before it is sent."""
        return self._with_retries(
            lambda connection, deadline:
            connection.call(method, arguments(), deadline),
            self._timeout_s if timeout_s is None else timeout_s)

    def _with_retries(self, step: Callable[[Connection, Deadline], Any],
                      timeout_s: float) -> Any:
        """Does the step on a connection. Every call may be repeated after a
        lost connection: it only reads, or takes timestamps, of which a lost
        reply's are never used. A timeout is not repeated: it has used up the
        time."""
        deadline = Deadline(timeout_s)
        retry = Retry(self._retries, deadline)
        failed: List[ConnectError] = []  # of the endpoints, since the pause
        with self._exclusively(deadline):
            while True:
                kept = self._connection
                connection = None
                try:
                    connection = kept or self._connect(deadline, failed)
                    return step(connection, deadline)
                except Overloaded as error:
                    if len(self.endpoints) > 1:
                        self._drop()
                        self._turn_to_next_endpoint()
                    failed.clear()
                    retry.pause(error)
                except (ServerError, DeclaredError):
                    raise  # a whole reply: the connection stays good
                except (ConnectError, ConnectionLost) as error:
                    self._drop()
                    if kept is not None:
                        continue  # the server closes idle ones: no failure
                    if connection is not None:
                        self._turn_to_next_endpoint()
                        if isinstance(error, ConnectError):
                            # Refused when the connection was there already:
                            # all the same, each endpoint has its turn.
                            failed.append(error)
                            if len(failed) < len(self.endpoints):
                                continue
                            error = _all_of(failed)
                    failed.clear()
                    retry.pause(error)
                except BaseException:  # also KeyboardInterrupt: in mid-reply
                    self._drop()
                    self._turn_to_next_endpoint()
                    raise

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

    def _connect(self, deadline: Deadline,
                 failed: List[ConnectError]) -> Connection:
        """Tries each endpoint that has not ``failed`` yet once, the last good
        one first, and adds to those. One that does not answer uses at most its
        share of the time left."""
        while len(failed) < len(self.endpoints):
            endpoint = self.endpoints[self._next]
            share_s = (deadline.remaining_s()
                       / (len(self.endpoints) - len(failed)))
            try:
                stream = dial(endpoint,
                              min(share_s, self._connect_timeout_s), self._tls)
            except ConnectError as error:
                failed.append(error)
                self._turn_to_next_endpoint()
                continue
            self._connection = Connection(stream, endpoint, self.format,
                                          self._tls)
            return self._connection
        raise _all_of(failed)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _turn_to_next_endpoint(self) -> None:
        self._next = (self._next + 1) % len(self.endpoints)


def _all_of(errors: Sequence[ConnectError]) -> ConnectError:
    """One for those of each endpoint."""
    if len(errors) == 1:
        return errors[0]
    told = ConnectError("; ".join(dict.fromkeys(map(str, errors))),
                        permanent=all(error.permanent for error in errors))
    told.__cause__ = errors[-1]
    return told
