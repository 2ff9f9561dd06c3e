"""Reads a server's admin endpoint."""

from __future__ import annotations

import http.client
import json
import re
from typing import Any, Dict, Tuple

from server_process import ServerProcess
from system_test import PATIENCE_S

_SAMPLE = re.compile(r"^(?P<name>[a-z_]+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$")
_LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')

Key = Tuple[str, Tuple[Tuple[str, str], ...]]


def admin_endpoint(server: ServerProcess) -> str:
    """As the log tells it; the first of its addresses."""
    line = server.wait_for_log("admin: HTTP at ")
    return line.partition("admin: HTTP at ")[2].partition(",")[0]


def get(endpoint: str, path: str) -> Tuple[int, str]:
    """Status and body."""
    host, _, port = endpoint.rpartition(":")
    connection = http.client.HTTPConnection(host.strip("[]"), int(port),
                                            timeout=PATIENCE_S)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, reply.read().decode()
    finally:
        connection.close()


def status(endpoint: str) -> Any:
    return json.loads(get(endpoint, "/status")[1])


class Metrics:
    """What /metrics said at one moment."""

    def __init__(self, endpoint: str) -> None:
        code, self.text = get(endpoint, "/metrics")
        assert code == 200, self.text
        self.values: Dict[Key, float] = {}
        for line in self.text.splitlines():
            if line.startswith("#"):
                continue
            found = _SAMPLE.match(line)
            assert found is not None, line
            labels = tuple(sorted(_LABEL.findall(found["labels"] or "")))
            assert (found["name"], labels) not in self.values, line
            self.values[found["name"], labels] = float(found["value"])

    def of(self, name: str, **labels: str) -> float:
        """Without the program's name before it."""
        return self.values[f"time_server_{name}", tuple(sorted(labels.items()))]

    def sum_of(self, name: str) -> float:
        return sum(value for (full_name, _), value in self.values.items()
                   if full_name == f"time_server_{name}")
