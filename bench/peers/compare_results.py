"""What was measured: for each subject and metric a value of each round; and what failed.

A subject is a pair of server and client, a server, or a project. Once anything of it
failed in a scenario, that scenario has no figure, whatever the other rounds said.
"""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass, field
from typing import Any, Dict, Optional, Tuple

from compare_scenarios import LESS, Metric


@dataclass(frozen=True)
class Figure:
    """The median of the rounds, the worst and the best of them; and the ratios to the
    reference of the same rounds: their median, the least and the largest, and the median of how
    far they are from 1."""

    value: float
    worst: float
    best: float
    ratio: Optional[float] = None
    least_ratio: Optional[float] = None
    largest_ratio: Optional[float] = None
    off: Optional[float] = None


@dataclass
class Results:
    taken: Dict[str, Any] = field(default_factory=dict)
    # subject -> metric's key -> round -> value
    values: Dict[str, Dict[str, Dict[str, float]]] = field(default_factory=dict)
    # subject -> scenario's key -> why
    failures: Dict[str, Dict[str, str]] = field(default_factory=dict)
    lacks: Dict[str, Dict[str, str]] = field(default_factory=dict)    # the framework has no way to do it
    absent: Dict[str, str] = field(default_factory=dict)              # pair -> why it could not be run here
    unmeasured: Dict[str, str] = field(default_factory=dict)          # cost -> why

    def add(self, subject: str, metric: str, round_: int, value: float) -> None:
        self.values.setdefault(subject, {}).setdefault(metric, {})[str(round_)] = value

    def drop(self, subject: str, metric: str) -> None:
        """The values of all rounds."""
        self.values.get(subject, {}).pop(metric, None)

    def fail(self, subject: str, scenario: str, why: str) -> None:
        """The first reason stays."""
        self.failures.setdefault(subject, {}).setdefault(scenario, why)

    def lack(self, subject: str, scenario: str, why: str) -> None:
        self.lacks.setdefault(subject, {})[scenario] = why

    def failure(self, subject: str, scenario: str) -> str:
        return self.failures.get(subject, {}).get(scenario, "")

    def lacking(self, subject: str, scenario: str) -> str:
        return self.lacks.get(subject, {}).get(scenario, "")

    def settled(self, subject: str, scenario: str) -> bool:
        """Whether another run can change nothing."""
        return bool(self.failure(subject, scenario) or self.lacking(subject, scenario))

    def figure(self, subject: str, metric: Metric, reference: str) -> Optional[Figure]:
        if self.settled(subject, metric.scenario):
            return None
        rounds = self._rounds(subject, metric)
        if not rounds:
            return None
        worst, best = (max, min) if metric.better == LESS else (min, max)
        values = list(rounds.values())
        base = {} if self.settled(reference, metric.scenario) else self._rounds(reference, metric)
        ratios = [value / base[number] for number, value in rounds.items() if base.get(number)]
        spread: Tuple[Optional[float], ...] = (None, None, None, None)
        if ratios:
            off = statistics.median(abs(ratio - 1) for ratio in ratios)
            spread = (statistics.median(ratios), min(ratios), max(ratios), off)
        return Figure(statistics.median(values), worst(values), best(values), *spread)

    def _rounds(self, subject: str, metric: Metric) -> Dict[str, float]:
        return self.values.get(subject, {}).get(metric.key, {})

    @property
    def right(self) -> bool:
        return not self.failures

    def json(self) -> Dict[str, Any]:
        return asdict(self)

    @staticmethod
    def of(data: Dict[str, Any]) -> Results:
        return Results(**data)
