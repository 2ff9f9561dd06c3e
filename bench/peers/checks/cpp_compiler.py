"""Whether the C++ compiler takes a program. Nothing is linked or run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from matrix_answer import Missing
from matrix_systems import ROOT

_S = 60.0


def first_error(program: str) -> str:
    """"" if it takes it. Throws Missing without a compiler, or where a header is not there."""
    compiler = shutil.which(os.environ.get("CXX", "g++"))
    if compiler is None:
        raise Missing("no C++ compiler")
    done = subprocess.run(
        [compiler, "-std=c++20", "-fsyntax-only", "-fmax-errors=1", "-I", ROOT, "-x", "c++", "-"],
        input=program, capture_output=True, text=True, timeout=_S)
    found = re.search(r"(?:fatal )?error: ([^\n]*)", done.stderr)
    if found and "No such file" in found.group(1):
        raise Missing(found.group(1))
    return "" if done.returncode == 0 else found.group(1) if found else done.stderr[-100:].replace("\n", " ")
