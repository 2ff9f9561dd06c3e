"""What an admin endpoint, HAProxy or Prometheus says over HTTP."""

from __future__ import annotations

import http.client
import re
from typing import Dict, Tuple

_PATIENCE_S = 5.0
_SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(\{.*\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def get(port: int, path: str) -> Tuple[int, str]:
    """The status and the body. Throws OSError, or HTTPException for what is no HTTP."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def is_ok(port: int, path: str) -> bool:
    try:
        return get(port, path)[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def metric(port: int, name: str, **labels: str) -> float:
    """The sum of that metric's samples which have those labels; 0 without any."""
    status, text = get(port, "/metrics")
    assert status == 200, (port, status, text)
    return sum(value for sample, value in parse_metrics(text) if sample[0] == name
               and labels.items() <= sample[1].items())


def parse_metrics(text: str) -> "list[Tuple[Tuple[str, Dict[str, str]], float]]":
    samples = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            found = _SAMPLE.match(line)
            assert found is not None, line
            samples.append(((found.group(1), dict(_LABEL.findall(found.group(2) or ""))), float(found.group(3))))
    return samples
