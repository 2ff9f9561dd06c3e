"""An oracle server with a state file, and who records what it hands out.

Environment: TIME_SERVER, TIMESTAMP_RECORDER, TIMESTAMP_ORDER,
FAILING_WRITES_LIBRARY.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from typing import Callable, List, Mapping, Optional

from server_process import ServerProcess
from system_test import PATIENCE_S


class OracleProcess:
    """A server that may be killed and started again, always on one unix socket and one
    state file in ``server.directory``."""

    def __init__(self, server: ServerProcess, *flags: str,
                 env: Optional[Mapping[str, str]] = None) -> None:
        self.server = server
        self.state = os.path.join(server.directory, "state")
        self.endpoint = f"unix:{server.directory}/s"
        self._flags = flags
        self._env = env
        self.start("--oracle-init")

    def start(self, *more: str) -> None:
        self.server.start(["--listen", self.endpoint, "--oracle-state", self.state,
                           *self._flags, *more], self._env)


class Recorder:
    """Calls the endpoint from many threads until finish()."""

    def __init__(self, endpoint: str, directory: str, *, threads: int = 4,
                 max_count: int = 1000, name: str = "calls") -> None:
        self.path = os.path.join(directory, name)
        self.answered = 0
        self.refused = 0
        self._process = subprocess.Popen(
            [os.environ["TIMESTAMP_RECORDER"], endpoint, str(threads),
             str(max_count), self.path],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.answered, self.refused = map(int, line.split())

    def wait_for_more(self, calls: int = 1) -> None:
        """Until so many more calls were answered."""
        enough = self.answered + calls
        self._wait(lambda: self.answered >= enough, "no call is answered")

    def wait_for_refusals(self) -> None:
        """Until the server refused a few more calls."""
        enough = self.refused + 5
        self._wait(lambda: self.refused >= enough, "no call is refused")

    @staticmethod
    def _wait(condition: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, otherwise
            time.sleep(0.001)

    def finish(self) -> str:
        """Ends it. The file with the calls."""
        process = self._process
        if process.poll() is None:
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(PATIENCE_S) == 0
            self._reader.join(PATIENCE_S)
            assert process.stdout is not None
            process.stdout.close()
        return self.path

    def kill(self) -> None:
        """What is left of it when a test failed."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(PATIENCE_S)


class Disk:
    """What becomes of the writes of a server's state file; see
    test/oracle/failing_writes.cpp. ``env`` is for the server."""

    def __init__(self, directory: str) -> None:
        self._path = os.path.join(directory, "failing_writes")
        self._serial = 0
        self.env = {"LD_PRELOAD": os.environ["FAILING_WRITES_LIBRARY"],
                    "FAILING_WRITES": self._path}

    def writes(self, how: str, milliseconds: int = 0) -> None:
        self._serial += 1
        draft = self._path + ".new"
        with open(draft, "w", encoding="utf-8") as file:
            file.write(f"{how} 0 {milliseconds} {self._serial}\n")
        os.rename(draft, self._path)


def order_violation(paths: List[str]) -> str:
    """What the calls in the files violate; "" if nothing."""
    done = subprocess.run([os.environ["TIMESTAMP_ORDER"], *paths],
                          stdout=subprocess.PIPE, encoding="utf-8",
                          timeout=60, check=False)
    assert done.returncode in (0, 1), done
    return "" if done.returncode == 0 else done.stdout
