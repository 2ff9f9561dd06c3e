"""How the results of now, exchange, check, timestamps, status and watch are
written."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Dict, Optional

from ._cli_texts import (dump, duration_text, error_text, instant_text,
                         printable, signed_duration_text)
from .results import (ClockComparison, ClockStatus, OracleStatus,
                      ServerStatus, TimeInterval, TimestampRange)


class Verdict(enum.IntEnum):
    """Of check: the exit codes of a monitoring plugin."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


@dataclass(frozen=True)
class CheckResult:
    """``off_by_at_most_ns`` is None, and the verdict UNKNOWN, if there is no
    such bound. ``against_server``: the server's own error does not count.
    ``why`` there is no bound, in the server's words, or ""."""

    comparison: ClockComparison
    verdict: Verdict
    off_by_at_most_ns: Optional[int]
    against_server: bool
    why: str = ""


def now_text(interval: TimeInterval) -> str:
    return (f"{instant_text(interval.midpoint_ns)} +- "
            f"{duration_text(interval.error_ns)}  {interval.state.name}")


def now_json(interval: TimeInterval) -> str:
    return dump({"earliest_ns": interval.earliest_ns,
                 "latest_ns": interval.latest_ns,
                 "state": interval.state.name})


def timestamps_text(found: TimestampRange) -> str:
    return "\n".join(map(str, found))


def timestamps_json(found: TimestampRange) -> str:
    return dump({"first": found.first, "count": found.count})


def _measured_text(result: ClockComparison) -> str:
    return (f"offset {signed_duration_text(result.offset_ns)} \u00b1 "
            f"{duration_text(result.bound_ns)} "
            f"(delay {duration_text(result.delay_ns)}, "
            f"best of {result.samples})")


def comparison_text(result: ClockComparison) -> str:
    return (f"{_measured_text(result)}, server state {result.state.name}, "
            f"{error_text(result.server_error_ns)}")


def watch_text(now_ns: int, result: ClockComparison) -> str:
    return f"{instant_text(now_ns)} {_measured_text(result)}"


def _comparison_object(result: ClockComparison) -> Dict[str, Any]:
    return {"offset_ns": result.offset_ns, "delay_ns": result.delay_ns,
            "bound_ns": result.bound_ns,
            "server_error_ns": result.server_error_ns,
            "client_error_ns": result.client_error_ns,
            "samples": result.samples, "discarded": result.discarded,
            "state": result.state.name}


def comparison_json(result: ClockComparison) -> str:
    return dump(_comparison_object(result))


def watch_json(now_ns: int, result: ClockComparison) -> str:
    return dump({**_comparison_object(result), "time_ns": now_ns})


def check_text(result: CheckResult) -> str:
    comparison = result.comparison
    measured = (f"offset {signed_duration_text(comparison.offset_ns)}, "
                f"bound {duration_text(comparison.bound_ns)}")
    if result.off_by_at_most_ns is None:
        return f"UNKNOWN: {_no_bound_text(result)} ({measured})"
    if not result.against_server and comparison.server_error_ns is not None:
        measured += f", server {duration_text(comparison.server_error_ns)}"
    return (f"{result.verdict.name}: clock is off by at most "
            f"{duration_text(result.off_by_at_most_ns)} ({measured})")


def check_json(result: CheckResult) -> str:
    found = {**_comparison_object(result.comparison),
             "verdict": result.verdict.name,
             "off_by_at_most_ns": result.off_by_at_most_ns}
    if result.verdict is Verdict.UNKNOWN:
        found["message"] = _no_bound_text(result)
    return dump(found)


def _no_bound_text(result: CheckResult) -> str:
    why = f": {printable(result.why)}" if result.why else ""
    return ("the server gives no bound on its own error, state "
            f"{result.comparison.state.name}{why}")


def check_failure_text(what: str) -> str:
    return f"UNKNOWN: {printable(what)}"


def check_failure_json(what: str) -> str:
    return dump({"verdict": "UNKNOWN", "off_by_at_most_ns": None,
                 "message": printable(what)})


def status_text(status: ServerStatus) -> str:
    return (f"version {printable(status.version)}\n"
            f"started {instant_text(status.started_ns)}\n"
            f"tzdb    {printable(status.tzdb_version) or 'unknown'}\n"
            f"{_clock_text(status.clock)}\n"
            f"{_oracle_text(status.oracle)}")


def _clock_text(clock: ClockStatus) -> str:
    tai = f"{clock.tai_offset_s} s" if clock.tai_offset_s else "unknown"
    leap = f"{clock.pending_leap_s:+}" if clock.pending_leap_s else "0"
    return (f"clock   {instant_text(clock.now_ns)}, state {clock.state.name}, "
            f"{error_text(clock.error_ns)}\n"
            f"source  {printable(clock.bound_source) or 'none'}, "
            f"{clock.steps} steps, TAI-UTC {tai}, leap second {leap}")


def _oracle_text(oracle: OracleStatus) -> str:
    return (f"oracle  {oracle.role.name}, last {oracle.last_timestamp}, "
            f"watermark {oracle.watermark}, "
            f"ahead {duration_text(oracle.ahead_ns)}, "
            f"leader {printable(oracle.leader) or 'none'}")


def status_json(status: ServerStatus) -> str:
    clock, oracle = status.clock, status.oracle
    return dump({
        "version": status.version, "started_ns": status.started_ns,
        "tzdb_version": status.tzdb_version,
        "clock": {"now_ns": clock.now_ns, "state": clock.state.name,
                  "error_ns": clock.error_ns,
                  "bound_source": clock.bound_source, "steps": clock.steps,
                  "tai_offset_s": clock.tai_offset_s,
                  "pending_leap_s": clock.pending_leap_s},
        "oracle": {"role": oracle.role.name, "leader": oracle.leader,
                   "last_timestamp": oracle.last_timestamp,
                   "watermark": oracle.watermark,
                   "ahead_ns": oracle.ahead_ns}})
