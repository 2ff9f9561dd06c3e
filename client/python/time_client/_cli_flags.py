"""The flags of the command line, a row each: it feeds --help, the names in the
environment, and validation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Iterable, Tuple

from ._cli_numbers import parse_count, parse_duration, parse_seconds
from ._cli_output import OUTPUTS
from ._dialects import AUTO
from ._endpoint import parse_endpoint
from ._formats import PROTOCOLS, TRANSPORTS
from .enums import Disambiguation
from .errors import UsageError

if TYPE_CHECKING:
    from ._cli_options import CliOptions


@dataclass(frozen=True)
class Flag:
    """``value`` is "" for a switch, which takes yes, no, or none, for yes.
    ``commands`` are those that use it; empty for all.
    ``set(options, source, value)`` throws UsageError, which begins with the
    source and the value and says what would be right."""

    name: str
    value: str
    help: str
    set: Callable[[CliOptions, str, str], None]
    commands: Tuple[str, ...] = ()
    repeatable: bool = False

    @property
    def is_switch(self) -> bool:
        return not self.value

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


def _set_endpoint(options: CliOptions, source: str, value: str) -> None:
    parse_endpoint(value, source)
    options.endpoints.append(value)


def _set_protocol(options: CliOptions, source: str, value: str) -> None:
    options.protocol = _one_of((AUTO, *PROTOCOLS), source, value)


def _set_transport(options: CliOptions, source: str, value: str) -> None:
    options.transport = _one_of((AUTO, *TRANSPORTS), source, value)


def _set_tls(options: CliOptions, source: str, value: str) -> None:
    if value not in ("yes", "no"):
        raise UsageError(f"{source} {value!r} is neither yes nor no")
    options.tls_on = value == "yes"


def _set_tls_ca(options: CliOptions, source: str, value: str) -> None:
    options.tls_ca = value


def _set_tls_cert(options: CliOptions, source: str, value: str) -> None:
    options.tls_cert = value


def _set_tls_key(options: CliOptions, source: str, value: str) -> None:
    options.tls_key = value


def _set_tls_server_name(options: CliOptions, source: str,
                         value: str) -> None:
    options.tls_server_name = value


def _set_timeout(options: CliOptions, source: str, value: str) -> None:
    options.timeout_s = parse_seconds(source, value, 1800)


def _set_retries(options: CliOptions, source: str, value: str) -> None:
    options.retries = parse_count(source, value, 0, 100)


def _set_output(options: CliOptions, source: str, value: str) -> None:
    options.output = OUTPUTS[_one_of(OUTPUTS, source, value)]


def _set_samples(options: CliOptions, source: str, value: str) -> None:
    options.samples = parse_count(source, value, 1, 10_000)


def _set_interval(options: CliOptions, source: str, value: str) -> None:
    options.interval_s = parse_seconds(source, value, 86400)


def _set_count(options: CliOptions, source: str, value: str) -> None:
    options.count = parse_count(source, value, 0, 1_000_000_000)


def _set_max_error(options: CliOptions, source: str, value: str) -> None:
    options.max_error_ns = parse_duration(source, value)


def _set_zone(options: CliOptions, source: str, value: str) -> None:
    options.zone = value


def _set_format(options: CliOptions, source: str, value: str) -> None:
    options.format = value


def _set_policy(options: CliOptions, source: str, value: str) -> None:
    options.policy = Disambiguation[_one_of(_POLICIES, source, value).upper()]


def _set_from(options: CliOptions, source: str, value: str) -> None:
    options.from_ = value


def _set_until(options: CliOptions, source: str, value: str) -> None:
    options.until = value


def _set_warning(options: CliOptions, source: str, value: str) -> None:
    options.warning_ns = parse_duration(source, value)


def _set_critical(options: CliOptions, source: str, value: str) -> None:
    options.critical_ns = parse_duration(source, value)


def _set_against(options: CliOptions, source: str, value: str) -> None:
    options.against_server = _one_of(_REFERENCES, source, value) == "server"


_POLICIES = [policy.name.lower() for policy in Disambiguation]
_REFERENCES = ["true-time", "server"]
_SECONDS = "seconds, or with a unit, as 500ms"
_INSTANT_HELP = ("nanoseconds since 1970, or ISO 8601 in UTC, such as "
                 "2026-01-01 or 2026-01-01T12:00")

FLAGS: Tuple[Flag, ...] = (
    Flag("endpoint", "E", "host:port, [v6-address]:port or unix:/path, "
         "behind tls: for TLS; of several, the next is tried when one cannot "
         "be connected to or closes the connection (localhost:9090)",
         _set_endpoint, repeatable=True),
    Flag("protocol", "P", " | ".join((AUTO, *PROTOCOLS)) + " (binary)",
         _set_protocol),
    Flag("transport", "T", " | ".join((AUTO, *TRANSPORTS)) + " (buffered)",
         _set_transport),
    Flag("tls", "", "TLS at every endpoint; tls: before one is for that "
         "alone", _set_tls),
    Flag("tls-ca", "FILE", "what must have signed the server's certificate, "
         "in PEM (what this machine trusts)", _set_tls_ca),
    Flag("tls-cert", "FILE", "this client's certificate, and those up to the "
         "root, in PEM", _set_tls_cert),
    Flag("tls-key", "FILE", "the key of --tls-cert, in PEM", _set_tls_key),
    Flag("tls-server-name", "NAME", "what the server's certificate must be "
         "for (the endpoint's host)", _set_tls_server_name),
    Flag("timeout", "TIME", f"for each call as a whole: {_SECONDS} (5s)",
         _set_timeout),
    Flag("retries", "N", "tries after the first (2)", _set_retries),
    Flag("output", "FORMAT", " | ".join(OUTPUTS) + " (text)", _set_output),
    Flag("samples", "N",
         "exchanges per measurement, of which the best counts (8)",
         _set_samples, commands=("exchange", "check", "watch")),
    Flag("interval", "TIME", f"from one line to the next: {_SECONDS} (1s)",
         _set_interval, commands=("watch",)),
    Flag("count", "N", "lines, then end; 0 for ever (0)", _set_count,
         commands=("watch",)),
    Flag("max-error", "DURATION", "fail if the clock may be off by more, such "
         "as 5ms (no limit)", _set_max_error, commands=("now",)),
    Flag("zone", "ZONE", "a name of the tz database (UTC)", _set_zone,
         commands=("to-local", "from-local", "periods")),
    Flag("format", "FORMAT", 'as for strftime, such as "%Y-%m-%d %H:%M:%S" '
         "(ISO 8601)", _set_format, commands=("to-local", "from-local")),
    Flag("policy", "POLICY", "for times skipped or repeated: "
         + " | ".join(_POLICIES) + " (reject)", _set_policy,
         commands=("from-local",)),
    Flag("from", "T", _INSTANT_HELP, _set_from, commands=("periods",)),
    Flag("until", "T", _INSTANT_HELP, _set_until, commands=("periods",)),
    Flag("warning", "DURATION", "WARNING if it may be off by more (100ms, "
         "or --critical if that is less)", _set_warning, commands=("check",)),
    Flag("critical", "DURATION", "CRITICAL if it may be off by more (1s)",
         _set_critical, commands=("check",)),
    Flag("against", "REFERENCE", " | ".join(_REFERENCES) + " (true-time)",
         _set_against, commands=("check",)),
)
