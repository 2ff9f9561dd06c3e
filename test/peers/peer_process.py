"""Starts a peer's server for a test, calls it with a peer's client, and ends it.

    with PeerProcess([python, "rpyc_server.py"]) as server:
        server.start(["--threads", "4"])
        answer = call([python, "rpyc_client.py"], server.port, "--call", "echo", "--calls", "5")
        ... answer.code, answer["wrong"] ...
        assert server.stop() == 0

Waiting is bounded everywhere. Nothing but these processes is ended.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unittest
from typing import Any, Dict, List, Sequence

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "test", "system"))

from server_process import ServerProcess  # noqa: E402

# How long a client may take; far more than it does.
PATIENCE_S = 60.0

# The fields of the line that a client prints.
FIELDS = ("calls", "errors", "wrong", "seconds", "p50_us", "p99_us", "client_cpu_seconds", "connections")


class PeerProcess(ServerProcess):
    """As ServerProcess, of a command of several words; start() adds more."""

    def __init__(self, command: Sequence[str]) -> None:
        super().__init__(command[0])
        self._words = list(command[1:])

    def spawn(self, args: Sequence[str] = (), env: Any = None) -> ServerProcess:
        return super().spawn([*self._words, *args], env)

    @property
    def port(self) -> int:
        return int(self.ready_line.rpartition(":")[2])


class Answer:
    """What a client came to: its exit code, what it printed, the fields of its line."""

    def __init__(self, code: int, output: str, error: str) -> None:
        self.code = code
        self.output = output
        self.error = error

    def __getitem__(self, field: str) -> Any:
        return self.fields()[field]

    def fields(self) -> Dict[str, Any]:
        try:
            found = json.loads(self.output)
        except ValueError:
            raise AssertionError(f"no line of JSON: {self}") from None
        if tuple(found) != FIELDS:
            raise AssertionError(f"it prints {list(found)}, which are to be {list(FIELDS)}")
        return found

    def __str__(self) -> str:
        return f"exit code {self.code}, printed {self.output!r}, on stderr {self.error[-1000:]!r}"


def call(command: Sequence[str], port: int, *flags: str) -> Answer:
    """Runs a client to its end, without a warm-up unless `flags` ask for one."""
    words: List[str] = [*command, "--port", str(port), "--warm-up", "0", *flags]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=PATIENCE_S)
    return Answer(done.returncode, done.stdout, done.stderr)


class PeerCase(unittest.TestCase):
    """A test with servers that end with it."""

    def start_server(self, command: Sequence[str], *flags: str) -> PeerProcess:
        server = PeerProcess(command)
        self.addCleanup(server.__exit__, None, None, None)
        server.start(flags)
        return server

    def assert_right(self, answer: Any, calls: int, connections: int) -> None:
        self.assertEqual(answer.code, 0, answer)
        self.assertEqual((answer["calls"], answer["errors"], answer["wrong"], answer["connections"]),
                         (calls, 0, 0, connections), answer)
        self.assertGreater(answer["seconds"], 0)
        self.assertGreaterEqual(answer["p99_us"], answer["p50_us"])
        self.assertGreater(answer["p50_us"], 0)

    def assert_wrong(self, answer: Any) -> None:
        self.assertEqual(answer.code, 1, answer)
        self.assertEqual((answer["errors"], answer["wrong"] > 0), (0, True), answer)
