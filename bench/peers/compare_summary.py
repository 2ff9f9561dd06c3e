"""The comparison in a few lines: of each framework the best of what it has, beside the reference."""

from __future__ import annotations

from typing import Dict, List, Optional

from catalog import CONTROL, OURS, Pair
from compare_results import Figure
from compare_scenarios import LESS, Metric, metric
from compare_view import LANGUAGES, View, ratio_text

_COLUMNS = (("one.p50_us", "time of a call"), ("sixty-four.rate", "rate, 64 at a time"),
            ("shared.rate", "rate, 16 on one connection"), ("prices.p50_us", "time of 10,000 doubles"),
            ("wait.rate", "rate, handlers that wait"), ("cpu.server_us", "server's processor time"))


def _framework(pair: Pair) -> str:
    """A framework's server in another language is another choice."""
    if pair.peer.framework == OURS:
        return f"{OURS}, its best mode for it"
    language = f" {pair.peer.language}" if pair.peer.framework in ("gRPC", "Apache Thrift") else ""
    return pair.peer.framework + language


def _best(view: View, pairs: List[Pair], column: Metric) -> Optional[Figure]:
    figures = [figure for figure in (view.figure(pair, column) for pair in pairs)
               if figure is not None and figure.ratio is not None]
    if not figures:
        return None
    return (min if column.better == LESS else max)(figures, key=lambda figure: figure.ratio or 0)


def summary(view: View) -> List[str]:
    lines = ["## In short", "", "Beside `timeservice reactor` as it comes, called by a client in the same language: of each "
             "framework the best of its servers and clients in that row. Of a time, less than 1 is better; of a rate, "
             "more.", ""]
    for language in LANGUAGES:
        groups: Dict[str, List[Pair]] = {}
        for pair in (each for each in view.of_language(language) if each.peer.key != CONTROL):
            groups.setdefault(_framework(pair), []).append(pair)
        if not groups:
            continue
        lines += [f"| server, called by a {language} client | " + " | ".join(title for _, title in _COLUMNS) + " |",
                  "|---" + "|---:" * len(_COLUMNS) + "|"]
        for name, pairs in groups.items():
            figures = [_best(view, pairs, metric(key)) for key, _ in _COLUMNS]
            lines.append(f"| {name} | " + " | ".join(
                "–" if figure is None else ratio_text(figure).partition(" ")[0] for figure in figures) + " |")
        lines.append("")
    return lines
