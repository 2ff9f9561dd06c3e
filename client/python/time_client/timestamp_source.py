"""TimestampSource: timestamps for many threads, a call for all that wait."""

from __future__ import annotations

import copy
import threading
import time
from types import TracebackType
from typing import Any, Dict, List, Optional, Sequence, Type, Union

from ._arguments import check_timeout, whole_number
from ._deadline import Deadline
from ._endpoint import endpoint_texts, parse_endpoint
from ._retry import backoff_s
from .client import MAX_TIMESTAMPS, TimeClient
from .errors import (CallTimeout, ConnectError, ConnectionLost,
                     OracleUnavailable, TimeClientError, UsageError)
from .results import TimestampRange

# What another try, or another server, may mend.
_PASSING = (ConnectError, ConnectionLost, CallTimeout, OracleUnavailable)

# Of the time that is left when the pause would use it up, what the last tries get.
_LAST_SHARE = 0.25


class _Waiter:
    """One take(). ``leads``: its thread is the one that makes the requests."""

    def __init__(self, count: int, timeout_s: float,
                 lock: threading.Lock) -> None:
        self.count = count
        self.deadline = Deadline(timeout_s)
        self.changed = threading.Condition(lock)
        self.leads = False
        self.done = False
        self.first = 0
        self.error: Optional[TimeClientError] = None


class TimestampSource:
    """Unique, strictly increasing timestamps. Any thread.

        with TimestampSource(["a:9090", "b:9090"]) as source:
            source.take()              # one
            source.take_range(1000)    # many

    A timestamp is larger than every one that any take(), of any client, had
    returned before this take() began. So a request never serves those who came
    after it was sent, and nothing is kept for later. One request is under way
    at a time; who comes meanwhile waits, and the next is for all of them: the
    more threads, the larger the requests. There is no thread of its own: one
    of those that wait makes the request.

    ``endpoints`` are the servers of one oracle. The leader that one of them
    names is asked next; one that fails is left for the next; that goes on,
    with growing pauses, for the ``timeout`` of the take(), in seconds.
    ``protocol`` and ``transport`` are as for ``connect()``. After fork() make
    a new one in the child.
    """

    def __init__(self, endpoints: Union[str, Sequence[str]], *,
                 timeout: float = 5.0, protocol: str = "binary",
                 transport: str = "buffered") -> None:
        texts = endpoint_texts(endpoints)
        self._timeout_s = check_timeout("timeout", timeout)
        self._servers = _Servers(texts, timeout=timeout, protocol=protocol,
                                 transport=transport)
        self._lock = threading.Lock()
        self._waiting: List[_Waiter] = []
        self._leader: Optional[_Waiter] = None
        self._closed = False

    def take(self) -> int:
        """One timestamp. Throws OracleUnavailable, ConnectError,
        ConnectionLost or CallTimeout, whichever came last, after ``timeout``,
        with a text that tells the last failure of each other server, too; at
        once what no other try can mend."""
        return self._take(1)

    def take_range(self, count: int) -> TimestampRange:
        """``count`` of them, one after another, 1 to MAX_TIMESTAMPS; else
        UsageError."""
        number = whole_number("count", count)
        if not 1 <= number <= MAX_TIMESTAMPS:
            raise UsageError(f"count {number}: it must be from 1 to "
                             f"{MAX_TIMESTAMPS}")
        return TimestampRange(self._take(number), number)

    def close(self) -> None:
        """Closes the connections, after the request under way. Who waits gets
        a UsageError. May be repeated."""
        with self._lock:
            self._closed = True
        self._servers.close()

    def __enter__(self) -> TimestampSource:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self.close()

    def _take(self, count: int) -> int:
        waiter = _Waiter(count, self._timeout_s, self._lock)
        with self._lock:
            self._waiting.append(waiter)
            if self._leader is None:
                self._promote(waiter)
            try:
                self._wait(waiter)
            except BaseException:  # also KeyboardInterrupt
                self._leave(waiter)
                raise
        if waiter.leads:
            self._lead(waiter)
        if waiter.done:
            return waiter.first
        raise waiter.error or CallTimeout(
            f"get_timestamps: no turn within {self._timeout_s} s: the server "
            "is overloaded")

    def _promote(self, waiter: _Waiter) -> None:
        self._leader = waiter
        waiter.leads = True
        waiter.changed.notify()

    def _wait(self, waiter: _Waiter) -> None:
        """Until it is done, leads, or is out of time."""
        waiter.changed.wait_for(lambda: waiter.done or waiter.leads,
                                waiter.deadline.remaining_s())
        if not waiter.done and not waiter.leads:
            self._leave(waiter)

    def _leave(self, waiter: _Waiter) -> None:
        """What a request under way brings for it is lost: gaps are normal."""
        if waiter in self._waiting:
            self._waiting.remove(waiter)
        if waiter.leads:
            self._hand_over()

    def _hand_over(self) -> None:
        self._leader = None
        if self._waiting:
            self._promote(self._waiting[0])

    def _lead(self, waiter: _Waiter) -> None:
        """Makes requests until one has served this waiter, or its time is
        over, or the failure is for good; then another may lead."""
        failures = 0
        last_try = False
        try:
            while not waiter.done:
                with self._lock:
                    if self._closed:
                        raise UsageError("this source was closed")
                    batch = self._next_batch()
                try:
                    first = self._servers.ask(
                        sum(each.count for each in batch), waiter.deadline)
                except _PASSING as error:
                    failures += 1
                    told = self._servers.told(error)
                    with self._lock:
                        for each in batch:
                            each.error = told
                    pause_s = self._servers.pause_s(error, failures)
                    left_s = waiter.deadline.remaining_s()
                    if left_s <= 0.0 or last_try and pause_s > 0.0:
                        raise told from error
                    if pause_s >= left_s:
                        # The time is there to be used: a last round.
                        last_try = True
                        pause_s = left_s * (1.0 - _LAST_SHARE)
                    if pause_s > 0.0:
                        time.sleep(pause_s)
                else:
                    with self._lock:
                        self._serve(batch, first)
        finally:
            with self._lock:
                self._leave(waiter)

    def _next_batch(self) -> List[_Waiter]:
        """Those who wait, the first first, as many as one call can serve.
        They stay in the queue until they are served."""
        batch: List[_Waiter] = []
        total = 0
        for waiter in self._waiting:
            total += waiter.count
            if total > MAX_TIMESTAMPS:
                break
            batch.append(waiter)
        return batch

    def _serve(self, batch: Sequence[_Waiter], first: int) -> None:
        for waiter in batch:
            waiter.first = first
            waiter.done = True
            first += waiter.count
            waiter.changed.notify()
        served = set(map(id, batch))
        self._waiting = [waiter for waiter in self._waiting
                         if id(waiter) not in served]


