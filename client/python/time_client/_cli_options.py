"""Reads the command line, and the environment for what is not on it.

Not by argparse: its errors are a dump of the usage, in its own words, and it
takes the flags of a command only behind it.
"""

from __future__ import annotations

import dataclasses
import os
from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from ._cli_commands import COMMANDS, Command
from ._cli_flags import FLAGS, Flag
from ._cli_numbers import parse_instant
from ._cli_output import EXIT_CODES, OUTPUTS, PROGRAM, Output
from ._cli_variables import unknown_variables
from .enums import Disambiguation
from .errors import UsageError
from .tls_options import TlsOptions

_DEFAULT_ENDPOINT = "localhost:9090"

_SWITCHES = {"help": "print this and end",
             "version": "print the version and end"}
_FLAG_SWITCHES = [flag.name for flag in FLAGS if flag.is_switch]


@dataclasses.dataclass
class CliOptions:
    """What is to be done. ``command`` is None for --help and --version."""

    endpoints: List[str] = dataclasses.field(default_factory=list)
    protocol: str = "binary"
    transport: str = "buffered"
    tls_on: bool = False
    tls_ca: str = ""
    tls_cert: str = ""
    tls_key: str = ""
    tls_server_name: str = ""
    timeout_s: float = 5.0
    retries: int = 2
    output: Output = OUTPUTS["text"]
    command: Optional[Command] = None
    help: bool = False
    version: bool = False
    warnings: List[str] = dataclasses.field(default_factory=list)
    words: List[str] = dataclasses.field(default_factory=list)
    samples: int = 8
    max_error_ns: int = 0
    zone: str = "UTC"
    format: str = ""
    policy: Disambiguation = Disambiguation.REJECT
    from_: Optional[str] = None
    until: Optional[str] = None
    warning_ns: Optional[int] = None  # see _cli_check
    critical_ns: int = 1_000_000_000
    against_server: bool = False
    interval_s: float = 1.0
    count: int = 0

    @property
    def tls(self) -> TlsOptions:
        return _FlagTlsOptions(
            ca=self.tls_ca, cert=self.tls_cert, key=self.tls_key,
            server_name=self.tls_server_name, on=self.tls_on)


class _FlagTlsOptions(TlsOptions):
    """Errors name the flags."""

    def _word(self, field: str) -> str:
        return "--tls" if field == "on" else "--tls-" + field.replace("_", "-")


_Values = Dict[str, List[str]]


def parse_options(arguments: Sequence[str],
                  environment: Mapping[str, str]) -> CliOptions:
    """Throws UsageError, which says where it is wrong and what would be
    right."""
    values, words = _split(arguments)
    options = CliOptions(help="help" in values, version="version" in values)
    if options.help or options.version:
        return options
    options.command, options.words = _command_of(words)
    for flag in FLAGS:
        _apply(options, options.command, flag, values, environment)
    if not options.endpoints:
        options.endpoints = [_DEFAULT_ENDPOINT]
    _check_together(options, options.command)
    options.warnings = unknown_variables(
        environment, [flag.variable for flag in FLAGS])
    return options


def asks_for_check(arguments: Sequence[str]) -> bool:
    """Whatever else is wrong with them."""
    return "check" in arguments


def _split(arguments: Sequence[str]) -> Tuple[_Values, List[str]]:
    """The values of the flags, by name, and the words between them."""
    values: _Values = {}
    words: List[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            words.extend(rest)
        elif (not argument.startswith("-") or argument == "-"
              or parse_instant(argument) is not None):  # "-1" is no flag
            words.append(argument)
        else:
            name, equals, value = argument.partition("=")
            _check_flag(name, equals)
            if not equals and name[2:] not in _SWITCHES:
                value = ("yes" if name[2:] in _FLAG_SWITCHES
                         else _value_after(name, rest))
            values.setdefault(name[2:], []).append(value)
    return values, words


def _check_flag(name: str, equals: str) -> None:
    names = [f"--{flag.name}" for flag in FLAGS]
    if name[2:] in _SWITCHES and name.startswith("--"):
        if equals:
            raise UsageError(f"{name} takes no value; see {PROGRAM} --help")
    elif name not in names:
        raise UsageError(f"{name!r} is no flag; the flags are "
                         f"{', '.join(names)}, --help and --version")


def _value_after(name: str, rest: Iterator[str]) -> str:
    value = next(rest, None)
    if value is None or value.startswith("--"):
        raise UsageError(f"the required argument for option '{name}' is "
                         f"missing; see {PROGRAM} --help")
    return value


def _command_of(words: Sequence[str]) -> Tuple[Command, List[str]]:
    """The command, and what stands behind it."""
    names = " | ".join(COMMANDS)
    if not words:
        raise UsageError(f"no command; name one of {names}")
    if words[0] not in COMMANDS:
        raise UsageError(f"command {words[0]!r} is none of {names}")
    command = COMMANDS[words[0]]
    # Python's own mark for what is no UTF-8 cannot be sent.
    behind = [os.fsencode(word).decode("utf-8", "replace")
              for word in words[1:]]
    if len(behind) > command.most_words:
        takes = "one number" if command.most_words else "nothing"
        raise UsageError(f"{behind[command.most_words]!r} after the command "
                         f"{words[0]!r}: it takes {takes}")
    return command, behind


def _check_together(options: CliOptions, command: Command) -> None:
    if command.name == "periods" and None in (options.from_, options.until):
        raise UsageError("periods: needs --from and --until")
    if (options.warning_ns is not None
            and options.warning_ns > options.critical_ns):
        raise UsageError("--warning must not be above --critical")


def _apply(options: CliOptions, command: Command, flag: Flag, values: _Values,
           environment: Mapping[str, str]) -> None:
    name = f"--{flag.name}"
    if flag.name in values:
        given = values[flag.name]
        if not flag.is_for(command.name):
            raise UsageError(f"{name} does nothing with {command.name}; it is "
                             f"for {', '.join(flag.commands)}")
        if len(given) > 1 and not flag.repeatable:
            raise UsageError(f"{name} is given twice; give it once")
        for value in given:
            flag.set(options, name, value)
        return
    text = environment.get(flag.variable, "")  # empty is as good as absent
    if text and flag.is_for(command.name):
        for value in text.split(",") if flag.repeatable else [text]:
            flag.set(options, flag.variable, value)


def _rows(rows: Mapping[str, str]) -> str:
    return "".join(f"  {name:<24} {text}\n" for name, text in rows.items())


def help_text() -> str:
    flags = {f"--{flag.name} {flag.value}".rstrip():
             (", ".join(flag.commands) + ": " if flag.commands else "")
             + flag.help for flag in FLAGS}
    switches = {f"--{name}": text for name, text in _SWITCHES.items()}
    return f"""\
{PROGRAM}: asks a time-server.

Usage: {PROGRAM} [FLAG...] COMMAND [WORD...] [FLAG...]

Commands:
{_rows({name: row.help for name, row in COMMANDS.items()})}
Flags (default):
{_rows({**flags, **switches})}
A flag that is not given is taken from the environment: --timeout from
TIME_CLIENT_TIMEOUT. TIME_CLIENT_ENDPOINT may hold several, with commas between.
With auto, protocols and transports are tried until the server answers to one.
TIME_CLIENT_THRIFT=thriftpy2 or thriftpy takes that library and no other.

Output formats:
{_rows({name: row.help for name, row in OUTPUTS.items()})}
Exit codes:
{_rows({str(int(code)): text for code, text in EXIT_CODES.items()})}"""
