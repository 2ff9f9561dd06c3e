"""TimeClient: the calls of TimeService."""

from __future__ import annotations

import time
from types import TracebackType
from typing import (Any, Callable, Iterable, List, Optional, Sequence, Type,
                    TypeVar, Union)

from ._arguments import (check_count, check_timeout, policy_number, text,
                         text_list, whole_number, whole_numbers)
from ._boot_clock import boot_ns
from ._caller import Arguments, ServiceCaller
from ._comparison import Sample, compare
from ._declared import declared_error
from ._replies import (BadValue, read_interval, read_local_times, read_names,
                       read_periods, read_resolved_times, read_sample,
                       read_status, read_text, read_timestamps)
from .enums import Disambiguation
from .errors import BadRequest, ProtocolMismatch
from .results import (ClockComparison, LocalTime, ResolvedTime, ServerStatus,
                      TimeInterval, TimestampRange, ZonePeriod)
from .tls_options import TlsOptions
from .zone_table import ZoneTable, periods_around

MAX_TIMESTAMPS = 1_000_000
"""Most timestamps that one get_timestamps call hands out."""

MAX_BATCH = 10_000
"""Most items that the contract lets one call carry."""

BATCH = 1000
"""Items of a list that are sent in one call: so few that a server whose messages
are limited to 64 KiB takes them, and so many that the round trip does not
matter."""

_Value = TypeVar("_Value")


