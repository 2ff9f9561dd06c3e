"""Prometheus with docker/prometheus.yml, asking the fleet of a test."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import urllib.parse
from typing import Dict, Sequence

from daemon_process import ROOT, DaemonProcess, find_program
from fleet import FleetTest, Member
from http_get import get, is_ok

from system_test import free_port

DOCKER = os.path.join(ROOT, "docker")


class Prometheus(DaemonProcess):
    """Looks five times a second."""

    def __init__(self, test: FleetTest, members: Sequence[Member], haproxy_port: int) -> None:
        self.port = free_port()
        folder = tempfile.TemporaryDirectory(prefix="prometheus-")
        test.addCleanup(folder.cleanup)
        with open(os.path.join(DOCKER, "prometheus.yml"), encoding="utf-8") as file:
            text = file.read()
        rows = [(r"_interval: 5s", "_interval: 200ms"), (r"haproxy:8404", f"127.0.0.1:{haproxy_port}")]
        rows += [(rf"{member.name}:9191", f"127.0.0.1:{member.admin}") for member in members]
        for pattern, replacement in rows:
            text, count = re.subn(pattern, replacement, text)
            assert count > 0, f"docker/prometheus.yml has no {pattern!r}"
        shutil.copy(os.path.join(DOCKER, "alerts.yml"), folder.name)
        with open(os.path.join(folder.name, "prometheus.yml"), "w", encoding="utf-8") as file:
            file.write(text)
        super().__init__(test, [find_program("prometheus"), f"--config.file={folder.name}/prometheus.yml",
                                f"--storage.tsdb.path={folder.name}/data",
                                f"--web.listen-address=127.0.0.1:{self.port}"])
        self.wait_until(lambda: is_ok(self.port, "/-/ready"), "Prometheus answers")

    def query(self, text: str, label: str = "instance") -> Dict[str, float]:
        """The values of a query, by one of their labels."""
        status, body = get(self.port, "/api/v1/query?" + urllib.parse.urlencode({"query": text}))
        assert status == 200, body
        return {row["metric"].get(label, ""): float(row["value"][1]) for row in json.loads(body)["data"]["result"]}
