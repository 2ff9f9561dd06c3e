"""The flags of the command line, a row each: it feeds --help, the names in the
environment, and validation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Iterable, Tuple

from ._cli_output import OUTPUTS
from ._dialects import AUTO
from ._endpoint import parse_endpoint
from ._formats import PROTOCOLS, TRANSPORTS
from .errors import UsageError

if TYPE_CHECKING:
    from ._cli_options import CliOptions


@dataclass(frozen=True)
class Flag:
    """``commands`` are those that use it; empty for all.
    ``set(options, source, value)`` throws UsageError, which begins with the
    source and the value and says what would be right."""

    name: str
    value: str
    help: str
    set: Callable[[CliOptions, str, str], None]
    commands: Tuple[str, ...] = ()
    repeatable: bool = False

    def is_for(self, command: str) -> bool:
        return not self.commands or command in self.commands

    @property
    def variable(self) -> str:
        """Where its value is taken from when it is not on the command
        line."""
        return "TIME_CLIENT_" + self.name.upper().replace("-", "_")


def _one_of(names: Iterable[str], source: str, value: str) -> str:
    if value not in names:
        raise UsageError(f"{source} {value!r} is none of {' | '.join(names)}")
    return value


def _count(source: str, value: str, least: int, most: int) -> int:
    whole = re.fullmatch(r"[0-9]{1,12}", value)
    if not whole or not least <= int(value) <= most:
        raise UsageError(f"{source} {value!r} is no whole number from {least} "
                         f"to {most}")
    return int(value)


def _seconds(source: str, value: str, most: int) -> float:
    number = re.fullmatch(r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?",
                          value)
    if not number or not 0.001 <= float(value) <= most:
        raise UsageError(f"{source} {value!r} is no number of seconds from "
                         f"0.001 to {most}")
    return float(value)


def _set_endpoint(options: CliOptions, source: str, value: str) -> None:
    parse_endpoint(value, source)
    options.endpoints.append(value)


def _set_protocol(options: CliOptions, source: str, value: str) -> None:
    options.protocol = _one_of((AUTO, *PROTOCOLS), source, value)


def _set_transport(options: CliOptions, source: str, value: str) -> None:
    options.transport = _one_of((AUTO, *TRANSPORTS), source, value)


def _set_timeout(options: CliOptions, source: str, value: str) -> None:
    options.timeout_s = _seconds(source, value, 1800)


def _set_retries(options: CliOptions, source: str, value: str) -> None:
    options.retries = _count(source, value, 0, 100)


def _set_output(options: CliOptions, source: str, value: str) -> None:
    options.output = OUTPUTS[_one_of(OUTPUTS, source, value)]


def _set_samples(options: CliOptions, source: str, value: str) -> None:
    options.samples = _count(source, value, 1, 10_000)


def _set_interval(options: CliOptions, source: str, value: str) -> None:
    options.interval_s = _seconds(source, value, 86400)


def _set_count(options: CliOptions, source: str, value: str) -> None:
    options.count = _count(source, value, 0, 1_000_000_000)


FLAGS: Tuple[Flag, ...] = (
    Flag("endpoint", "E", "host:port, [v6-address]:port or unix:/path; give "
         "several, tried in turn (localhost:9090)", _set_endpoint,
         repeatable=True),
    Flag("protocol", "P", " | ".join((AUTO, *PROTOCOLS)) + " (binary)",
         _set_protocol),
    Flag("transport", "T", " | ".join((AUTO, *TRANSPORTS)) + " (buffered)",
         _set_transport),
    Flag("timeout", "SECONDS", "for each call as a whole (5)", _set_timeout),
    Flag("retries", "N", "tries after the first (2)", _set_retries),
    Flag("output", "FORMAT", " | ".join(OUTPUTS) + " (text)", _set_output),
    Flag("samples", "N",
         "exchanges per measurement, of which the best counts (8)",
         _set_samples, commands=("exchange", "watch")),
    Flag("interval", "SECONDS", "from one line to the next (1)",
         _set_interval, commands=("watch",)),
    Flag("count", "N", "lines, then end; 0 for ever (0)", _set_count,
         commands=("watch",)),
)
