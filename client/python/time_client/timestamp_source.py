"""TimestampSource: timestamps for many threads, a call for all that wait."""

from __future__ import annotations

import os
import queue
import threading
from types import TracebackType
from typing import List, Optional, Sequence, Type, Union

from ._arguments import check_timeout, whole_number
from ._deadline import Deadline
from ._endpoint import endpoint_texts
from ._oracle_servers import OracleServers
from .client import MAX_TIMESTAMPS
from .errors import (CallTimeout, ConnectError, ConnectionLost,
                     OracleUnavailable, Overloaded, TimeClientError,
                     UsageError)
from .results import TimestampRange
from .tls_options import TlsOptions

# What another try, or another server, may mend.
_PASSING = (ConnectError, ConnectionLost, CallTimeout, OracleUnavailable,
            Overloaded)

# Of the time that is left, when the pause would use it up, what the last tries
# get.
_LAST_SHARE = 0.25

# The thread tells at the deadline what went wrong: for so long it may be late.
_GRACE_S = 0.2


class _Waiter:
    """One take(). It waits for its answer by one call of C alone: so there is
    no moment at which a KeyboardInterrupt could leave anything undone."""

    def __init__(self, count: int, timeout_s: float) -> None:
        self.count = count
        self.deadline = Deadline(timeout_s)
        self.last_try = False
        self.first: Optional[int] = None
        self.error: Optional[Exception] = None
        self._answered = threading.Lock()
        self._answered.acquire()

    def wait(self) -> None:
        self._answered.acquire(timeout=self.deadline.remaining_s() + _GRACE_S)

    def serve(self, first: int) -> None:
        self.first = first
        self._answered.release()

    def fail(self, error: Exception) -> None:
        self.error = error
        self._answered.release()


class TimestampSource:
    """Unique, strictly increasing timestamps. Any thread.

        with TimestampSource(["a:9090", "b:9090"]) as source:
            source.take()              # one
            source.take_range(1000)    # many

    A timestamp is larger than every one that any take(), of any client, had
    returned before this take() began. So a request never serves those who came
    after it was sent, and nothing is kept for later. One request is under way
    at a time; who comes meanwhile waits, and the next is for all of them: the
    more threads, the larger the requests. A thread of its own makes them: what
    interrupts one take() interrupts no other. close() ends it.

    ``endpoints`` are the servers of one oracle. The leader that one of them
    names is asked next; one that fails is left for the next; that goes on,
    with growing pauses, for the ``timeout`` of the take(), in seconds.
    ``protocol``, ``transport`` and ``tls`` are as for ``connect()``. After fork() make
    a new one in the child.
    """

    def __init__(self, endpoints: Union[str, Sequence[str]], *,
                 timeout: float = 5.0, protocol: str = "binary",
                 transport: str = "buffered",
                 tls: Union[bool, TlsOptions] = False) -> None:
        texts = endpoint_texts(endpoints)
        self._timeout_s = check_timeout("timeout", timeout)
        self._servers = OracleServers(texts, tls, timeout=timeout,
                                      protocol=protocol, transport=transport)
        self._queue: queue.SimpleQueue[Optional[_Waiter]] = (
            queue.SimpleQueue())  # None: look whether it was closed
        self._closed = False
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._work, daemon=True,
                                        name=f"TimestampSource {texts[0]}")
        self._thread.start()

    def take(self) -> int:
        """One timestamp. Throws OracleUnavailable, Overloaded, ConnectError,
        ConnectionLost or CallTimeout, whichever came last, after ``timeout``,
        with a text that tells the last failure of each other server, too; at
        once what no other try can mend, as a ConnectError that is
        ``permanent`` at each server."""
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
        self._closed = True
        self._queue.put(None)
        self._thread.join()

    def __enter__(self) -> TimestampSource:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self.close()

    def _take(self, count: int) -> int:
        if self._pid != os.getpid():
            raise UsageError("this source belongs to the parent process: make "
                             "a new one after fork()")
        waiter = _Waiter(count, self._timeout_s)
        self._queue.put(waiter)
        if self._closed:  # then the thread may have looked for the last time
            raise _closed_error()
        waiter.wait()
        if waiter.first is not None:
            return waiter.first
        raise waiter.error or CallTimeout(
            f"get_timestamps: no turn within {self._timeout_s} s: the server "
            "is overloaded")

    def _work(self) -> None:
        """The thread's. One that has gone is served all the same: what it
        would have got is lost, and gaps are normal."""
        waiting: List[_Waiter] = []
        failures = 0
        pause_s = 0.0
        while self._collect(waiting, pause_s):
            pause_s = 0.0
            batch = _next_batch(waiting)
            count = sum(waiter.count for waiter in batch)
            try:
                first = self._servers.ask(count, batch[0].deadline)
            except _PASSING as error:
                failures += 1
                told = self._servers.told(error)
                if self._servers.gives_up(error):
                    _fail(waiting, batch, told)
                else:
                    for waiter in batch:
                        waiter.error = told
                    pause_s = _last_chance(
                        waiting, self._servers.pause_s(error, failures), told)
                    if waiting:
                        continue
            except Exception as error:  # no other try can mend it
                _fail(waiting, batch, error)
            else:
                del waiting[:len(batch)]
                for waiter in batch:
                    waiter.serve(first)
                    first += waiter.count
            failures = 0
            self._servers.begin_anew()
        for waiter in waiting:
            waiter.fail(_closed_error())
        self._servers.close()

    def _collect(self, waiting: List[_Waiter], pause_s: float) -> bool:
        """Adds those who came, until somebody waits and the pause is over.
        False after close(), and then it has added all."""
        pause = Deadline(pause_s)
        while True:
            timeout_s = None if not waiting else pause.remaining_s()
            if self._closed:
                timeout_s = 0.0
            try:
                waiter = self._queue.get(timeout=timeout_s)
            except queue.Empty:
                return not self._closed
            if waiter is not None:
                waiting.append(waiter)


def _closed_error() -> UsageError:
    return UsageError("this source was closed")


def _next_batch(waiting: Sequence[_Waiter]) -> List[_Waiter]:
    """The first ones, as many as one call can serve. They stay in the queue
    until they are served."""
    batch: List[_Waiter] = []
    total = 0
    for waiter in waiting:
        total += waiter.count
        if total > MAX_TIMESTAMPS:
            break
        batch.append(waiter)
    return batch


def _fail(waiting: List[_Waiter], batch: Sequence[_Waiter],
          error: Exception) -> None:
    del waiting[:len(batch)]
    for waiter in batch:
        waiter.fail(error)


def _last_chance(waiting: List[_Waiter], pause_s: float,
                 error: TimeClientError) -> float:
    """After a failure: takes out those whose time is over, and gives how long
    to pause for the others: not so long that the first is not asked for once
    more, since its time is there to be used."""
    while waiting:
        left_s = waiting[0].deadline.remaining_s()
        if left_s > 0.0 and not (waiting[0].last_try and pause_s > 0.0):
            break
        waiting.pop(0).fail(error)
    if not waiting:
        return 0.0
    if pause_s < left_s:
        return pause_s
    for waiter in waiting:
        waiter.last_try |= waiter.deadline.remaining_s() <= pause_s
    return left_s * (1.0 - _LAST_SHARE)
