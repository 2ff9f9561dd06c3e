"""The loops that a client of a peer measures with: one call at a time on each connection,
or several under way on one."""

from __future__ import annotations

import collections
import math
import sys
import threading
import time
from typing import Any, Callable, Deque, List, Tuple

from peer_workload import Workload

# Starts the call `name` with its arguments, and gives what waits for the reply.
Start = Callable[..., Callable[[], Any]]


class Limit:
    """Ends a phase after so many calls or, without a number, after so many seconds."""

    def __init__(self, calls: int, seconds: float) -> None:
        self._calls = calls
        self._seconds = seconds
        self.end = math.inf  # replies after it do not count

    def begin(self, now: float) -> None:
        self.end = math.inf if self._calls else now + self._seconds

    def reached(self, begun: int) -> bool:
        return begun >= self._calls if self._calls else time.perf_counter() >= self.end


class Tally:
    """What a phase's calls came to. A worker has one of its own."""

    def __init__(self) -> None:
        self.latencies: List[float] = []  # seconds; of calls that were answered
        self.last_reply = 0.0  # when the last of those came
        self.errors = 0
        self.wrong = 0

    def answered(self, begun: float, replied: float) -> None:
        self.latencies.append(replied - begun)
        self.last_reply = replied

    def add(self, other: Tally) -> None:
        self.latencies += other.latencies
        self.last_reply = max(self.last_reply, other.last_reply)
        self.errors += other.errors
        self.wrong += other.wrong

    def fail(self, error: BaseException) -> None:
        self.errors += 1
        print(f"error: {type(error).__name__}: {error}".splitlines()[0], file=sys.stderr)


def one_at_a_time(connection: Any, workload: Workload, limit: Limit, tally: Tally) -> None:
    """A closed loop. Ends at an error, after which nothing on the connection can be trusted."""
    call = getattr(connection, workload.name)
    arguments, right, now = workload.arguments, workload.right, time.perf_counter
    calls = 0
    while not limit.reached(calls):
        calls += 1
        begun = now()
        try:
            reply = call(*arguments)
        except Exception as error:
            return tally.fail(error)
        tally.answered(begun, now())
        if not right(reply):
            tally.wrong += 1


def in_a_window(start: Start, size: int, workload: Workload, limit: Limit, tally: Tally) -> None:
    """Keeps `size` calls under way on one connection, and takes their replies in order.
    Those that are under way when the time is over are checked and do not count: where small
    requests wait for one another (Nagle), the last ones take forty milliseconds."""
    name, arguments, right, now = workload.name, workload.arguments, workload.right, time.perf_counter
    under_way: Deque[Tuple[float, Callable[[], Any]]] = collections.deque()
    calls = 0
    try:
        while True:
            while len(under_way) < size and not limit.reached(calls):
                calls += 1
                under_way.append((now(), start(name, *arguments)))
            if not under_way:
                return
            begun, receive = under_way.popleft()
            reply = receive()
            replied = now()
            if replied <= limit.end:
                tally.answered(begun, replied)
            if not right(reply):
                tally.wrong += 1
    except Exception as error:
        tally.fail(error)


class Phase:
    """Runs workers at once, each in a thread, or a single one in this thread."""

    def __init__(self, workers: List[Callable[[Tally], None]], limits: List[Limit]) -> None:
        self._workers = workers
        self._limits = limits
        self._barrier = threading.Barrier(len(workers), action=self._begin)
        self.tally = Tally()
        self.seconds = 0.0
        self.cpu_seconds = 0.0

    def run(self) -> Phase:
        tallies = [Tally() for _ in self._workers]
        if len(self._workers) == 1:
            self._work(0, tallies[0])
        else:
            threads = [threading.Thread(target=self._work, args=item) for item in enumerate(tallies)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.cpu_seconds = time.process_time() - self._cpu_begun
        for tally in tallies:
            self.tally.add(tally)
        self.seconds = max(0.0, self.tally.last_reply - self._begun)
        return self

    def _work(self, index: int, tally: Tally) -> None:
        self._barrier.wait()
        self._workers[index](tally)

    def _begin(self) -> None:
        self._begun = time.perf_counter()
        self._cpu_begun = time.process_time()
        for limit in self._limits:
            limit.begin(self._begun)
