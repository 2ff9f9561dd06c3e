"""What others do better than the reference: what this project owes its readers to say first."""

from __future__ import annotations

from typing import List, Sequence, Tuple

from catalog import OURS, Pair
from compare_results import Figure
from compare_scenarios import COST, LESS, METRICS, START, Metric
from compare_view import LANGUAGES, View

# How much better another's ratio must be to be named, and in every round.
AHEAD = 1.05


def ahead_of_ours(view: View) -> List[Tuple[Metric, str, str, Figure]]:
    """What others do better than the reference, in every round and by more than the noise:
    metric, language of the client where that matters, who, and by how much."""
    found = []
    for column in METRICS:
        whoever_calls = column.scenario in (START, COST)
        for language in LANGUAGES[:1] if whoever_calls else LANGUAGES:
            rows = view.servers() if whoever_calls else view.of_language(language)
            noise = [each.figure for each in view.noise(language) if each.metric == column]
            seen = set()
            for pair in rows:
                name = project_name(pair) if column.scenario == COST else \
                    pair.peer.name if whoever_calls else view.name(pair)
                figure = view.figure(pair, column)
                if pair.peer.framework != OURS and name not in seen and figure and _is_ahead(figure, column, noise):
                    found.append((column, "" if whoever_calls else language, name, figure))
                seen.add(name)
    return found


def _is_ahead(figure: Figure, column: Metric, noise: Sequence[Figure]) -> bool:
    if figure.ratio is None:
        return False
    if column.better == LESS:
        return figure.largest_ratio < min(1 / AHEAD, *(each.least_ratio for each in noise), 1.0)
    return figure.least_ratio > max(AHEAD, *(each.largest_ratio for each in noise), 1.0)


def project_name(pair: Pair) -> str:
    """A project is behind several servers."""
    return OURS if pair.peer.framework == OURS else pair.peer.name.partition(",")[0]
