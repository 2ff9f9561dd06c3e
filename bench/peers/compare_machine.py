"""Where and with what it was measured: the machine, the date, every version."""

from __future__ import annotations

import os
import platform
import time
from typing import Dict

from catalog import DEBIAN, ROOT, VENV
from compare_packages import NotMeasured, output_of

_DEBIANS = (("Apache Thrift C++", "libthrift-dev"), ("gRPC C++", "libgrpc++-dev"),
            ("Debian's Apache Thrift Python", "python3-thrift"), ("thriftpy", "python3-thriftpy"))
_DISTRIBUTIONS = (("gRPC Python", "grpcio"), ("Apache Thrift Python", "thrift"), ("thriftpy2", "thriftpy2"),
                  ("RPyC", "rpyc"))
_VERSION_OF = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"


def versions() -> Dict[str, str]:
    """Of what is there."""
    asked = [("timeservice", (os.path.join(ROOT, "build", "release", "time-server"), "--version"))]
    asked += [(name, ("dpkg-query", "-W", "-f", "${Version}", package)) for name, package in _DEBIANS]
    asked += [(name, (VENV, "-c", _VERSION_OF, package)) for name, package in _DISTRIBUTIONS]
    asked += [("g++", ("g++", "-dumpfullversion")), ("Python of the virtual environment", (VENV, "-V")),
              ("Debian's Python", (DEBIAN, "-V"))]
    found = {}
    for name, command in asked:
        try:
            found[name] = output_of(*command).strip().rpartition(" ")[2]
        except NotMeasured:
            continue
    return found


def machine() -> str:
    return f"{os.cpu_count()} cores, {_processor()}{_distribution()}Linux {platform.release()} {platform.machine()}"


def today() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime())


def load() -> float:
    """How many wanted to run in the last minute."""
    return os.getloadavg()[0]


def _processor() -> str:
    """Not every architecture has one."""
    return _value("/proc/cpuinfo", "model name", ":")


def _distribution() -> str:
    return _value("/etc/os-release", "PRETTY_NAME", "=").replace('"', "")


def _value(path: str, key: str, separator: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            for line in file:
                name, _, value = line.partition(separator)
                if name.strip() == key:
                    return value.strip() + ", "
    except OSError:
        pass
    return ""
