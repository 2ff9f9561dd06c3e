"""Command line: ``python -m time_client get_time``.

Exit codes: 0 done, 1 the call failed (one line on stderr), 2 wrong usage.
The variables TIME_CLIENT_ENDPOINT (several with commas between),
TIME_CLIENT_PROTOCOL and TIME_CLIENT_TRANSPORT stand in for flags not given.
"""

from __future__ import annotations

import argparse
import dataclasses
import enum
import json
import os
import sys
from typing import Any, Callable, Iterator, Mapping, Optional, Sequence, Tuple

from ._dialects import AUTO, Route, search
from ._formats import PROTOCOLS, TRANSPORTS
from .client import TimeClient, connect
from .errors import TimeClientError, UsageError

_DEFAULT_ENDPOINT = "localhost:9090"


@dataclasses.dataclass(frozen=True)
class _Command:
    help: str
    run: Callable[[TimeClient, argparse.Namespace], Mapping[str, Any]]


def _exchange(clock: TimeClient, args: argparse.Namespace
              ) -> Mapping[str, Any]:
    comparison = clock.exchange(args.samples)
    return {**dataclasses.asdict(comparison),
            "client_error_ns": comparison.client_error_ns}


_COMMANDS: Mapping[str, _Command] = {
    "get_time": _Command(
        "the server's local time, as text",
        lambda clock, args: {"time": clock.get_time()}),
    "exchange": _Command(
        "compare this host's clock with the server's", _exchange),
    "status": _Command(
        "the server's version, start and clock",
        lambda clock, args: dataclasses.asdict(clock.get_status())),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="time_client", description="Ask a time-server.",
        epilog="Where --endpoint, --protocol or --transport is not given, "
               "TIME_CLIENT_ENDPOINT (several with commas between), "
               "TIME_CLIENT_PROTOCOL or TIME_CLIENT_TRANSPORT is taken. With "
               f"{AUTO}, protocols and transports are tried until the server "
               "answers to one.")
    parser.add_argument(
        "--endpoint", action="append", metavar="E",
        help="host:port, [::1]:port or unix:/path; repeat it for failover "
             f"(default {_DEFAULT_ENDPOINT})")
    parser.add_argument("--protocol", choices=(AUTO, *PROTOCOLS),
                        help="default binary")
    parser.add_argument("--transport", choices=(AUTO, *TRANSPORTS),
                        help="default buffered")
    parser.add_argument("--timeout", type=float, default=5.0,
                        metavar="SECONDS",
                        help="for each call as a whole (default %(default)s)")
    parser.add_argument("--retries", type=int, default=2, metavar="N",
                        help="after a connection failed (default %(default)s)")
    parser.add_argument("--output", choices=("text", "json"), default="text",
                        help="default %(default)s")
    commands = parser.add_subparsers(dest="command", required=True,
                                     metavar="COMMAND")
    for name, command in _COMMANDS.items():
        subparser = commands.add_parser(name, help=command.help,
                                        description=command.help)
        if name == "exchange":
            subparser.add_argument(
                "--samples", type=int, default=8, metavar="N",
                help="exchanges, of which the best is taken "
                     "(default %(default)s)")
    return parser


def _variable(name: str) -> str:
    """Empty is as good as absent."""
    return os.environ.get("TIME_CLIENT_" + name.upper(), "")


def _fill_in(args: argparse.Namespace) -> None:
    """What was not given: from the environment, else the default. Throws
    UsageError."""
    if args.endpoint is None:
        args.endpoint = (_variable("endpoint") or _DEFAULT_ENDPOINT).split(",")
    for name, rows, default in (("protocol", PROTOCOLS, "binary"),
                                ("transport", TRANSPORTS, "buffered")):
        if getattr(args, name) is not None:
            continue
        value = _variable(name) or default
        if value != AUTO and value not in rows:
            raise UsageError(f"TIME_CLIENT_{name.upper()} {value!r} is none "
                             f"of {', '.join((AUTO, *rows))}")
        setattr(args, name, value)


def _plain(value: Any) -> Any:
    """Enums by name, at any depth."""
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _lines(result: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in result.items():
        if isinstance(value, dict):
            yield from _lines(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}: {'none' if value is None else value}"


def _format(result: Mapping[str, Any], output: str) -> str:
    plain = _plain(dict(result))
    if output == "json":
        return json.dumps(plain)
    if tuple(plain) == ("time",):
        return str(plain["time"])
    return "\n".join(_lines(plain))


def _run(args: argparse.Namespace) -> Tuple[int, str]:
    try:
        _fill_in(args)
        route = search(
            Route(args.endpoint, args.protocol, args.transport),
            args.timeout, args.retries)
        with connect(route.endpoints, protocol=route.protocol,
                     transport=route.transport, timeout=args.timeout,
                     retries=args.retries) as clock:
            result = _COMMANDS[args.command].run(clock, args)
    except UsageError as error:
        return 2, str(error)
    except TimeClientError as error:
        return 1, str(error)
    return 0, _format(result, args.output)


def main(argv: Optional[Sequence[str]] = None) -> int:
    code, text = _run(_parser().parse_args(argv))
    if code == 0:
        print(text)
    else:
        print(f"time_client: {text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