class TimeClient:
    """A client of one TimeService that listens on one or more endpoints.

    Holds at most one connection, made at the first call and kept. Threads may
    share a client: a lock lets one call through at a time (the wait counts as
    part of its timeout). For calls in parallel take a client per thread.
    After fork() parent and child may both go on: the child reconnects.

    Arguments are as for ``connect()``, which also connects at once.

    Every call throws
      ConnectError      when no endpoint accepts a connection, or TLS is not as
                        it should be,
      ConnectionLost    when the connection ends before the reply,
      CallTimeout       when the reply is late,
      ProtocolMismatch  when the reply cannot be decoded, or breaks a promise
                        of the IDL,
      ServerError       when the server cannot do the call; Overloaded, one
                        of those, when it has too much to do,
      UsageError        for an argument that cannot be sent, or after close().
    After each of them the client may be used again: where the connection
    could still hold the late reply of the failed call, it has been closed.
    """

    def __init__(self, endpoint: Union[str, Sequence[str]], *,
                 protocol: str = "binary", transport: str = "buffered",
                 timeout: float = 5.0,
                 connect_timeout: Optional[float] = None,
                 retries: int = 2,
                 tls: Union[bool, TlsOptions] = False) -> None:
        self._caller = ServiceCaller(
            endpoint, protocol=protocol, transport=transport, timeout=timeout,
            connect_timeout=connect_timeout, retries=retries, tls=tls)

    def get_time(self) -> str:
        """The server's local time as ctime(3) writes it, for people:
        "Tue Nov 24 21:30:56 2026", 24 characters, in the server's zone."""
        return self._ask("get_time", read_text)

    def now(self, max_error_ns: int = 0) -> TimeInterval:
        """An interval that holds true time at the moment of return.

        Its end includes the round trip, measured by a clock that is never
        set. ``max_error_ns``: fail if the server's own bound, half the width
        that it gives, is larger; 0 for no limit. Also throws ClockUnreliable,
        rather than return a bound that does not hold.
        """
        limit_ns = whole_number("max_error_ns", max_error_ns)
        sent_ns = 0

        def arguments() -> Any:
            nonlocal sent_ns  # anew for each attempt
            sent_ns = boot_ns()
            return {"max_error_ns": limit_ns}

        reply = self._call("now", arguments)
        round_trip_ns = boot_ns() - sent_ns
        return self._read("now", lambda value: read_interval(
            value, round_trip_ns), reply)

    def exchange(self, samples: int = 8) -> ClockComparison:
        """Compares this host's clock with the server's.

        Makes ``samples`` NTP-style exchanges, one call each with a timeout of
        its own, and keeps the one of least delay. More of them find a shorter
        delay and so a tighter bound. Also throws ClockStepped.
        """
        check_count("samples", samples, least=1)
        return compare([self.sample(time.time_ns) for _ in range(samples)])

    def sample(self, clock_ns: Callable[[], int]) -> Sample:
        """One exchange, with any clock of this host that counts nanoseconds in
        an int, for a caller who judges it himself."""
        sent_ns = 0

        def arguments() -> Any:
            nonlocal sent_ns  # anew for each attempt: a retry takes its time
            sent_ns = whole_number("clock_ns()", clock_ns())
            return {"client_send_ns": sent_ns}

        reply = self._call("exchange", arguments)
        received_ns = whole_number("clock_ns()", clock_ns())
        return self._read("exchange", lambda value: read_sample(
            value, sent_ns, received_ns), reply)

    def get_timestamps(self, count: int = 1, *,
                       timeout: Optional[float] = None) -> TimestampRange:
        """``count`` unique timestamps, 1 to MAX_TIMESTAMPS, larger than all
        that any call had returned before this one began.

        A retry after a lost reply asks for others: gaps are normal. A
        ``TimestampSource`` makes one call of the wishes of many threads.
        ``timeout``: in seconds, for this call. Also throws BadRequest and
        OracleUnavailable.
        """
        number = whole_number("count", count, bits=32)
        if timeout is not None:
            check_timeout("timeout", timeout)
        reply = self._call("get_timestamps", lambda: {"count": number},
                           timeout)
        return self._read("get_timestamps", lambda value: read_timestamps(
            value, number), reply)

    def to_local(self, instants_ns: Iterable[int], zone: str = "UTC",
                 format: str = "") -> List[LocalTime]:
        """Instants, in nanoseconds since 1970-01-01T00:00:00Z, as the zone's
        wall clock shows them, in the given order.

        ``format``: strftime-like, as the IDL tells; "" for ISO 8601. More
        than BATCH instants are sent in several calls, each with a timeout of
        its own. Also throws BadRequest, for the first bad item, whose index it
        has, and then there is no result. For very many see ``zone_table()``.
        """
        instants = whole_numbers("instants_ns", instants_ns)
        words = {"zone": text("zone", zone), "format": text("format", format)}
        return self._in_batches("to_local", "instants_ns", instants, words,
                                read_local_times)

    def from_local(self, texts: Iterable[str], zone: str = "UTC",
                   format: str = "",
                   policy: Disambiguation = Disambiguation.REJECT
                   ) -> List[ResolvedTime]:
        """Local times as instants, in the given order; else as to_local().

        A text that carries a UTC offset is read by that. ``policy``: what to
        do with a time that the zone skips or repeats; REJECT throws
        BadRequest.
        """
        words = {"zone": text("zone", zone), "format": text("format", format),
                 "policy": int(policy_number(policy))}
        return self._in_batches("from_local", "texts", text_list("texts", texts),
                                words, read_resolved_times)

    def zone_periods(self, zone: str, from_ns: int,
                     until_ns: int) -> List[ZonePeriod]:
        """The zone's offsets from ``from_ns`` up to but not including
        ``until_ns``, oldest first, without holes. Also throws BadRequest."""
        from_ns = whole_number("from_ns", from_ns)
        until_ns = whole_number("until_ns", until_ns)
        name = text("zone", zone)
        return self._ask(
            "zone_periods",
            lambda value: read_periods(value, from_ns, until_ns),
            lambda: {"zone": name, "from_ns": from_ns, "until_ns": until_ns})

    def zone_table(self, zone: str, from_ns: int,
                   until_ns: int) -> ZoneTable:
        """The zone's rules for instants from ``from_ns`` up to but not
        including ``until_ns``, to convert any number of them without another
        call. Also throws BadRequest."""
        periods = self.zone_periods(zone, *periods_around(from_ns, until_ns))
        return ZoneTable(zone, from_ns, until_ns, periods)

    def list_zones(self) -> List[str]:
        """The names that ``zone`` takes, links included, in byte order."""
        return self._ask("list_zones", read_names)

    def get_status(self) -> ServerStatus:
        """The server's version, clock, zones and oracle, for dashboards."""
        return self._ask("get_status", read_status)

    @property
    def endpoint(self) -> Optional[str]:
        """The endpoint of the present connection, as "host:port" or in its
        other forms; None if there is none."""
        return self._caller.endpoint

    def open(self) -> None:
        """Connects now, if not connected, rather than at the next call. Throws
        ConnectError, or UsageError after close()."""
        self._caller.open()

    def close(self) -> None:
        """Closes the connection, after the call of another thread if one is
        under way. The client cannot be used any more. May be repeated."""
        self._caller.close()

    def __enter__(self) -> TimeClient:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self.close()

    def __repr__(self) -> str:
        endpoints = ", ".join(map(str, self._caller.endpoints))
        return f"<TimeClient {self._caller.format} {endpoints}>"

    def _in_batches(self, method: str, name: str, items: List[Any],
                    words: Any, reader: Callable[[Any, int], List[_Value]]
                    ) -> List[_Value]:
        results: List[_Value] = []
        # Also an empty list is asked for: the server checks the rest.
        for first in range(0, max(len(items), 1), BATCH):
            batch = items[first:first + BATCH]
            arguments = {name: batch, **words}
            try:
                reply = self._call(method, arguments.copy)
                results += self._read(method, lambda value: reader(
                    value, len(batch)), reply)
            except BadRequest as error:
                raise declared_error(method, error.endpoint, error.exception,
                                     first, len(batch)) from error.exception
        return results

    def _ask(self, method: str, reader: Callable[[Any], _Value],
             arguments: Arguments = dict) -> _Value:
        return self._read(method, reader, self._call(method, arguments))

    def _call(self, method: str, arguments: Arguments = dict,
              timeout_s: Optional[float] = None) -> Any:
        return self._caller.call(method, arguments, timeout_s)

    def _read(self, method: str, reader: Callable[[Any], _Value],
              reply: Any) -> _Value:
        try:
            return reader(reply)
        except BadValue as error:
            endpoint = self.endpoint or "?"
            raise ProtocolMismatch(
                f"{method} on {endpoint}: the reply is incomplete or breaks a "
                f"promise ({error}): does the server implement another "
                "TimeService?", endpoint=endpoint) from error


