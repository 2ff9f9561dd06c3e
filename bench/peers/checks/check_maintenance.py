"""When was the installed version released?"""

from __future__ import annotations

import gzip
import importlib
import os
import re
from email.utils import parsedate_to_datetime

from matrix_answer import Answer, Missing, no, no_matter
from matrix_systems import ROOT

ROW = "Maintenance"
HOW = ("the date of the installed version, where the package itself holds one: Debian's changelog (the first "
       "package of that version), the Python package's own date, this project's CHANGELOG; no registry is asked")
LIBRARY = True
_DEBIAN = {"apache-cpp": "libthrift-dev", "grpc-cpp": "libgrpc++-dev"}
_PYTHON = {"apache-python": "thrift", "thriftpy2": "thriftpy2", "grpc-python": "grpc", "rpyc": "rpyc"}
_ENTRY = re.compile(r"^\S+ \((?:\d+:)?([^)]+?)-[^)-]+\) .*?^ -- .*?>  ([^\n]+)", re.DOTALL | re.MULTILINE)


def check(system) -> Answer:
    if system.library in _DEBIAN:
        return _debian(_DEBIAN[system.library])
    if system.library in _PYTHON:
        return _python(_PYTHON[system.library])
    return _this_project()


def _debian(package: str) -> Answer:
    path = f"/usr/share/doc/{package}/changelog.Debian.gz"
    if not os.path.exists(path):
        raise Missing(f"{path} is not there")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        entries = _ENTRY.findall(file.read())
    version = entries[0][0]
    first = parsedate_to_datetime([date for entry, date in entries if entry == version][-1])
    return Answer(f"{first:%Y-%m-%d}", f"version {version}: its first package in Debian")


def _python(package: str) -> Answer:
    version = importlib.import_module(package)
    for module in (package, f"{package}.version"):
        try:
            date = getattr(importlib.import_module(module), "release_date", None)
        except ImportError:
            continue
        if date:
            return Answer(date, f"{module}.release_date")
    return no_matter(f"{version.__name__}'s package holds no date")


def _this_project() -> Answer:
    with open(os.path.join(ROOT, "CHANGELOG.md"), encoding="utf-8") as file:
        found = re.search(r"^## .*?(\d+\.\d+\.\d+).*?(\d{4}-\d\d-\d\d)", file.read(), re.MULTILINE)
    return Answer(found.group(2), f"version {found.group(1)}: CHANGELOG.md") if found else no(
        "CHANGELOG.md has no version with a date: nothing is released yet")
