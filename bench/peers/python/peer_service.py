"""The calls that every Python peer serves, and what the servers have in common:
their flags, how one says that it is ready, how it ends."""

from __future__ import annotations

import argparse
import os
import signal
import time
from typing import Callable, List


class PeerService:
    """The handler; each framework dresses it in its own manner."""

    def get_time(self) -> str:
        return time.ctime()

    def echo(self, payload: bytes) -> bytes:
        return payload

    def prices(self, count: int) -> List[float]:
        return [100.0 + 0.25 * index for index in range(count)]

    def wait(self, milliseconds: int) -> int:
        time.sleep(milliseconds / 1000.0)
        return milliseconds


def server_flags(about: str) -> argparse.ArgumentParser:
    flags = argparse.ArgumentParser(description=about)
    flags.add_argument("--port", type=int, default=0, help="of 127.0.0.1; 0, the default, finds a free one")
    flags.add_argument("--threads", type=int, default=16, help="of the pool, where the server has one; 16")
    return flags


def end_at_sigterm(stop: Callable[[], None] = lambda: None) -> None:
    """SIGTERM calls `stop` and ends the process with 0, as far as the framework lets it."""

    def end(number: int, frame: object) -> None:
        stop()
        # Not sys.exit(): at its end an interpreter may wait for threads that a library has left behind.
        os._exit(0)

    signal.signal(signal.SIGTERM, end)


def say_ready(port: int) -> None:
    print(f"ready: 127.0.0.1:{port}", flush=True)