def connect(endpoint: Union[str, Sequence[str]], *,
            protocol: str = "binary", transport: str = "buffered",
            timeout: float = 5.0, connect_timeout: Optional[float] = None,
            retries: int = 2,
            tls: Union[bool, TlsOptions] = False) -> TimeClient:
    """A connected TimeClient. Use it in a ``with`` statement, or close() it.

    ``endpoint``: "host:port", "[::1]:port" or "unix:/path", behind "tls:" for
    TLS. Of a list, the next is tried when one cannot be connected to, closes
    the connection before it has replied, or is overloaded; the one that works
    is kept. A refusal is an answer, and is not asked again elsewhere; after a
    timeout the next call, not this one, goes to the next.
    ``protocol``: "binary", "compact" or "json" (the latter two need
    thriftpy2). ``transport``: "buffered", which is plain unframed Thrift, or
    "framed". The server detects both, unless told to take only one; "auto" is
    for the command line alone.
    ``timeout``: seconds, up to a day, in which each call returns or throws:
    waiting for other threads, connecting, retries, sending and receiving all
    included. Only looking up a host name may take longer.
    ``connect_timeout``: seconds for connecting to one endpoint, TLS's handshake
    included, within ``timeout``.
    ``retries``: how often to try again, after a short random wait, when no
    endpoint accepts a connection, the server closes it or is overloaded. That a
    kept connection turns out to be closed does not count. A timeout is never
    retried.
    ``tls``: True for TLS to each endpoint, or ``TlsOptions``, which also say
    whom to trust and who this client is.

    Throws ConnectError, or UsageError for a wrong argument.
    """
    client = TimeClient(endpoint, protocol=protocol, transport=transport,
                        timeout=timeout, connect_timeout=connect_timeout,
                        retries=retries, tls=tls)
    client.open()
    return client
