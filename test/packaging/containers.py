"""Containers for the package's test, each with the package as /package.deb. Ends none that
it did not start.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from typing import Any, List

sys.path.insert(0, os.path.join(os.environ["SOURCE_DIR"], "test", "docker"))
from docker_engine import Result, docker, eventually, run  # noqa: E402,F401
from system_test import skip  # noqa: E402

PACKAGE = os.environ["PACKAGE"]
_LABEL = f"timeservice-deb-test-{os.getpid()}"
# systemd as process 1 mounts things; the programs in it have no more rights than their units say.
_FOR_SYSTEMD = ("--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined", "--security-opt",
                "apparmor=unconfined", "--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp", "--volume",
                "/sys/fs/cgroup:/sys/fs/cgroup:rw")


def _base() -> str:
    """Skips, aloud, without an engine or an image of this machine's Debian, for which alone
    the package is."""
    if shutil.which("docker") is None or run(["docker", "info"], check=False).code != 0:
        skip("the package in a container", "no engine answers (docker info failed)")
    with open("/etc/os-release", encoding="utf-8") as file:
        found = re.search(r"^VERSION_CODENAME=(\w+)$", file.read(), re.M)
    suite = found.group(1) if found else "unknown"
    base = f"debian:{suite}-slim"
    if run(["docker", "image", "inspect", base], check=False).code != 0 and run(
            ["docker", "pull", "-q", base], check=False, timeout_s=300).code != 0:
        skip("the package in a container", f"the image {base} is not here, and cannot be had")
    return base


def _start(image: str, *arguments: str) -> str:
    container = docker("run", "--detach", "--label", _LABEL, *arguments)
    docker("cp", PACKAGE, f"{container}:/package.deb")
    return container


def start_clean() -> str:
    base = _base()
    return _start(base, base, "sleep", "3600")


def start_with_systemd() -> str:
    base = _base()
    image = f"timeservice-systemd:{base.partition(':')[2]}"
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "Dockerfile"), "w", encoding="utf-8") as file:
            file.write(f"FROM {base}\nRUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "
                       "--no-install-recommends systemd dbus curl && rm -rf /var/lib/apt/lists/*\n"
                       "STOPSIGNAL SIGRTMIN+3\nCMD [\"/lib/systemd/systemd\"]\n")
        run(["docker", "build", "-q", "-t", image, folder], timeout_s=600)
    try:
        container = _start(image, *_FOR_SYSTEMD, image)
    except AssertionError as error:
        skip("the package under systemd", f"this engine starts no systemd: {error}")
    state = ""

    def is_up() -> bool:
        nonlocal state
        state = shell(container, "systemctl is-system-running", check=False).out.strip()
        return state in ("running", "degraded")

    try:
        eventually(is_up, lambda: state)
    except AssertionError:
        skip("the package under systemd", f"systemd does not get up in this engine: {docker('logs', container)}")
    return container


def shell(container: str, script: str, **how: Any) -> Result:
    """The script in it. Throws AssertionError where it fails, unless `check` is off."""
    return run(["docker", "exec", container, "sh", "-ec", script], **how)


def remove(container: str) -> None:
    docker("rm", "-f", container)


def remove_all() -> None:
    found: List[str] = subprocess.run(["docker", "ps", "-aq", "--filter", f"label={_LABEL}"], capture_output=True,
                                      text=True, check=False, timeout=60).stdout.split()
    for container in found:
        remove(container)
