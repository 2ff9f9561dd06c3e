"""Clients that call without a pause for as long as a test wants, in processes of their own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import threading
import time
import unittest
from typing import Any, Dict, List, Sequence

from daemon_process import PATIENCE_S, ROOT

from system_test import interpreter_with, need_compiler, skip

HERE = os.path.dirname(os.path.abspath(__file__))


class Load:
    """steady_load or python_load.py; its answers so far, and in the end how its calls
    failed. Ended, at the latest, with the test."""

    def __init__(self, test: unittest.TestCase, name: str, command: Sequence[str]) -> None:
        self.name = name
        self._told: Dict[str, Any] = {"calls": 0, "failed": 0}
        environment = {**{key: value for key, value in os.environ.items() if not key.startswith("TIME_CLIENT_")},
                       "PYTHONPATH": os.path.join(ROOT, "client", "python")}
        self._process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        test.addCleanup(self._kill)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def calls(self) -> int:
        """Answered so far."""
        return int(self._told["calls"])

    @property
    def failed(self) -> int:
        return int(self._told["failed"])

    def wait_for_more(self, calls: int = 20) -> None:
        """It goes on: so many more are answered."""
        wanted, deadline = self.calls + calls, time.monotonic() + PATIENCE_S
        while self.calls < wanted:
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise AssertionError(f"{self.name} got no further than {self._told}")
            time.sleep(0.01)

    def end(self) -> List[str]:
        """Calls no more, and tells how those that failed did."""
        self._process.stdin.close()
        self._reader.join(PATIENCE_S)
        code = self._process.wait(PATIENCE_S)
        assert code == 0 and "errors" in self._told, (self.name, code, self._told)
        return list(self._told["errors"])

    def _read(self) -> None:
        for line in self._process.stdout:
            self._told = json.loads(line)

    def _kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join(PATIENCE_S)
        self._process.stdout.close()
        if not self._process.stdin.closed:
            self._process.stdin.close()


def cpp_load(test: unittest.TestCase, port: int, threads: int = 4) -> Load:
    return Load(test, "own C++", [os.environ["STEADY_LOAD"], f"127.0.0.1:{port}", str(threads)])


def python_load(test: unittest.TestCase, client: str, port: int, threads: int = 2) -> Load:
    """Of python_load.CLIENTS. Skips the test, aloud, where its library is not."""
    return Load(test, client, [_interpreter(client), os.path.join(HERE, "python_load.py"), client, str(port), str(threads)])


def python_loads(test: unittest.TestCase, clients: Sequence[str], port: int, threads: int = 2) -> List[Load]:
    """Those whose library is there; says aloud whose is not."""
    loads = []
    for client in clients:
        with contextlib.suppress(unittest.SkipTest):
            loads.append(python_load(test, client, port, threads))
    return loads


def _interpreter(client: str) -> str:
    libraries = ["thrift"] if client.startswith("apache") else ["thriftpy", "thriftpy2"]
    found = next(filter(None, map(interpreter_with, libraries)), None)
    if found is None:
        skip(f"the client {client!r}", f"no interpreter can import {' or '.join(libraries)}")
    if client.startswith("apache"):
        need_compiler(client)
    return found
