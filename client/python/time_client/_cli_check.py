"""The command check: a monitoring plugin."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from ._cli_output import Output, print_line
from ._cli_time_output import CheckResult, Verdict
from .client import TimeClient
from .results import ClockComparison

if TYPE_CHECKING:
    from ._cli_options import CliOptions


def check(clock: TimeClient, options: CliOptions) -> Verdict:
    """Compares this host's clock and prints one line; UNKNOWN also where the
    server gives no bound on its own error, unless that does not count."""
    result = _judge(clock.exchange(options.samples), options)
    print_line(options.output.check(result))
    return result.verdict


def fail_check(output: Output, what: object) -> Verdict:
    """UNKNOWN, for what has gone wrong before or in it."""
    print_line(output.check_failure(str(what)))
    return Verdict.UNKNOWN


def _judge(comparison: ClockComparison, options: CliOptions) -> CheckResult:
    judged = comparison
    if options.against_server:
        judged = dataclasses.replace(comparison, server_error_ns=0)
    off_by_ns = judged.client_error_ns
    verdict = (Verdict.UNKNOWN if off_by_ns is None
               else Verdict.CRITICAL if off_by_ns > options.critical_ns
               else Verdict.WARNING if off_by_ns > options.warning_ns
               else Verdict.OK)
    return CheckResult(comparison, verdict, off_by_ns, options.against_server)
