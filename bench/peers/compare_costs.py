"""What a framework costs before the first call: lines of code, time to build, disk. Of the
smallest programs that get get_time working, in minimal/. Measured once, and kept in a file
for as long as the versions are the same.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import Callable, Dict, Optional, Sequence, Tuple

import count_lines
from catalog import DEBIAN, PROGRAMS, ROOT, VENV
from compare_packages import NotMeasured, debian_mb, output_of, owners_of_libraries, site_packages_mb
from compare_results import Results

_BUILD_S = 600.0
_BUILD_TREE = os.path.join(ROOT, "build", "release")
# Which every C++ project needs, and every Python project.
_COMPILER = ("g++", "cmake", "ninja-build", "pkg-config")
_PYTHON = ("python3",)


@dataclass(frozen=True)
class Project:
    """One framework in one language."""

    key: str
    minimal: str                  # folder of minimal/
    program: str = ""             # of PROGRAMS, whose libraries it needs to run; in C++
    python: str = ""              # or the interpreter
    distributions: Tuple[str, ...] = ()     # that it needs to run
    debs: Tuple[str, ...] = ()
    more_distributions: Tuple[str, ...] = ()  # to develop
    more_debs: Tuple[str, ...] = ()
    installed: bool = False       # uses this project's installed package


PROJECTS = (
    Project("timeservice", "timeservice", "thrift_host_server", installed=True,
            more_debs=("thrift-compiler", "libthrift-dev", "libevent-dev", "libssl-dev", "libboost-dev", "libfmt-dev",
                       "libspdlog-dev", "nlohmann-json3-dev")),
    Project("thrift_cpp", "thrift_cpp", "apache_server",
            more_debs=("thrift-compiler", "libthrift-dev", "libevent-dev", "libssl-dev", "libboost-dev")),
    Project("grpc_cpp", "grpc_cpp", "grpc_callback_server",
            more_debs=("libgrpc++-dev", "libprotobuf-dev", "protobuf-compiler-grpc")),
    Project("grpc", "grpc", python=VENV, distributions=("grpcio", "protobuf"), more_distributions=("grpcio-tools",)),
    Project("thrift", "thrift", python=VENV, distributions=("thrift",), more_debs=("thrift-compiler",)),
    Project("thrift_debian", "thrift", python=DEBIAN, debs=("python3-thrift", "python3-six"),
            more_debs=("thrift-compiler",)),
    Project("thriftpy2", "thriftpy2", python=VENV, distributions=("thriftpy2",)),
    Project("thriftpy", "thriftpy2", python=DEBIAN, debs=("python3-thriftpy",)),
    Project("rpyc", "rpyc", python=VENV, distributions=("rpyc",)),
)


def _lines(project: Project) -> float:
    return count_lines.count_folder(os.path.join(count_lines.MINIMAL, project.minimal))["total"]


def _build_s(project: Project) -> float:
    """From the sources to programs that run: its commands.sh, without a compiler cache."""
    with tempfile.TemporaryDirectory(prefix="compare-") as scratch:
        folder = os.path.join(scratch, "project")
        shutil.copytree(os.path.join(count_lines.MINIMAL, project.minimal), folder)
        if not os.path.exists(os.path.join(folder, "commands.sh")):
            return 0.0
        environment = {**os.environ, "CCACHE_DISABLE": "1", "CMAKE_GENERATOR": "Ninja", "CMAKE_BUILD_TYPE": "Release"}
        if project.python:
            environment["PATH"] = os.path.dirname(project.python) + os.pathsep + environment["PATH"]
        if project.installed:
            environment["CMAKE_PREFIX_PATH"] = _install(scratch)
        begun = time.perf_counter()
        try:
            code, output = _run_commands(folder, environment)
        except subprocess.TimeoutExpired:
            raise NotMeasured(f"commands.sh had no end within {_BUILD_S:g} s") from None
        if code != 0:
            raise NotMeasured(f"commands.sh ended with {code}: {_first_error(output)}")
        return time.perf_counter() - begun


def _run_commands(folder: str, environment: Dict[str, str]) -> Tuple[int, str]:
    """Exit code and output. Where it is given up, the compilers that were started end too: they
    would write into a folder that is being removed."""
    with subprocess.Popen(["sh", "-e", "commands.sh"], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          start_new_session=True) as process:
        try:
            output = process.communicate(timeout=_BUILD_S)[0]
        except BaseException:  # a signal too
            os.killpg(process.pid, signal.SIGKILL)
            raise
        return process.returncode, output


def _first_error(output: str) -> str:
    lines = [line for line in output.splitlines() if "error" in line.lower()] or output.splitlines()[-1:]
    return lines[0].strip()[:200] if lines else "it said nothing"


def _install(scratch: str) -> str:
    prefix = os.path.join(scratch, "installed")
    output_of("cmake", "--install", _BUILD_TREE, "--prefix", prefix)
    return prefix


def _run_mb(project: Project) -> float:
    if not project.python:
        program = os.path.join(PROGRAMS, project.program)
        if not os.path.exists(program):
            raise NotMeasured(f"{program} is missing")
        return debian_mb(owners_of_libraries(program)) + os.path.getsize(program) / 1e6
    return _packages_mb(project.python, project.distributions, project.debs, _PYTHON)


def _develop_mb(project: Project) -> float:
    if not project.python:
        with tempfile.TemporaryDirectory(prefix="compare-") as scratch:
            own = _folder_mb(_install(scratch)) if project.installed else 0.0
        return own + debian_mb(project.more_debs, _COMPILER)
    return _packages_mb(project.python, (*project.distributions, *project.more_distributions),
                        (*project.debs, *project.more_debs), _PYTHON)


def _packages_mb(python: str, distributions: Sequence[str], debs: Sequence[str], beyond: Sequence[str]) -> float:
    size = site_packages_mb(python, distributions) if distributions else 0.0
    return size + (debian_mb(debs, beyond) if debs else 0.0)


def _folder_mb(folder: str) -> float:
    return sum(os.lstat(os.path.join(path, name)).st_size for path, _, names in os.walk(folder) for name in names) / 1e6


_MEASURES: Dict[str, Callable[[Project], float]] = {
    "cost.lines": _lines, "cost.build_s": _build_s, "cost.run_mb": _run_mb, "cost.develop_mb": _develop_mb}


class Costs:
    """Measures what `file` does not have yet of these versions."""

    def __init__(self, file: str, versions: Dict[str, str], say: Callable[[str], None]) -> None:
        self._file = file
        self._versions = versions
        self._say = say
        self._known: Dict[str, Dict[str, Optional[float]]] = {}
        try:
            with open(file, encoding="utf-8") as kept:
                data = json.load(kept)
            if data["versions"] == versions:
                self._known = data["costs"]
        except (OSError, ValueError, KeyError):  # none yet, or of another form
            pass

    def add_to(self, results: Results, names: Sequence[str], slow_too: bool) -> None:
        """`names` of projects. Building takes minutes: only if `slow_too`, or known already."""
        for project in (project for project in PROJECTS if project.key in names):
            known = self._known.setdefault(project.key, {})
            for metric, measure in _MEASURES.items():
                if metric not in known and (slow_too or metric == "cost.lines"):
                    self._say(f"{project.key}: {metric}")
                    try:
                        known[metric] = measure(project)
                    except NotMeasured as why:
                        results.unmeasured[f"{project.key}, {metric}"] = str(why)
                if metric in known:
                    results.add(project.key, metric, 0, known[metric])
        self._keep()

    def _keep(self) -> None:
        os.makedirs(os.path.dirname(self._file), exist_ok=True)
        with open(self._file, "w", encoding="utf-8") as file:
            json.dump({"versions": self._versions, "costs": self._known}, file, indent=1)
