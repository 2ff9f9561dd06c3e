"""Runs a peer's server and clients, and reads what the kernel says of them.

Nothing but these processes is ended, each by its id. Every wait is bounded.
"""

from __future__ import annotations

import json
import math
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from typing import Any, Dict, List, Sequence

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_STOP_S = 5.0
_READY = re.compile(r"ready: 127\.0\.0\.1:(\d+)\s*")
_UNSUPPORTED = 3
_WHY_UNSUPPORTED = re.compile(r"unsupported: (.+)\n?")


class Failed(Exception):
    """There is no figure; the text says why, in one line."""


class Unsupported(Exception):
    """The framework cannot do this; the text says why."""


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:200] if lines else ""


class Server:
    """One server from its ready line to its end."""

    def __init__(self, command: Sequence[str], patience_s: float) -> None:
        self._last_words = ""
        self._terminated = False
        self._stderr = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        begun = time.perf_counter()
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         stderr=self._stderr, text=True)
        timer = threading.Timer(patience_s, self._process.kill)
        try:
            timer.start()
            line = self._process.stdout.readline()
        except BaseException:  # a signal: whoever asked for this server has no name for it yet
            self.stop()
            raise
        finally:
            timer.cancel()
        self.ready_ms = (time.perf_counter() - begun) * 1e3
        found = _READY.fullmatch(line)
        if found is None:
            self.stop()
            raise Failed(f"the server was not ready within {patience_s:g} s: {line.strip() or self._said()}")
        self.port = int(found.group(1))

    def check_alive(self) -> None:
        if self._process.poll() is not None:
            raise Failed(f"the server has ended with {self._process.returncode}: {self._said()}")

    def _said(self) -> str:
        if not self._stderr.closed:
            self._stderr.seek(0)
            self._last_words = _last_line(self._stderr.read())
        return self._last_words or "it said nothing"

    def cpu_s(self) -> float:
        """Of all its threads, and of its children, those that have ended by now included."""
        return sum(map(_cpu_s, self._family()))

    def rss_mb(self) -> float:
        return sum(int(_stat(process)[21]) for process in self._family()) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def _family(self) -> List[int]:
        """It and all processes below it."""
        parents: Dict[int, List[int]] = {}
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                parents.setdefault(int(_stat(int(name))[1]), []).append(int(name))
            except OSError:  # it has ended
                continue
        family = [self._process.pid]
        for process in family:  # which grows
            family += parents.get(process, [])
        return family

    def terminate(self) -> None:
        """Once: a second signal would find Python past its handlers."""
        if not self._terminated and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        self._terminated = True

    def stop(self) -> int:
        """Its exit code, below 0 if it had to be killed."""
        self.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        code = self._process.wait()
        self._said()
        self._process.stdout.close()
        self._stderr.close()
        return code


def _stat(process: int) -> List[str]:
    """The fields of /proc/PID/stat from the third on: the second may hold anything."""
    with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
        return file.read().rpartition(")")[2].split()


def _cpu_s(process: int) -> float:
    """From the process's own clock, as clock_getcpuclockid(3) names it: /proc counts in
    hundredths of a second, which are many short calls. Only children that have ended are there alone."""
    return time.clock_gettime((~process << 3) | 2) + sum(map(int, _stat(process)[13:15])) * _TICK_S


class Answer:
    """What a client's run came to: its line, and how long the process was there."""

    def __init__(self, fields: Dict[str, Any], wall_s: float) -> None:
        self.fields = fields
        self.wall_s = wall_s

    @property
    def calls(self) -> int:
        return self.fields["calls"]

    @property
    def rate(self) -> float:
        return self.fields["calls"] / self.fields["seconds"]


def run_client(command: Sequence[str], patience_s: float, connections: int) -> Answer:
    """Runs it to its end. Throws Failed unless every reply was right, by its exit code and by
    its own count; Unsupported if the framework has no way."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                              text=True) as process:
            try:
                output = process.communicate(timeout=patience_s)[0]
            except subprocess.TimeoutExpired:
                raise Failed(f"the client had no end within {patience_s:g} s") from None
            finally:
                if process.poll() is None:
                    process.kill()
        wall_s = time.perf_counter() - begun
        errors.seek(0)
        said = _last_line(errors.read())
    why = _WHY_UNSUPPORTED.fullmatch(output)
    if process.returncode == _UNSUPPORTED and why:
        raise Unsupported(why.group(1))
    return Answer(_checked(output, process.returncode, connections, said), wall_s)


def _is_figure(fields: Dict[str, Any], connections: int) -> bool:
    """Whether all of it is there, and can be of calls that were made. JSON has NaN here, which is
    neither more nor less than anything."""
    times = [fields[name] for name in ("seconds", "p50_us", "p99_us", "client_cpu_seconds")]
    return (type(fields["calls"]) is int and fields["calls"] > 0 and fields["connections"] == connections
            and all(type(each) in (int, float) and 0 <= each < math.inf for each in times)
            and fields["seconds"] > 0 and 0 < fields["p50_us"] <= fields["p99_us"])


def _checked(output: str, code: int, connections: int, said: str) -> Dict[str, Any]:
    try:
        fields = json.loads(output)
        wrong, errors = fields["wrong"], fields["errors"]
        whole = _is_figure(fields, connections) if not (wrong or errors) else False
    except (ValueError, KeyError, TypeError):
        fields, wrong, errors, whole = {}, 0, 0, False
    if wrong:
        raise Failed(f"{wrong} wrong replies")
    if errors:
        raise Failed(f"{errors} errors, the last of them: {said or 'it says nothing'}")
    if code != 0:
        raise Failed(f"the client ended with {code}: {said or _last_line(output) or 'it said nothing'}")
    if not whole:
        raise Failed(f"the client printed what is no figure: {_last_line(output) or 'nothing'}")
    return fields
