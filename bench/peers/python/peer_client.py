"""What every Python client of a peer has in common: its flags, what it measures, and the
one line of JSON that it prints.

A client hands its framework's part to main(): how it connects, and how it has several
calls under way on one connection. The exit code is 0 if every reply was right, 1 if not,
2 for wrong flags, 3 if the framework cannot do what the flags ask for.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from typing import Callable, List, NoReturn

from peer_loop import Limit, Phase, Start, Tally, in_a_window, one_at_a_time
from peer_workload import CALLS, Workload


class Unsupported(Exception):
    """The framework has no way to do this; the text says why."""


class Connection:
    """One framework's connection: the four calls, which wait for their replies."""

    def get_time(self) -> str:
        raise NotImplementedError

    def echo(self, payload: bytes) -> bytes:
        raise NotImplementedError

    def prices(self, count: int) -> List[float]:
        raise NotImplementedError

    def wait(self, milliseconds: int) -> int:
        raise NotImplementedError


def quantile_us(sorted_seconds: List[float], q: float) -> float | None:
    """By nearest rank."""
    if not sorted_seconds:
        return None
    rank = max(1, math.ceil(q * len(sorted_seconds)))
    return round(sorted_seconds[rank - 1] * 1e6, 1)


class Measured:
    """What is printed. Errors and wrong replies of the warm-up count too; its calls do not."""

    def __init__(self, connections: int) -> None:
        self.latencies: List[float] = []  # seconds, sorted
        self.errors = 0
        self.wrong = 0
        self.seconds = 0.0
        self.cpu_seconds = 0.0
        self.connections = connections

    def spoiled_by(self, tally: Tally) -> None:
        self.errors += tally.errors
        self.wrong += tally.wrong

    def take(self, phase: Phase) -> None:
        self.spoiled_by(phase.tally)
        self.latencies = sorted(phase.tally.latencies)
        self.seconds = phase.seconds
        self.cpu_seconds = phase.cpu_seconds

    def json(self) -> str:
        return json.dumps({
            "calls": len(self.latencies), "errors": self.errors, "wrong": self.wrong,
            "seconds": round(self.seconds, 6),
            "p50_us": quantile_us(self.latencies, 0.5), "p99_us": quantile_us(self.latencies, 0.99),
            "client_cpu_seconds": round(self.cpu_seconds, 6), "connections": self.connections})

    @property
    def right(self) -> bool:
        return bool(self.latencies) and not self.errors and not self.wrong


def client_flags(about: str) -> argparse.ArgumentParser:
    flags = argparse.ArgumentParser(description=about)
    flags.add_argument("--port", type=int, required=True, help="of 127.0.0.1")
    flags.add_argument("--call", choices=CALLS, default="get_time")
    flags.add_argument("--bytes", type=int, default=1024, help="that echo sends; 1024")
    flags.add_argument("--count", type=int, default=10000, help="of prices; 10000")
    flags.add_argument("--milliseconds", type=int, default=5, help="that wait waits; 5")
    flags.add_argument("--concurrency", type=int, default=1, help="calls at a time, each on a connection of its own; 1")
    flags.add_argument("--one-connection", action="store_true", help="all of them on one connection")
    length = flags.add_mutually_exclusive_group()
    length.add_argument("--seconds", type=float, default=1.0, help="to measure; 1")
    length.add_argument("--calls", type=int, default=0, help="to measure, in the place of --seconds")
    flags.add_argument("--warm-up", type=float, default=0.3, help="seconds before; 0.3")
    return flags


def measure(options: argparse.Namespace, connect: Callable[[argparse.Namespace], Connection],
            window: Callable[[argparse.Namespace], Start] | str) -> Measured:
    workload = Workload(options)
    size = options.concurrency
    if options.one_connection and size > 1:
        if isinstance(window, str):
            raise Unsupported(window)
        start = window(options)
        connections = 1

        def phase(calls: int, seconds: float) -> Phase:
            limit = Limit(calls, seconds)
            return Phase([lambda tally: in_a_window(start, size, workload, limit, tally)], [limit])
    else:
        links = [connect(options) for _ in range(size)]
        connections = size

        def phase(calls: int, seconds: float) -> Phase:
            # The first ones make the calls that are left over.
            shares = [calls // size + (index < calls % size) for index in range(size)]
            limits = [Limit(share, 0.0 if calls else seconds) for share in shares]
            return Phase([lambda tally, link=link, limit=limit: one_at_a_time(link, workload, limit, tally)
                          for link, limit in zip(links, limits)], limits)

    measured = Measured(connections)
    measured.spoiled_by(phase(0, options.warm_up).run().tally)
    measured.take(phase(options.calls, options.seconds).run())
    return measured


def main(flags: argparse.ArgumentParser, connect: Callable[[argparse.Namespace], Connection],
         window: Callable[[argparse.Namespace], Start] | str) -> NoReturn:
    """`connect` makes one connection. `window` makes one that has many calls under way, or
    says in a line why there is none."""
    options = flags.parse_args()
    if options.concurrency < 1 or options.calls < 0 or options.bytes < 1:
        flags.error("--concurrency and --bytes are at least 1, --calls at least 0")
    try:
        measured = measure(options, connect, window)
    except Unsupported as why:
        print(f"unsupported: {why}", flush=True)
        sys.exit(3)
    except Exception as error:  # it could not connect
        tally = Tally()
        tally.fail(error)
        measured = Measured(connections=0)
        measured.spoiled_by(tally)
    print(measured.json(), flush=True)
    sys.exit(0 if measured.right else 1)
