"""The command check: a monitoring plugin."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from ._cli_output import Output, print_line
from ._cli_time_output import CheckResult, Verdict
from .client import TimeClient
from .errors import ClockUnreliable, TimeClientError
from .results import ClockComparison

if TYPE_CHECKING:
    from ._cli_options import CliOptions

_WARNING_NS = 100_000_000  # unless --critical is less


def check(clock: TimeClient, options: CliOptions) -> Verdict:
    """Compares this host's clock and prints one line; UNKNOWN also where the
    server gives no bound on its own error, unless that does not count."""
    result = _judge(clock.exchange(options.samples), options)
    if result.verdict is Verdict.UNKNOWN:
        result = dataclasses.replace(result, why=_why_no_bound(clock))
    print_line(options.output.check(result))
    return result.verdict


def fail_check(output: Output, what: object) -> Verdict:
    """UNKNOWN, for what has gone wrong before or in it."""
    print_line(output.check_failure(str(what)))
    return Verdict.UNKNOWN


def _why_no_bound(clock: TimeClient) -> str:
    """An exchange has no room for the reason; now() is refused with it. ""
    where that says nothing either."""
    try:
        clock.now()
    except ClockUnreliable as unreliable:
        return unreliable.message
    except TimeClientError:
        pass  # that there is no bound is known all the same
    return ""


def _judge(comparison: ClockComparison, options: CliOptions) -> CheckResult:
    judged = comparison
    if options.against_server:
        judged = dataclasses.replace(comparison, server_error_ns=0)
    off_by_ns = judged.client_error_ns
    warning_ns = (min(_WARNING_NS, options.critical_ns)
                  if options.warning_ns is None else options.warning_ns)
    verdict = (Verdict.UNKNOWN if off_by_ns is None
               else Verdict.CRITICAL if off_by_ns > options.critical_ns
               else Verdict.WARNING if off_by_ns > warning_ns
               else Verdict.OK)
    return CheckResult(comparison, verdict, off_by_ns, options.against_server)