class _Servers:
    """Where to ask. Only the thread that leads uses it."""

    def __init__(self, endpoints: Sequence[str], **settings: Any) -> None:
        self._endpoints = [str(parse_endpoint(text)) for text in endpoints]
        self._settings = settings
        self._clients: Dict[str, TimeClient] = {
            endpoint: self._client(endpoint) for endpoint in self._endpoints}
        self._next = 0
        self._leader = ""  # beyond the list, or of it; "" for the next of it
        self._asked = ""  # the last one
        self._tried = 0  # since the last success or pause
        self._failures: Dict[str, str] = {}  # the last of each, since success

    def ask(self, count: int, deadline: Deadline) -> int:
        """The first of so many. A server that hangs may use no more than its
        share of the time."""
        count_left = max(len(self._endpoints) - self._tried, 1)
        seconds = max(deadline.remaining_s() / count_left, 0.001)
        endpoint = self._leader or self._endpoints[self._next]
        self._asked = endpoint
        try:
            found = self._clients[endpoint].get_timestamps(count,
                                                           timeout=seconds)
        except OracleUnavailable as error:
            self._turn(error.leader)
            raise
        except TimeClientError:
            self._turn("")
            raise
        self._tried = 0
        self._failures.clear()
        return found.first

    def told(self, error: TimeClientError) -> TimeClientError:
        """The same, and in its text what happened to the other servers."""
        others = [text for endpoint, text in self._failures.items()
                  if endpoint != self._asked]
        self._failures.pop(self._asked, None)
        self._failures[self._asked] = str(error)
        # Leaders that were named by turns are not remembered for ever.
        while len(self._failures) > len(self._endpoints) + 1:
            del self._failures[next(iter(self._failures))]
        told = copy.copy(error)
        told.args = ("; ".join([str(error), *reversed(others)]),)
        return told

    def pause_s(self, error: TimeClientError, failures: int) -> float:
        """How long to wait before asking again: not at all while there is a
        server that has not been asked since."""
        self._tried += 1
        # A leader that is named by turns is no other server for ever.
        others = len(self._endpoints) + (1 if self._leader else 0)
        if self._tried < others:
            return 0.0
        self._tried = 0
        wished_s = (error.retry_after_ms / 1000
                    if isinstance(error, OracleUnavailable) else 0.0)
        return max(wished_s, backoff_s(failures))

    def close(self) -> None:
        for client in list(self._clients.values()):
            client.close()

    def _turn(self, leader: str) -> None:
        """To the leader that was named, or to the next of the list."""
        was_leader = self._leader
        self._leader = ""
        if leader:
            try:
                endpoint = str(parse_endpoint(leader))
                if endpoint not in self._clients:
                    self._clients[endpoint] = self._client(endpoint)
                self._leader = endpoint
                return
            except UsageError:
                pass  # it is no endpoint: as if none was named
        if not was_leader:
            self._next = (self._next + 1) % len(self._endpoints)

    def _client(self, endpoint: str) -> TimeClient:
        return TimeClient(endpoint, retries=0, **self._settings)
