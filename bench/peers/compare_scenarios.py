"""What is measured: the scenarios, each a way to call a server, and the metrics that are
read from them. THE tables of both; the report follows their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

MORE, LESS = "more", "less"


@dataclass(frozen=True)
class Scenario:
    key: str
    title: str
    flags: Tuple[str, ...]  # of the client
    concurrency: int = 1
    one_connection: bool = False
    idle: int = 0  # clients beside them; only with servers of this project

    def client_flags(self) -> Tuple[str, ...]:
        more = ("--one-connection",) if self.one_connection else ()
        return (*self.flags, "--concurrency", str(self.concurrency), *more)


@dataclass(frozen=True)
class Metric:
    """One figure of one scenario, or of what is measured beside them."""

    key: str
    title: str     # of its column
    unit: str
    scenario: str  # whose failure is its own
    better: str    # MORE or LESS


# Clients run these for some time, in this order; `cpu` makes a given number of calls.
SCENARIOS = (
    Scenario("one", "get_time, one call at a time", ("--call", "get_time")),
    Scenario("sixteen", "get_time, 16 at a time, each on a connection of its own", ("--call", "get_time"), 16),
    Scenario("sixty-four", "get_time, 64 at a time, each on a connection of its own", ("--call", "get_time"), 64),
    Scenario("shared", "get_time, 16 under way on one connection", ("--call", "get_time"), 16, one_connection=True),
    Scenario("echo", "echo of 1 KiB, one call at a time", ("--call", "echo", "--bytes", "1024")),
    Scenario("prices", "10,000 doubles, one call at a time", ("--call", "prices", "--count", "10000")),
    Scenario("wait", "handlers that wait", ("--call", "wait", "--milliseconds", "5"), 16),
    Scenario("idle", "get_time, 16 at a time, beside 500 clients that are idle", ("--call", "get_time"), 16, idle=500),
)
CPU = Scenario("cpu", "get_time, 16 at a time: processor time", ("--call", "get_time"), 16)
FIRST = Scenario("first", "a client's start and its first call", ("--call", "get_time"))
WIRE = Scenario("wire", "bytes on the wire", ("--call", "get_time"))
ALL = (*SCENARIOS, CPU, FIRST, WIRE)
START = "start"    # of a server
COST = "cost"      # measured once, of the smallest programs

METRICS = (
    Metric("one.p50_us", "p50", "µs", "one", LESS),
    Metric("one.p99_us", "p99", "µs", "one", LESS),
    Metric("sixteen.rate", "16 at a time", "calls/s", "sixteen", MORE),
    Metric("sixty-four.rate", "64 at a time", "calls/s", "sixty-four", MORE),
    Metric("shared.rate", "16 on one connection", "calls/s", "shared", MORE),
    Metric("echo.p50_us", "1 KiB echo", "µs", "echo", LESS),
    Metric("prices.p50_us", "10,000 doubles", "µs", "prices", LESS),
    Metric("wait.rate", "16 calls of 5 ms", "calls/s", "wait", MORE),
    Metric("wait.p99_us", "their p99", "µs", "wait", LESS),
    Metric("idle.rate", "16 at a time beside 500 idle clients", "calls/s", "idle", MORE),
    Metric("cpu.server_us", "server", "µs/call", "cpu", LESS),
    Metric("cpu.client_us", "client", "µs/call", "cpu", LESS),
    Metric("wire.sent", "sent", "bytes/call", "wire", LESS),
    Metric("wire.received", "received", "bytes/call", "wire", LESS),
    Metric("wire.set_up", "set-up", "bytes", "wire", LESS),
    Metric("first.ms", "client's first call", "ms", "first", LESS),
    # Of a server, whoever calls it.
    Metric("start.ready_ms", "server ready", "ms", START, LESS),
    Metric("start.rss_mb", "server memory", "MB", START, LESS),
    # Of a project.
    Metric("cost.lines", "lines of code", "lines", COST, LESS),
    Metric("cost.build_s", "to build", "s", COST, LESS),
    Metric("cost.run_mb", "to run it", "MB", COST, LESS),
    Metric("cost.develop_mb", "to develop with it", "MB", COST, LESS),
)


def metric(key: str) -> Metric:
    return next(row for row in METRICS if row.key == key)


def metrics_of(scenario: str) -> Tuple[Metric, ...]:
    return tuple(row for row in METRICS if row.scenario == scenario)
