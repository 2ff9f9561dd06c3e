"""The part of the document that the checks fill: their JSON in Markdown or, without it, what
the document said before."""

from __future__ import annotations

import json
import os
import sys

from catalog import HERE
from compare_markdown import matrix_in

_NONE = "Not run yet: `python3 bench/peers/checks/run.py --json build/compare/matrix.json`."


def matrix_text(file: str, document: str) -> str:
    try:
        with open(file, encoding="utf-8") as results:
            found = json.load(results)
    except FileNotFoundError:
        return _of(document) or _NONE
    sys.path.insert(0, os.path.join(HERE, "checks"))
    from matrix_markdown import matrix_markdown
    return matrix_markdown(found)


def _of(document: str) -> str:
    try:
        with open(document, encoding="utf-8") as text:
            return matrix_in(text.read())
    except FileNotFoundError:
        return ""
