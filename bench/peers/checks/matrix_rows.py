"""THE table of rows: what is asked, in which order, and what is better where the answer is
a figure. A new row is a file check_NAME.py and a line here."""

from __future__ import annotations

import importlib
from typing import List, NamedTuple

from matrix_answer import Answer

POST = "What is usually compared"
OPERATORS = "What operators ask"
MORE, LESS = "more", "less"


class Row(NamedTuple):
    module: str        # check_NAME.py: ROW, HOW, check(system) and, where a system's library is asked, LIBRARY
    group: str
    better: str = ""   # MORE or LESS of a figure; "": yes is better than no, or nothing is better
    quick: bool = True

    def load(self):
        return importlib.import_module(self.module)

    @property
    def name(self) -> str:
        return self.load().ROW

    @property
    def how(self) -> str:
        return self.load().HOW

    @property
    def of_libraries(self) -> bool:
        """One answer for a library, however it serves."""
        return getattr(self.load(), "LIBRARY", False)

    def check(self, system) -> Answer:
        return self.load().check(system).checked()


ROWS: List[Row] = [
    Row("check_getting_started", POST, LESS),
    Row("check_documentation", POST, MORE),
    Row("check_languages", POST, MORE),
    Row("check_maintenance", POST),
    Row("check_streaming", POST),
    Row("check_without_idl", POST, quick=False),
    Row("check_timeout", POST),
    Row("check_containers", POST, MORE, quick=False),
    Row("check_constants", POST),
    Row("check_any_object", POST, quick=False),
    Row("check_numpy", POST),
    Row("check_deadline_told", OPERATORS),
    Row("check_deadline", OPERATORS),
    Row("check_drain", OPERATORS),
    Row("check_idle_clients", OPERATORS),
    Row("check_slow_handlers", OPERATORS),
    Row("check_hostile_bytes", OPERATORS),
    Row("check_hostile_memory", OPERATORS, LESS),
    Row("check_tls", OPERATORS),
    Row("check_health", OPERATORS),
    Row("check_metrics", OPERATORS, MORE),
    Row("check_reflection", OPERATORS),
    Row("check_dialects", OPERATORS, MORE),
    Row("check_pipelining", OPERATORS),
    Row("check_multiplexing", OPERATORS),
]
