"""What a check says of one system: yes, no, or a figure, and the evidence in one line."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

# NO_MATTER: what the row asks for cannot arise there. NOT_RUN: something is missing here.
YES, NO, NO_MATTER, NOT_RUN = "yes", "no", "n/a", "not run"
_FIGURE = re.compile(r"\d[\d,.-]*( .+)?")


class Missing(Exception):
    """A check cannot be run here; the text says what is not there."""


class Answer(NamedTuple):
    value: str     # YES, NO, NO_MATTER, NOT_RUN or a figure such as "16 lines"
    evidence: str  # what was done and what was seen

    def checked(self) -> Answer:
        """Itself; throws ValueError where it is an opinion."""
        if self.value not in (YES, NO, NO_MATTER, NOT_RUN) and not _FIGURE.fullmatch(self.value):
            raise ValueError(f"an answer is yes, no or a figure, not {self.value!r}")
        if not self.evidence.strip() or "\n" in self.evidence:
            raise ValueError(f"evidence is one line, not {self.evidence!r}")
        return self


def yes(evidence: str) -> Answer:
    return Answer(YES, evidence)


def no(evidence: str) -> Answer:
    return Answer(NO, evidence)


def no_matter(why: str) -> Answer:
    return Answer(NO_MATTER, why)


def not_run(why: str) -> Answer:
    return Answer(NOT_RUN, why)


def need(path: str) -> str:
    """The path; throws Missing."""
    if not os.path.exists(path):
        raise Missing(f"{path} is not there")
    return path


def either(held: bool, evidence: str) -> Answer:
    return yes(evidence) if held else no(evidence)


def figure(number: float, unit: str, evidence: str) -> Answer:
    return Answer(f"{number:,} {unit}", evidence)


def counted(number: int, noun: str) -> str:
    """"1 call", "2 calls"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
