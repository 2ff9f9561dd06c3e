"""Docker for a test: everything that it makes has the test's own name, and goes
with it; images stay, for the next run. Ends no container that it did not start.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from typing import Any, Callable, List, Mapping, Optional, Sequence, Tuple

SOURCE_DIR = os.environ["SOURCE_DIR"]
sys.path.insert(0, os.path.join(SOURCE_DIR, "test", "system"))
from system_test import skip  # noqa: E402

BASE = "debian:bookworm-slim"
TAG = "test"
SERVER = f"timeservice-server:{TAG}"
PROJECT = f"timeservice-test-{os.getpid()}"

# Of a server that starts or a container that ends; far more than it takes.
PATIENCE_S = 90.0
# Of a build that begins with nothing.
_BUILD_PATIENCE_S = 1500.0

# What docker-compose.yml asks for, for containers that are run without it.
LOCKED_DOWN = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true")


class Result:
    """How a command ended."""

    def __init__(self, done: subprocess.CompletedProcess) -> None:
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr


def run(command: Sequence[str], *, env: Optional[Mapping[str, str]] = None, timeout_s: float = PATIENCE_S,
        check: bool = True, merge: bool = False) -> Result:
    """Runs it to its end. Throws AssertionError if it fails, unless `check` is
    off. With `merge`, stderr comes with stdout, in the order of writing."""
    done = subprocess.run(command, env={**_clean_environment(), **(env or {})}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT if merge else subprocess.PIPE, text=True,
                          errors="replace", timeout=timeout_s, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout[-8000:]}"
                             f"{(done.stderr or '')[-8000:]}")
    return Result(done)


def _clean_environment() -> Mapping[str, str]:
    """Without settings of whoever runs the test."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith(("TIME_SERVER_", "TIME_CLIENT_", "TIME_SERVICE_", "COMPOSE_"))}


def docker(*arguments: str, **how: Any) -> str:
    """The command's stdout, without the last newline."""
    return run(["docker", *arguments], **how).out.rstrip("\n")


def need_docker() -> None:
    """Skips, aloud, without an engine, without compose, or where there is no base
    image to be had."""
    if shutil.which("docker") is None or run(["docker", "info"], check=False).code != 0:
        skip("docker tests", "no engine answers (docker info failed)")
    compose_command()
    if not _have_base():
        skip("docker tests", f"the image {BASE} is not here, and cannot be had")


def _have_base() -> bool:
    """Or can have it: a build takes it from where the engine takes images."""
    with tempfile.TemporaryDirectory() as empty:
        with open(os.path.join(empty, "Dockerfile"), "w", encoding="utf-8") as file:
            file.write(f"FROM {BASE}\n")
        try:
            return run(["docker", "build", "-q", empty], check=False, timeout_s=300).code == 0
        except subprocess.TimeoutExpired:
            return False


def compose_command() -> List[str]:
    if run(["docker", "compose", "version"], check=False).code == 0:
        return ["docker", "compose"]
    if shutil.which("docker-compose") is None:
        skip("docker tests", "there is neither docker compose nor docker-compose")
    return ["docker-compose"]


def clean_checkout() -> tempfile.TemporaryDirectory:
    """A copy of the source tree as git sees it: no build results, nothing ignored."""
    checkout = tempfile.TemporaryDirectory(prefix="docker-test-")
    names = run(["git", "-C", SOURCE_DIR, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]).out
    for name in filter(None, names.split("\0")):
        source, target = os.path.join(SOURCE_DIR, name), os.path.join(checkout.name, name)
        if os.path.lexists(source):  # else it is deleted, and that not yet committed
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    return checkout


def build(folder: str, *arguments: str, check: bool = True) -> Result:
    """docker build; `out` is all that it wrote."""
    return run(["docker", "build", "--force-rm", *arguments, folder], env={"BUILDKIT_PROGRESS": "plain"}, check=check, merge=True,
               timeout_s=_BUILD_PATIENCE_S)


# All of docker-compose.yml, for commands that ask or remove.
_EVERY_PROFILE = ("--profile", "modes", "--profile", "scale")


class Project:
    """docker-compose.yml of a checkout, as a project of its own."""

    def __init__(self, folder: str, name: str, **settings: str) -> None:
        self.environment = {"TIME_SERVICE_TAG": TAG, "COMPOSE_PROJECT_NAME": name, **settings}
        self._command = [*compose_command(), "-p", name, "-f", os.path.join(folder, "docker", "docker-compose.yml")]

    def __call__(self, *arguments: str, timeout_s: float = PATIENCE_S, **how: Any) -> Result:
        return run([*self._command, *arguments], env=self.environment, timeout_s=timeout_s, **how)

    def build(self) -> None:
        self("build", timeout_s=_BUILD_PATIENCE_S)

    def container(self, service: str) -> str:
        """Its id, also when it has ended."""
        found = self(*_EVERY_PROFILE, "ps", "-aq", service).out.split()
        assert len(found) == 1, (service, found)
        return found[0]

    def down(self) -> None:
        self(*_EVERY_PROFILE, "down", "--remove-orphans", "--volumes")


def start(image: str, *arguments: str, command: Sequence[str] = ()) -> str:
    """A container in the background; its id."""
    return docker("run", "--detach", "--label", PROJECT, *LOCKED_DOWN, *arguments, image, *command)


def remove_containers() -> None:
    """Those of start()."""
    found = docker("ps", "-aq", "--filter", f"label={PROJECT}").split()
    if found:
        docker("rm", "-f", *found)


def inspect(container: str) -> Any:
    return json.loads(docker("inspect", container))[0]


def health(container: str) -> str:
    return inspect(container)["State"]["Health"]["Status"]


def logs(container: str) -> str:
    """Both streams."""
    return run(["docker", "logs", container], merge=True).out


def on_the_host(script: str) -> str:
    """Output of a shell that sees the engine's processes: the engine may be another
    machine than this, and this user nobody there."""
    return docker("run", "--rm", "--pid=host", "--entrypoint", "sh", BASE, "-ec", script)


def host_pid(container: str) -> int:
    return inspect(container)["State"]["Pid"]


def process_status(container: str) -> Mapping[str, str]:
    """/proc/PID/status of its pid 1, as the kernel has it."""
    text = on_the_host(f"cat /proc/{host_pid(container)}/status")
    return {name: value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}


def published_port(container: str) -> int:
    return int(inspect(container)["NetworkSettings"]["Ports"]["9090/tcp"][0]["HostPort"])


def free_ports(count: int) -> Tuple[int, ...]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = tuple(sock.getsockname()[1] for sock in sockets)
    for sock in sockets:
        sock.close()
    return ports


def eventually(condition: Callable[[], bool], what: Callable[[], object]) -> None:
    """Waits until it holds; else fails, with what is there instead."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"it never came true: {what()}")
        time.sleep(0.1)
