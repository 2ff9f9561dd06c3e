"""A server's process, for a check: started, looked at, and ended with the check.

    with ServedProcess(command) as server:
        ... server.port, server.memory(), server.alive ...

Ready is who prints `ready: ...127.0.0.1:PORT...`. Every wait is bounded; no process is ended
but this one.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from typing import Callable, List, NamedTuple, Optional, Sequence

PATIENCE_S = 15.0
_PORT = re.compile(r"^ready: .*?127\.0\.0\.1:(\d+)")


class NotReady(Exception):
    """The server did not start. The text ends with what it wrote to stderr."""


class Memory(NamedTuple):
    resident: int  # bytes
    reserved: int  # bytes of address space


class ServedProcess:
    def __init__(self, command: Sequence[str], serves: Callable[[int], bool] = lambda port: True) -> None:
        """`serves` tells whether it does, of one that is not ready when it says so."""
        self._command: List[str] = list(command)
        self._serves = serves
        self._ready = threading.Event()
        self.port = 0
        self.ready_line = ""

    def __enter__(self) -> ServedProcess:
        self._stderr = tempfile.TemporaryFile()
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         stderr=self._stderr, text=True)
        # Reads on: a full pipe would stop the server.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.wait(PATIENCE_S) or not self.port or not eventually(
                lambda: self._serves(self.port), PATIENCE_S):
            said = self.stderr()[-300:]
            self.__exit__()
            raise NotReady(f"{' '.join(self._command)} was not ready: {said}".replace("\n", " "))
        return self

    def __exit__(self, *exception: object) -> None:
        if self.alive:
            self._process.kill()
        self._process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        if self._process.stdout:
            self._process.stdout.close()
        self._stderr.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            found = _PORT.match(line)
            if found and not self.port:
                self.ready_line = line.rstrip("\n")
                self.port = int(found.group(1))
                self._ready.set()
        self._ready.set()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def stderr(self) -> str:
        self._stderr.seek(0)
        return self._stderr.read().decode(errors="replace")

    def ask_to_end(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def end_within(self, seconds: float) -> Optional[int]:
        """Its exit code, -N if signal N ended it; None if it still runs."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def memory(self) -> Memory:
        """Of a process that lives; else zeros."""
        try:
            with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
                text = file.read()
        except OSError:
            return Memory(0, 0)

        def bytes_of(name: str) -> int:
            found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
            return int(found.group(1)) * 1024 if found else 0

        return Memory(bytes_of("VmRSS"), bytes_of("VmSize"))

    def listening_ports(self) -> List[int]:
        """TCP ports that this process listens at."""
        inodes = set()
        for name in os.listdir(f"/proc/{self.pid}/fd"):
            try:
                target = os.readlink(f"/proc/{self.pid}/fd/{name}")
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
        ports = set()
        for table in ("tcp", "tcp6"):
            with open(f"/proc/{self.pid}/net/{table}", encoding="ascii") as file:
                for row in list(file)[1:]:
                    fields = row.split()
                    if fields[3] == "0A" and fields[9] in inodes:
                        ports.add(int(fields[1].rpartition(":")[2], 16))
        return sorted(ports)


def eventually(condition, seconds: float) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True
