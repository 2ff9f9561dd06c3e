"""How much disk the packages take that a program needs: Debian's, of the installed packages'
own record; and those of an interpreter's site-packages, by the sizes of their files.
"""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
from typing import Dict, Iterable, List, NamedTuple, Set, Tuple

_PATIENCE_S = 120.0

# Prints the bytes of the distributions that those named need, they included.
_SITE_PACKAGES = """
import importlib.metadata as metadata, json, re, sys
waiting, bytes_of = list(sys.argv[1:]), {}
while waiting:
    name = re.match(r"[A-Za-z0-9._-]+", waiting.pop()).group().lower().replace("_", "-")
    if name in bytes_of:
        continue
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        if name in sys.argv[1:]:
            sys.exit(name + " is not installed")
        continue
    bytes_of[name] = sum(path.locate().stat().st_size for path in found.files or ()
                         if path.locate().is_file() and "__pycache__" not in path.parts)
    waiting += [need for need in found.requires or () if "extra ==" not in need]
print(json.dumps(bytes_of))
"""


class NotMeasured(Exception):
    """The text says why."""


class _Package(NamedTuple):
    kilobytes: int
    base: bool           # in every Debian
    needs: Tuple[str, ...]


def output_of(*command: str) -> str:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=_PATIENCE_S)
    except OSError as error:
        raise NotMeasured(str(error)) from None
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise NotMeasured(f"{os.path.basename(command[0])} ended with {done.returncode}: {''.join(last)}")
    return done.stdout


@functools.lru_cache(maxsize=None)
def _packages() -> Dict[str, _Package]:
    found: Dict[str, _Package] = {}
    provided: Dict[str, str] = {}
    rows = output_of("dpkg-query", "-W", "-f", "${db:Status-Status}\t${Package}\t${Installed-Size}\t${Priority}\t"
                     "${Pre-Depends}, ${Depends}\t${Provides}\n")
    for row in rows.splitlines():
        status, name, size, priority, needs, provides = row.split("\t")
        if status != "installed":
            continue
        found[name] = _Package(int(size or 0), priority in ("required", "important"),
                               tuple(filter(None, (need.strip() for need in needs.split(",")))))
        for each in provides.split(","):
            provided.setdefault(_bare(each), name)
    for name, package in found.items():
        needs = [next((provided.get(each, each) if each not in found else each
                       for each in map(_bare, need.split("|")) if each in found or each in provided), "")
                 for need in package.needs]
        found[name] = package._replace(needs=tuple(filter(None, needs)))
    return found


def _bare(name: str) -> str:
    """Without version and architecture."""
    return re.split(r"[\s(:]", name.strip(), maxsplit=1)[0]


def _closure(names: Iterable[str]) -> Set[str]:
    packages = _packages()
    reached: Set[str] = set()
    waiting: List[str] = list(names)
    while waiting:
        name = waiting.pop()
        if name not in packages:
            raise NotMeasured(f"the package {name} is not installed")
        if name not in reached:
            reached.add(name)
            waiting += packages[name].needs
    return reached


def debian_mb(names: Iterable[str], beyond: Iterable[str] = ()) -> float:
    """Of these packages and all that they need, beyond Debian's base system and what
    `beyond` needs."""
    packages = _packages()
    base = _closure([*(name for name, package in packages.items() if package.base), *beyond])
    return sum(packages[name].kilobytes for name in _closure(names) - base) * 1024 / 1e6


def owners_of_libraries(program: str) -> Set[str]:
    """The packages with the shared libraries that the program loads, its own apart."""
    owners = set()
    for path in re.findall(r"=> (/\S+)", output_of("ldd", program)):
        for name in (path, os.path.realpath(path), path.replace("/lib/", "/usr/lib/", 1)):
            try:
                owners.add(_bare(output_of("dpkg-query", "-S", name).split(",")[0]))
                break
            except NotMeasured:  # it is known by another of its names
                continue
        else:
            raise NotMeasured(f"no package has {path}")
    return owners


def site_packages_mb(python: str, names: Iterable[str]) -> float:
    return sum(json.loads(output_of(python, "-c", _SITE_PACKAGES, *names)).values()) / 1e6
