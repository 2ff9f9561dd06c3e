"""Runs a server program for a test, and ends no other process than that.

    with ServerProcess(binary) as server:
        server.start(["--listen", "127.0.0.1:0"])
        ... server.port ...
        assert server.stop() == 0

Every wait is bounded. What the server writes to stderr goes to a file, so
that it can neither block the server nor be lost: see ``stderr()``.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from types import TracebackType
from typing import IO, List, Mapping, Optional, Sequence, Type

READY_PREFIX = "ready: "
_LISTENING = re.compile(r"listening on ([^;]+)")


class ServerFailed(AssertionError):
    """The server did not do what the test needs. The text ends with the last
    of its stderr."""


class ServerProcess:
    """One server process at a time; start() again after it has ended. Use it
    in a ``with`` statement, which kills what is left. Not thread-safe.

    ``directory`` is a temporary one, for sockets and files of the test.
    """

    def __init__(self, binary: str, *, start_timeout_s: float = 60.0,
                 stop_timeout_s: float = 60.0,
                 pass_fds: Sequence[int] = ()) -> None:
        self._binary = binary
        self._start_timeout_s = start_timeout_s
        self._stop_timeout_s = stop_timeout_s
        self._pass_fds = pass_fds
        self._process: Optional[subprocess.Popen[str]] = None
        self._reader: Optional[threading.Thread] = None
        self._ready = threading.Event()  # set by the ready line or the end
        self._temporary = tempfile.TemporaryDirectory(prefix="server-")
        self.directory = self._temporary.name
        self.stderr_path = os.path.join(self.directory, "stderr")
        self.stdout_lines: List[str] = []
        self.ready_line = ""

    def __enter__(self) -> ServerProcess:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        if self.running:
            self.kill()
        self._temporary.cleanup()

    def start(self, args: Sequence[str] = (),
              env: Optional[Mapping[str, str]] = None) -> ServerProcess:
        """Starts it and waits for its ready line. ``env`` adds to the
        environment of the test, whose own TIME_SERVER_* settings are left
        out. Throws ServerFailed if it ends or is not ready in time."""
        self.spawn(args, env)
        if not self._ready.wait(self._start_timeout_s):
            self.kill()
            raise self._failure(
                f"no ready line within {self._start_timeout_s} s")
        if not self.ready_line:
            code = self.wait()
            raise self._failure(f"ended with code {code} before it was ready")
        return self

    def spawn(self, args: Sequence[str] = (),
              env: Optional[Mapping[str, str]] = None) -> ServerProcess:
        """Starts it without waiting, for a start that is meant to fail:
        wait() gives the exit code."""
        assert not self.running, "it is running already"
        self.stdout_lines = []
        self.ready_line = ""
        self._ready.clear()
        settings = {name: value for name, value in os.environ.items()
                    if not name.startswith("TIME_SERVER_")}
        # Or each log would have a line more where nothing bounds the error of
        # this machine's clock. A flag goes before it, "" is as good as none.
        settings["TIME_SERVER_CLOCK_ERROR"] = "fixed:100ms"
        with open(self.stderr_path, "wb") as stderr:
            self._process = subprocess.Popen(
                [self._binary, *args], env={**settings, **(env or {})},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=stderr, encoding="utf-8", errors="replace",
                pass_fds=self._pass_fds)
        assert self._process.stdout is not None
        # Reads on for as long as the server writes: a full pipe would stop it.
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()
        return self

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._started().pid

    @property
    def endpoints(self) -> List[str]:
        """The endpoints of the ready line, with the ports really bound."""
        found = _LISTENING.search(self.ready_line)
        if found is None:
            raise self._failure(f"no endpoints in {self.ready_line!r}")
        return [endpoint.strip() for endpoint in found.group(1).split(",")]

    @property
    def port(self) -> int:
        """The port of the first TCP endpoint."""
        for endpoint in self.endpoints:
            if not endpoint.startswith("unix:"):
                return int(endpoint.rpartition(":")[2])
        raise self._failure(f"no TCP endpoint in {self.ready_line!r}")

    def stderr(self) -> str:
        """All that the server has written to stderr since its start."""
        if not os.path.exists(self.stderr_path):
            return ""
        with open(self.stderr_path, encoding="utf-8",
                  errors="replace") as file:
            return file.read()

    def wait_for_log(self, pattern: str, timeout_s: float = 20.0) -> str:
        """The first line on stderr in which the regular expression is found.
        Throws ServerFailed if none comes in time."""
        deadline = time.monotonic() + timeout_s
        while True:
            for line in self.stderr().splitlines():
                if re.search(pattern, line):
                    return line
            if time.monotonic() > deadline:
                raise self._failure(f"no line {pattern!r} on stderr")
            time.sleep(0.01)

    def signal(self, number: int) -> None:
        self._started().send_signal(number)

    def wait(self, timeout_s: Optional[float] = None) -> int:
        """Its exit code, -N if signal N ended it. Throws ServerFailed, and
        kills it, if it does not end in time."""
        process = self._started()
        limit_s = self._stop_timeout_s if timeout_s is None else timeout_s
        try:
            code = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise self._failure(f"still running after {limit_s} s") from None
        self._join_reader()
        return code

    def stop(self) -> int:
        """SIGTERM, then as wait(). Also fine if it has ended by itself."""
        if self.running:
            self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """SIGKILL."""
        process = self._started()
        process.kill()
        process.wait(self._stop_timeout_s)
        self._join_reader()

    def _started(self) -> subprocess.Popen[str]:
        assert self._process is not None, "it was not started"
        return self._process

    def _read(self, stdout: IO[str]) -> None:
        with stdout:
            for line in stdout:
                self.stdout_lines.append(line.rstrip("\n"))
                if line.startswith(READY_PREFIX) and not self.ready_line:
                    self.ready_line = self.stdout_lines[-1]
                    self._ready.set()
        self._ready.set()

    def _join_reader(self) -> None:
        # A child of the server that keeps stdout open must not hang the test.
        if self._reader is not None:
            self._reader.join(self._stop_timeout_s)

    def _failure(self, what: str) -> ServerFailed:
        return ServerFailed(f"{self._binary}: {what}\n{self.stderr()[-2000:]}")
