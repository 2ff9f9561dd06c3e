"""Runs rows against systems, and makes of the answers what is written as JSON:

    {"date", "columns": [name], "first_ways": {column: name}, "rows": [
        {"name", "how", "group", "better", "cells": {column: {"value", "evidence",
          "ways": [{"name", "value", "evidence"}]}}}],
     "failures": [text]}

A cell is the answer of the column's first way to serve; "ways" are those that answer otherwise.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Dict, List, Sequence

from matrix_answer import Answer, Missing, not_run
from matrix_rows import Row
from matrix_systems import System

Said = Callable[[str], None]


def otherwise(value: str, first: str) -> bool:
    """Two amounts in MB are measured, and vary: those differ of which one is more than twice the other."""
    if value == first or not (value.endswith(" MB") and first.endswith(" MB")):
        return value != first
    less, more = sorted(float(text.split()[0].replace(",", "")) for text in (value, first))
    return more > 2 * less and more > 2


class Run:
    def __init__(self, say: Said, ended: Callable[[], bool]) -> None:
        self._say = say
        self._ended = ended
        self.failures: List[str] = []

    def answer(self, row: Row, system: System) -> Answer:
        """Never throws: a check that breaks is a failure of this run, and no answer."""
        if self._ended():
            return not_run("the run was ended")
        begun = time.monotonic()
        # What asks for the library itself does without the peer's program.
        why = system.missing_library() if row.of_libraries else system.missing()
        if why:
            answer = not_run(why)
        else:
            try:
                answer = row.check(system)
            except Missing as missing:
                answer = not_run(str(missing))
            except Exception as error:
                answer = not_run(f"the check broke: {type(error).__name__}: {error}".replace("\n", " ")[:300])
                self.failures.append(f"{row.name}, {system.label}: {answer.evidence}")
        self._say(f"{row.name} | {system.label}: {answer.value}: {answer.evidence} "
                  f"({time.monotonic() - begun:.1f} s)")
        return answer

    def cell(self, row: Row, ways: Sequence[System]) -> Dict[str, Any]:
        first = self.answer(row, ways[0])
        cell: Dict[str, Any] = {"value": first.value, "evidence": first.evidence, "ways": []}
        for way in ways[1:] if not row.of_libraries else ():
            answer = self.answer(row, way)
            if otherwise(answer.value, first.value):
                cell["ways"].append({"name": way.name, "value": answer.value, "evidence": answer.evidence})
        return cell


# Checks mostly wait. Where the answers are to be published, each has the machine for itself.
_AT_ONCE_QUICKLY = 4


def run(rows: Sequence[Row], systems: Sequence[System], quick: bool, say: Said,
        ended: Callable[[], bool] = lambda: False) -> Dict[str, Any]:
    """No check begins once it is `ended`."""
    running = Run(say, ended)
    columns = list(dict.fromkeys(system.column for system in systems))
    results: Dict[str, Any] = {"date": time.strftime("%Y-%m-%d"), "columns": columns, "rows": []}
    ways = {column: [system for system in systems if system.column == column] for column in columns}
    with ThreadPoolExecutor(_AT_ONCE_QUICKLY if quick else 1) as pool:
        for row in rows:
            row.load()
            cells = pool.map(lambda column: running.cell(row, ways[column][:1] if quick else ways[column]), columns)
            results["rows"].append({"name": row.name, "how": row.how, "group": row.group, "better": row.better,
                                    "cells": dict(zip(columns, cells))})
    results["first_ways"] = {system.column: system.name for system in reversed(systems)}
    results["failures"] = running.failures
    return results
