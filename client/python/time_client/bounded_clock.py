"""BoundedClock: true time as an interval, without a call each time."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Type, Union

from ._agreement import NONE_YET, Servers, Verdict
from ._arguments import (check_count, check_limit, check_timeout, check_wait,
                         whole_number)
from ._boot_clock import (DRIFT_PPM, MAX_DRIFT_PPM, boot_ns, longest_ns,
                          shortest_ns)
from ._deadline import Deadline
from ._endpoint import endpoint_texts
from ._retry import backoff_s
from ._tls import make_tls
from .client import TimeClient
from .enums import ClockState
from .errors import CallTimeout, ClockUnreliable, TimeClientError, UsageError
from .results import TimeInterval
from .tls_options import TlsOptions

# A few exchanges at each poll: the one that met no queue gives the best bound.
_SAMPLES = 4

# After so many polls without an answer of a server the state is HOLDOVER.
_MISSED_POLLS = 3


class BoundedClock:
    """Knows true time within a bound that is right, or says that it does not.

        with BoundedClock(["a:9090", "b:9090", "c:9090"]) as clock:
            interval = clock.now()               # about a microsecond
            clock.wait_until_past(commit_ns)     # TrueTime's commit wait

    ``with`` waits for the first bound, 5 seconds at most, and throws
    ClockUnreliable where there is none; to go on without one, do not use
    ``with``, and see wait_until_ready() and close().

    A thread for each server makes exchanges with it, every ``poll`` seconds.
    Between them the bound grows by ``drift_ppm`` parts per million: how fast
    or slow this host's CLOCK_BOOTTIME may run. This host's wall clock has no
    part in it. Nor do stopped virtual machines: what pauses one and resumes it
    must stop the programs that use this.

    Each endpoint is a server of its own. Of n servers (n - 1) // 2 may be
    wrong, of three one: the interval holds true time all the same. With one
    or two all must be right, and two that disagree give no time at all, until
    each of them has been heard again and they agree. The state is SYNCHRONIZED
    while all that agree are, and have answered at one of the last three polls.

    ``max_error_ns``: now() fails where half the interval's width is larger; 0
    for no limit. ``timeout``: seconds for each exchange. ``protocol``, ``transport`` and
    ``tls`` are as for ``connect()``. Any thread; close() ends the threads. After fork()
    the child's copy is not refreshed any more: make a new one there.
    """

    def __init__(self, endpoints: Union[str, Sequence[str]], *,
                 poll: float = 10.0, drift_ppm: int = DRIFT_PPM,
                 max_error_ns: int = 1_000_000_000, timeout: float = 2.0,
                 protocol: str = "binary", transport: str = "buffered",
                 tls: Union[bool, TlsOptions] = False) -> None:
        names = endpoint_texts(endpoints)
        if len(set(names)) != len(names):
            raise UsageError(f"endpoints {names!r}: name each once")
        self._poll_s = check_timeout("poll", poll)
        self._drift_ppm = check_count("drift_ppm", drift_ppm, least=0)
        if drift_ppm > MAX_DRIFT_PPM:
            raise UsageError(f"drift_ppm {drift_ppm}: it must be at most "
                             f"{MAX_DRIFT_PPM}")
        self._max_error_ns = check_limit("max_error_ns", max_error_ns)
        self._servers = Servers(names, drift_ppm)
        self._verdict = Verdict(None, NONE_YET, ())
        self._problems: Dict[str, str] = {name: "" for name in names}
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._closed = False
        shared: Any = make_tls(tls, names)
        clients = [TimeClient(name, protocol=protocol, transport=transport,
                              timeout=timeout, retries=0, tls=shared)
                   for name in names]
        self._threads: List[threading.Thread] = [
            threading.Thread(target=self._keep_asking, args=(name, client),
                             name=f"BoundedClock {name}", daemon=True)
            for name, client in zip(names, clients)]
        for thread in self._threads:
            thread.start()

    def now(self, max_error_ns: int = 0) -> TimeInterval:
        """The interval that holds true time at the moment of return.

        Throws ClockUnreliable where there is no bound, or where it is larger
        than ``max_error_ns``, here or of the clock; 0 is no limit. After
        close() UsageError.
        """
        if max_error_ns or type(max_error_ns) is not int:
            max_error_ns = check_limit("max_error_ns", max_error_ns)
        verdict = self._verdict
        bound = verdict.bound
        if bound is None:
            if self._closed:
                raise UsageError("this clock was closed: make a new one")
            raise ClockUnreliable(self._no_bound_text(verdict))
        elapsed_ns = boot_ns() - bound.boot_ns
        # As Bound.at() does, for a third of its time.
        earliest_ns = (bound.earliest_ns
                       + shortest_ns(elapsed_ns, self._drift_ppm))
        latest_ns = bound.latest_ns + longest_ns(elapsed_ns, self._drift_ppm)
        error_ns = (latest_ns - earliest_ns + 1) // 2
        state = (ClockState.SYNCHRONIZED
                 if verdict.synchronized_ns is not None
                 and (bound.boot_ns + elapsed_ns - verdict.synchronized_ns
                      < self._poll_s * _MISSED_POLLS * 1e9)
                 else ClockState.HOLDOVER)
        for limit_ns in (self._max_error_ns, max_error_ns):
            if 0 < limit_ns < error_ns:
                raise ClockUnreliable(
                    f"true time is known within {error_ns} ns, and not the "
                    f"{limit_ns} ns asked for{self._problems_text()}",
                    state=state, error_ns=error_ns)
        return TimeInterval(earliest_ns, latest_ns, state)

    def wait_until_past(self, instant_ns: int,
                        timeout: Optional[float] = None) -> TimeInterval:
        """Returns as soon as the instant is surely past, with the interval
        that says so. Throws CallTimeout after ``timeout`` seconds, if given,
        and at once what now() throws."""
        instant_ns = whole_number("instant_ns", instant_ns)
        deadline = (None if timeout is None
                    else Deadline(check_wait("timeout", timeout)))
        while True:
            interval = self.now()
            left_ns = instant_ns - interval.earliest_ns
            if left_ns < 0:
                return interval
            # The next exchange may know better, and wakes this.
            wait_s = longest_ns(left_ns + 1, self._drift_ppm) / 1e9
            if deadline is not None:
                if deadline.remaining_s() <= 0.0:
                    raise CallTimeout(
                        f"{instant_ns} is not surely past after {timeout} s: "
                        f"true time is within {interval.earliest_ns} and "
                        f"{interval.latest_ns}")
                wait_s = min(wait_s, deadline.remaining_s())
            with self._changed:
                self._changed.wait(min(wait_s, 60.0))

    def wait_until_ready(self, timeout: float = 5.0) -> None:
        """Returns once now() has an answer. Throws what it throws instead
        after ``timeout`` seconds."""
        deadline = Deadline(check_wait("timeout", timeout))
        while True:
            try:
                self.now()
                return
            except ClockUnreliable:
                if deadline.remaining_s() <= 0.0:
                    raise
            with self._changed:
                self._changed.wait(min(deadline.remaining_s(), 0.1))

    @property
    def false_servers(self) -> Tuple[str, ...]:
        """The endpoints, as they were given, of the servers that are proven
        wrong at present: what they said contradicts itself, or what the others
        have in common."""
        return tuple(self._verdict.false)

    @property
    def problems(self) -> Mapping[str, str]:
        """For each server, by its endpoint as it was given, what went wrong at
        the latest poll, "" if nothing."""
        return dict(self._problems)

    def close(self) -> None:
        """Ends the threads. A call under way may take its timeout. Then
        now(), and who waits, gets a UsageError. May be repeated."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        with self._changed:
            self._closed = True
            self._verdict = Verdict(None, "this clock was closed", ())
            self._changed.notify_all()

    def __enter__(self) -> BoundedClock:
        """Waits for the first bound, 5 seconds at most. Throws ClockUnreliable
        where there is none by then, and has closed the clock. Without ``with``
        nothing waits: see wait_until_ready()."""
        try:
            self.wait_until_ready()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self.close()

    def _keep_asking(self, name: str, client: TimeClient) -> None:
        failures = 0
        with client:
            while not self._stopping.is_set():
                try:
                    self._ask(name, client)
                except TimeClientError as error:
                    self._problems[name] = str(error)
                    failures += 1
                else:
                    failures = 0
                wait_s = min(self._poll_s, 10 * backoff_s(failures)
                             ) if failures else self._poll_s
                self._stopping.wait(wait_s)

    def _ask(self, name: str, client: TimeClient) -> None:
        problem = ("the server gives no bound of its clock's error: see to its "
                   "clock, or ask another server")
        for _ in range(_SAMPLES):
            if self._stopping.is_set():
                return
            sample = client.sample(boot_ns)
            with self._changed:
                if self._servers.add(name, sample) is not None:
                    problem = ""
                self._verdict = self._servers.verdict(boot_ns())
                self._changed.notify_all()
        self._problems[name] = problem

    def _no_bound_text(self, verdict: Verdict) -> str:
        what = self._problems_text()
        if not what and verdict.reason == NONE_YET:
            what = ": wait_until_ready() waits for the first"
        return f"true time is not known: {verdict.reason}{what}"

    def _problems_text(self) -> str:
        texts = [f"{name}: {problem}"
                 for name, problem in list(self._problems.items()) if problem]
        return "; " + "; ".join(texts) if texts else ""
