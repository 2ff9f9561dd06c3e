"""Runs the command line for tests: in this process, or in one of its own."""

import contextlib
import io
import os
import subprocess
import sys
from unittest import mock

import time_client
from time_client.__main__ import main

THE_TIME = (0, "Tue Nov 24 21:30:56 2026\n", "")

# "offset +1.234 us ± 0.617 us (delay 1.234 us, best of 8)"
_DURATION = r"\d+\.\d{3,9} (us|ms|s)"
LINE = (rf"\Aoffset [+-]{_DURATION} \u00b1 {_DURATION} "
        rf"\(delay {_DURATION}, best of \d+\)\Z")

COMPARISON = {"offset_ns", "delay_ns", "bound_ns", "server_error_ns",
              "client_error_ns", "samples", "discarded", "state"}


def run(*arguments, **variables):
    """Exit code, stdout, stderr."""
    out, err = io.StringIO(), io.StringIO()
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith("TIME_CLIENT_")}
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), \
            mock.patch.dict(os.environ, {**clean, **variables}, clear=True):
        try:
            code = main(arguments)
        except SystemExit as exit_request:
            code = exit_request.code
    return code, out.getvalue(), err.getvalue()


def program(*arguments, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
            closing=""):
    """The command line in a process of its own, that writes UTF-8. ``closing``
    is what a shell does to its streams before, as ">&-"."""
    package = os.path.dirname(os.path.abspath(time_client.__file__))
    return subprocess.Popen(
        ["/bin/sh", "-c", f'exec "$0" "$@" {closing}',
         sys.executable, "-W", "error", "-m", "time_client", *arguments],
        env={**os.environ, "PYTHONPATH": os.path.dirname(package)},
        stdin=stdin, stdout=stdout, stderr=subprocess.PIPE,
        encoding="utf-8")
