"""Command line: ``python -m time_client get_time``; --help says the rest."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any, Optional, Sequence

from ._cli_check import fail_check
from ._cli_options import (CliOptions, asks_for_check, help_text,
                           parse_options)
from ._cli_output import (OUTPUTS, PROGRAM, ExitCode, Unwritable,
                          drop_unwritten, exit_code, print_error, print_line,
                          replace_closed_streams)
from ._cli_time_output import Verdict
from ._dialects import Route, search
from ._endpoint import parse_endpoint
from ._tls import make_tls
from ._version import VERSION
from .client import TimeClient
from .errors import TimeClientError


def _run(options: CliOptions) -> int:
    if options.command is None:
        print_line(help_text().rstrip("\n") if options.help
                   else f"{PROGRAM} {VERSION}")
        return ExitCode.DONE
    for warning in options.warnings:
        print_error(warning)
    tls: Any = make_tls(options.tls, options.endpoints)
    endpoints = [str(tls.checked(parse_endpoint(text)))
                 for text in options.endpoints]
    route = search(
        Route(endpoints, options.protocol, options.transport),
        options.timeout_s, options.retries, tls)
    with TimeClient(route.endpoints, protocol=route.protocol,
                    transport=route.transport, timeout=options.timeout_s,
                    retries=options.retries, tls=tls) as clock:
        return options.command.run(clock, options)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """The exit code. What a signal ends, ends by that signal."""
    replace_closed_streams()
    _write_utf8(sys.stdout)
    arguments = sys.argv[1:] if argv is None else argv
    output = OUTPUTS["text"]
    try:
        try:
            options = parse_options(arguments, os.environ)
            output = options.output
            return _run(options)
        except (TimeClientError, OSError) as error:
            if asks_for_check(arguments):
                return fail_check(output, error)
            print_error(error)
            return exit_code(error)
    except KeyboardInterrupt:
        return _end_by(signal.SIGINT)
    except Unwritable as error:
        if isinstance(error.__cause__, BrokenPipeError):
            return _end_by(signal.SIGPIPE)
        print_error(error)
        drop_unwritten(sys.stdout)
        return (Verdict.UNKNOWN if asks_for_check(arguments)
                else ExitCode.FAILED)


def _write_utf8(stream: Any) -> None:
    """As the C++ client does, whatever the locale."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(encoding="utf-8", errors="replace")


def _end_by(number: signal.Signals) -> int:
    """As a program that knows nothing of the signal, and without Python's
    traceback."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    return 128 + number  # if it is blocked


if __name__ == "__main__":
    sys.exit(main())
