"""The results as a reader asks for them: which figure belongs to a row and a column, to
what it is compared, and how much noise there is. The terminal, the document and the
charts all show this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

from catalog import CONTROL, REFERENCE, Pair, Peer, pairs
from compare_results import Figure, Results
from compare_scenarios import COST, METRICS, START, Metric

# How far the control may be from 1, in half of the rounds.
_TOLERABLE = 0.1

LANGUAGES = ("C++", "Python")


@dataclass(frozen=True)
class Noise:
    """How far the reference was from itself, in one metric; so far may every other ratio be off."""

    metric: Metric
    figure: Figure

    @property
    def much(self) -> bool:
        return self.figure.off > _TOLERABLE  # of ratios of 0.5 and 1.5 the median is 1


class View:
    def __init__(self, peers: Sequence[Peer], results: Results) -> None:
        self.results = results
        tried = results.taken.get("pairs")
        self.pairs = [pair for pair in pairs(tuple(peers))
                      if pair.key not in results.absent and (tried is None or pair.key in tried)]

    def of_language(self, language: str) -> List[Pair]:
        """The pairs whose client is in it."""
        return [pair for pair in self.pairs if pair.client.language == language]

    def servers(self) -> List[Pair]:
        """One pair of each server."""
        return list({pair.peer.key: pair for pair in reversed(self.pairs)}.values())[::-1]

    def name(self, pair: Pair) -> str:
        """Of the server; and of the client, where the server has several in that language."""
        same = [other for other in self.of_language(pair.client.language) if other.peer == pair.peer]
        return pair.peer.name if same[0] == pair else f"{pair.peer.name}, {pair.client.name} client"

    def figure(self, pair: Pair, metric: Metric) -> Optional[Figure]:
        return self.results.figure(_subject(pair, metric), metric, self._reference(pair, metric))

    def failure(self, pair: Pair, metric: Metric) -> str:
        return self.results.failure(_subject(pair, metric), metric.scenario)

    def lacking(self, pair: Pair, metric: Metric) -> str:
        return self.results.lacking(_subject(pair, metric), metric.scenario)

    def _reference(self, pair: Pair, metric: Metric) -> str:
        """The first client of the reference in the same language; ratios of clients in
        different languages would compare the clients."""
        for other in self.of_language(pair.client.language):
            if other.peer.key == REFERENCE:
                return _subject(other, metric)
        return REFERENCE if metric.scenario == START else "timeservice"

    def noise(self, language: str) -> List[Noise]:
        """Of clients in that language."""
        control = [pair for pair in self.of_language(language) if pair.peer.key == CONTROL]
        rows = [metric for metric in METRICS if metric.scenario != COST] if control else []
        figures = [(metric, self.figure(control[0], metric)) for metric in rows]
        return [Noise(metric, figure) for metric, figure in figures if figure and figure.ratio is not None]

    def failures(self) -> List[Tuple[str, str, str]]:
        """Subject, scenario, why."""
        return _flat(self.results.failures)

    def absent(self) -> List[Tuple[str, str]]:
        """Pairs, and why they were not there; and what that does to ratios."""
        pairs_by_reason: Dict[str, List[str]] = {}
        for pair, why in self.results.absent.items():
            pairs_by_reason.setdefault(why, []).append(pair)
        found = [(", ".join(names), why) for why, names in pairs_by_reason.items()]
        if self.pairs and not any(pair.peer.key == REFERENCE for pair in self.pairs):
            found.append((REFERENCE, "no ratios: they are to it"))
        return found

    def lacks(self) -> List[Tuple[str, str, str]]:
        return _flat(self.results.lacks)


def _subject(pair: Pair, metric: Metric) -> str:
    return {START: pair.peer.key, COST: pair.peer.project}.get(metric.scenario, pair.key)


def _flat(reasons: Dict[str, Dict[str, str]]) -> List[Tuple[str, str, str]]:
    return [(subject, scenario, why) for subject, rows in reasons.items() for scenario, why in rows.items()]


def number_text(value: float) -> str:
    """Three digits that count: 141234 as "141 k"; what is whole and small as it is."""
    if value < 9999.5 and value == round(value):
        return f"{value:.0f}"
    for limit, unit, digits in ((9.995, "", 2), (99.95, "", 1), (9999.5, "", 0), (99950, " k", 1), (999500, " k", 0)):
        if value < limit:
            return f"{value / (1000 if unit else 1):.{digits}f}{unit}"
    return f"{value / 1e6:.2f} M"


def ratio_text(figure: Figure) -> str:
    """ "0.95 (0.93..0.97)": the median of the rounds' ratios, the least and the largest where
    they differ."""
    if figure.ratio is None:
        return ""
    if figure.least_ratio == figure.largest_ratio:
        return _short(figure.ratio)
    return f"{_short(figure.ratio)} ({_short(figure.least_ratio)}..{_short(figure.largest_ratio)})"


def _short(ratio: float) -> str:
    if ratio == 0:
        return "0"
    for limit, digits in ((0.095, 3), (9.95, 2), (99.5, 1)):
        if ratio < limit:
            return f"{ratio:.{digits}f}"
    return f"{ratio:.0f}"


def short_ratio(figure: Figure) -> str:
    return "" if figure.ratio is None else "×" + _short(figure.ratio)


def noise_text(noise: Sequence[Noise]) -> str:
    """ "16 at a time 1.00 (0.98..1.01), ...", and of which there is much."""
    much = [each.metric.title for each in noise if each.much]
    return ", ".join(f"{each.metric.title} {ratio_text(each.figure)}" for each in noise) + \
        (f"; which is MUCH of {', '.join(much)}: ratios of these say little, on a machine that is busy; "
         "without --quick there are more rounds" if much else "")


def cell(view: View, pair: Pair, metric: Metric) -> str:
    """What stands in the place of a figure where there is none."""
    if view.failure(pair, metric):
        return f"failed: {view.failure(pair, metric)}"
    return "no" if view.lacking(pair, metric) else "–"
