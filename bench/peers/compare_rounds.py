"""Measures: in each round every server is started anew, in another order; then each scenario
is run with all pairs, in another order each time, so that what is compared is measured
within seconds of each other and no peer has the quiet minutes for itself.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import Callable, Dict, List, Sequence, Set, Tuple

from catalog import OURS, Pair, Peer, pairs
from compare_idle import idle_clients
from compare_process import Answer, Failed, Server, Unsupported, run_client
from compare_results import Results
from compare_scenarios import CPU, FIRST, SCENARIOS, START, WIRE, Scenario, metrics_of
from compare_wire import CountingProxy

# A p99 of fewer calls is their worst.
_CALLS_FOR_P99 = 100
_LEAST_CPU_CALLS = 200
_WIRE_CALLS = 200


@dataclass(frozen=True)
class Settings:
    rounds: int
    seconds: float            # of each run
    warm_up_s: float          # before it
    budget_s: float           # no round begins that would end after it; the first always does
    patience_s: float = 30.0  # beyond what a run is to take
    only: Tuple[str, ...] = ()  # scenarios; without: all


class Rounds:
    def __init__(self, peers: Sequence[Peer], settings: Settings, results: Results,
                 say: Callable[[str], None]) -> None:
        self._settings = settings
        self._results = results
        self._say = say
        self._pairs: List[Pair] = []
        for pair in pairs(tuple(peers)):
            why = pair.missing()
            if why:
                results.absent[pair.key] = why
            else:
                self._pairs.append(pair)
        present = {pair.peer.key for pair in self._pairs}
        self._peers = [peer for peer in peers if peer.key in present]
        self._servers: Dict[str, Server] = {}
        self._too_few: Set[str] = set()  # pairs that made too few calls for a p99 in some round, and scenarios

    def run(self) -> int:
        """How many rounds there were."""
        begun = time.monotonic()
        longest = 0.0
        for number in range(self._settings.rounds):
            now = time.monotonic()
            if number and now - begun + longest > self._settings.budget_s:
                self._say(f"no time for round {number + 1} of {self._settings.rounds}")
                return number
            self._say(f"round {number + 1} of {self._settings.rounds}: {len(self._pairs)} pairs of server and client")
            try:
                self._round(number)
            finally:
                self._stop_servers()
            longest = max(longest, time.monotonic() - now)
        return self._settings.rounds

    def _round(self, number: int) -> None:
        for peer in _shuffled(self._peers):
            self._start(peer, number)
        steps = [(scenario, self._timed) for scenario in SCENARIOS]
        steps += [(CPU, self._processor), (FIRST, self._first)]
        if number == 0:  # it is the same each time
            steps.append((WIRE, self._wire))
        for scenario, measure in steps:
            if scenario.key in (self._settings.only or (scenario.key,)):
                self._each(scenario, number, measure)
        for key, server in self._servers.items():
            try:
                self._results.add(key, "start.rss_mb", number, server.rss_mb())
            except OSError:
                self._results.fail(key, START, "the server ended under its load")

    def _start(self, peer: Peer, number: int) -> None:
        threads = ("--threads", str(peer.threads)) if peer.threads else ()
        try:
            server = Server([*peer.server.command, *threads], self._settings.patience_s)
        except (Failed, OSError) as error:
            self._results.fail(peer.key, START, str(error))
            return
        self._servers[peer.key] = server
        self._results.add(peer.key, "start.ready_ms", number, server.ready_ms)

    def _stop_servers(self) -> None:
        for server in self._servers.values():
            server.terminate()
        for key, server in self._servers.items():
            code = server.stop()
            if code:
                self._say(f"{key} ended with {code}")
        self._servers.clear()

    def _each(self, scenario: Scenario, number: int, measure: Callable[[Scenario, Pair, Server, int], None]) -> None:
        self._say(f"  {scenario.title}")
        for pair in _shuffled(self._pairs):
            if self._results.settled(pair.key, scenario.key) or (scenario.idle and not _speaks_thrift_to_ours(pair)):
                continue
            server = self._servers.get(pair.peer.key)
            try:
                if server is None:
                    raise Failed(self._results.failure(pair.peer.key, START) or "there is no server")
                server.check_alive()
                measure(scenario, pair, server, number)
                server.check_alive()
            except Unsupported as why:
                self._results.lack(pair.key, scenario.key, str(why))
            except (Failed, OSError) as error:
                self._results.fail(pair.key, scenario.key, str(error))
                self._say(f"  FAILED: {pair.key}: {error}")

    def _call(self, pair: Pair, port: int, scenario: Scenario, *flags: str, seconds: float = 0.0) -> Answer:
        command = [*pair.client.program.command, "--port", str(port), *scenario.client_flags(), *flags]
        return run_client(command, seconds + self._settings.patience_s,
                          1 if scenario.one_connection else scenario.concurrency)

    def _timed(self, scenario: Scenario, pair: Pair, server: Server, number: int) -> None:
        settings = self._settings
        with idle_clients(server.port, scenario.idle, framed="--framed" in pair.client.program.command):
            answer = self._call(pair, server.port, scenario, "--seconds", str(settings.seconds),
                                "--warm-up", str(settings.warm_up_s), seconds=settings.seconds + settings.warm_up_s)
        values = {"rate": answer.rate, "p50_us": answer.fields["p50_us"], "p99_us": answer.fields["p99_us"]}
        if answer.calls < _CALLS_FOR_P99:
            self._too_few.add(f"{pair.key} {scenario.key}")
        for metric in metrics_of(scenario.key):
            field = metric.key.partition(".")[2]
            if field == "p99_us" and f"{pair.key} {scenario.key}" in self._too_few:
                self._results.drop(pair.key, metric.key)  # or it would be that of the quick rounds alone
            else:
                self._results.add(pair.key, metric.key, number, values[field])

    def _processor(self, scenario: Scenario, pair: Pair, server: Server, number: int) -> None:
        """A given number of calls, so that it is known among how many to divide what the
        kernel counted; as many as are made in the time of the other runs."""
        rate = self._results.values.get(pair.key, {}).get("sixteen.rate", {}).get(str(number))
        if rate is None:
            raise Failed("there is no figure of 16 at a time to tell how many calls to make")
        calls = max(_LEAST_CPU_CALLS, round(rate * self._settings.seconds))
        # Of a call on each connection, most is what connecting takes: a millisecond for some, as much as twenty calls.
        connecting, _ = self._used(scenario, pair, server, scenario.concurrency)
        used, client_s = self._used(scenario, pair, server, scenario.concurrency + calls)
        self._results.add(pair.key, "cpu.server_us", number, max(0.0, used - connecting) / calls * 1e6)
        self._results.add(pair.key, "cpu.client_us", number, client_s / (scenario.concurrency + calls) * 1e6)

    def _used(self, scenario: Scenario, pair: Pair, server: Server, calls: int) -> Tuple[float, float]:
        """Seconds of the server, and of the client once it was connected."""
        before = server.cpu_s()
        answer = self._call(pair, server.port, scenario, "--calls", str(calls), "--warm-up", "0",
                            seconds=self._settings.seconds)
        used = server.cpu_s() - before
        _check_number(answer, calls)
        return used, answer.fields["client_cpu_seconds"]

    def _first(self, scenario: Scenario, pair: Pair, server: Server, number: int) -> None:
        answer = self._call(pair, server.port, scenario, "--calls", "1", "--warm-up", "0")
        _check_number(answer, 1)
        self._results.add(pair.key, "first.ms", number, answer.wall_s * 1e3)

    def _wire(self, scenario: Scenario, pair: Pair, server: Server, number: int) -> None:
        """By the difference of two runs, which is free of what connecting takes."""
        once, twice = (self._counted(scenario, pair, server.port, calls) for calls in (_WIRE_CALLS, 2 * _WIRE_CALLS))
        for metric, first, second in zip(("wire.sent", "wire.received"), once, twice):
            self._results.add(pair.key, metric, number, (second - first) / _WIRE_CALLS)
        self._results.add(pair.key, "wire.set_up", number, max(0, 2 * sum(once) - sum(twice)))

    def _counted(self, scenario: Scenario, pair: Pair, port: int, calls: int) -> Tuple[int, int]:
        with CountingProxy(port) as proxy:
            answer = self._call(pair, proxy.port, scenario, "--calls", str(calls), "--warm-up", "0")
            proxy.end_of_connections()
        _check_number(answer, calls)
        return proxy.sent, proxy.received


def _check_number(answer: Answer, calls: int) -> None:
    if answer.calls != calls:
        raise Failed(f"the client made {answer.calls} calls where {calls} were asked for")


def _speaks_thrift_to_ours(pair: Pair) -> bool:
    """One client is enough: with idle ones beside it, the server is what differs."""
    return pair.peer.framework == OURS and pair.client.language == pair.peer.language


def _shuffled(items: Sequence) -> list:
    return random.sample(items, len(items))
