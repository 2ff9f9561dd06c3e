"""Three time servers behind HAProxy, with the configuration that docker/ deploys."""

from __future__ import annotations

import csv
import os
import re
import signal
import subprocess
import sys
import tempfile
from typing import Dict, List, Sequence, Tuple

from daemon_process import ROOT, DaemonProcess, environment_of, find_program
from http_get import get, is_ok

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
from server_process import ServerProcess  # noqa: E402
from system_test import DEFAULT_MODE, PATIENCE_S, SystemTest, free_port  # noqa: E402

NAMES = ("server-1", "server-2", "server-3")
# Of HAProxy here, so that tests are quick: docker/haproxy.cfg looks once a second.
_CHECK_EVERY_MS = 100
# Far longer than HAProxy takes to see that a server drains, on a busy machine too.
DRAIN_DELAY = "1s"


class Member:
    """A server of the fleet, which keeps its ports when it is restarted."""

    def __init__(self, name: str, process: ServerProcess, mode: str, drain_delay: str) -> None:
        self.name, self.process = name, process
        self.port, self.admin = free_port(), free_port()
        self._arguments = ("--mode", mode, "--listen", f"127.0.0.1:{self.port}", "--admin", f"127.0.0.1:{self.admin}",
                           "--drain-delay", drain_delay)

    def start(self, *more: str) -> None:
        self.process.start([*self._arguments, *more])


class HaProxy(DaemonProcess):
    """docker/haproxy.cfg, with the ports of this machine's fleet."""

    def __init__(self, test: SystemTest, members: Sequence[Member]) -> None:
        self.time_port, self.timestamps_port, self.observe_port = free_port(), free_port(), free_port()
        folder = tempfile.TemporaryDirectory(prefix="haproxy-")
        test.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "haproxy.cfg")
        with open(os.path.join(ROOT, "docker", "haproxy.cfg"), encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(self._here(text, members))
        self._program = find_program("haproxy")
        super().__init__(test, [self._program, "-db", "-f", path])
        self.wait_until(lambda: is_ok(self.observe_port, "/healthz"), "HAProxy answers")

    def _here(self, text: str, members: Sequence[Member]) -> str:
        rows = [(r"bind :9090\n", f"bind 127.0.0.1:{self.time_port}\n"),
                (r"bind :9100\n", f"bind 127.0.0.1:{self.timestamps_port}\n"),
                (r"bind :8404\n", f"bind 127.0.0.1:{self.observe_port}\n"),
                (r" check port 9191 inter 1s fastinter 250ms ", f" check inter {_CHECK_EVERY_MS} "),
                # There is no resolver of names here.
                (r"(?s)\nresolvers docker\n.*?\n\n", "\n"), (r" resolvers docker init-addr libc,none", "")]
        for member in members:
            rows.append((rf"server {member.name} {member.name}:9090(?= resolvers|\n)",
                         f"server {member.name} 127.0.0.1:{member.port} port {member.admin}"))
        for pattern, replacement in rows:
            text, count = re.subn(pattern, replacement, text)
            assert count > 0, f"docker/haproxy.cfg has no {pattern!r}"
        # A server that is not checked has no port of the check.
        head, mark, timestamps = text.partition("listen timestamps")
        return head + mark + re.sub(r" port \d+", "", timestamps)

    def version(self) -> Tuple[int, int]:
        text = subprocess.run([self._program, "-v"], env=environment_of(self._program), timeout=PATIENCE_S,
                              capture_output=True, text=True, check=True).stdout
        major, minor = re.search(r"version (\d+)\.(\d+)", text).groups()
        return int(major), int(minor)

    def rows(self) -> List[Dict[str, str]]:
        text = get(self.observe_port, "/;csv")[1]
        return list(csv.DictReader(text.lstrip("# ").splitlines()))

    def row(self, server: str, proxy: str = "time") -> Dict[str, str]:
        found, = (row for row in self.rows() if (row["pxname"], row["svname"]) == (proxy, server))
        return found

    def state(self, server: str) -> str:
        """UP, NOLB or DOWN, and words on how far from it."""
        return self.row(server)["status"]

    def wait_for(self, server: str, state: str) -> None:
        self.wait_until(lambda: self.state(server) == state, f"{server} is {state}", lambda: self.row(server))


class FleetTest(SystemTest):
    """A test with three servers and HAProxy, all of its own."""

    def fleet(self, *of_the_first: str, mode: str = DEFAULT_MODE, drain_delay: str = DRAIN_DELAY) -> None:
        """All of them serve, and HAProxy knows it."""
        find_program("haproxy")
        self.members = [Member(name, self.server(), mode, drain_delay) for name in NAMES]
        for member in self.members:
            member.start(*(of_the_first if member is self.members[0] else ()))
        self.haproxy = HaProxy(self, self.members)
        for member in self.members:
            self.haproxy.wait_for(member.name, "UP")

    def restart(self, member: Member, *more: str) -> None:
        """As docker/rolling-restart.sh does."""
        member.process.signal(signal.SIGTERM)
        self.haproxy.wait_for(member.name, "NOLB")
        self.assertTrue(member.process.running, "it drained before HAProxy had seen that it would")
        self.assertEqual(member.process.wait(), 0, member.process.stderr())
        member.start(*more)
        self.haproxy.wait_for(member.name, "UP")
