"""The figures as pictures, in the manner of the benchmark's: a bar for each row, its number
and its ratio. Readable on light and on dark."""

from __future__ import annotations

from html import escape
from typing import List, NamedTuple, Optional, Sequence, Tuple

from catalog import OURS, REFERENCE, Pair
from compare_results import Figure
from compare_scenarios import SCENARIOS, Metric, metric
from compare_view import LANGUAGES, View, cell, number_text, ratio_text

_WIDTH = 1100
_LABEL_END = 360  # labels end here, from the right
_BARS_AT = 370
_LONGEST_BAR = 420
# A bar this many times as long as the reference's is cut: one that is a thousand times would hide all others.
_MOST_RATIO = 10
_ROW = 24
_BAR = 14
_TITLE = 56
_MARGIN = 16
_LINE = 20

# Plain colours, not CSS variables: not every viewer knows those.
_STYLE = """
    text { font: 13px sans-serif; fill: #1f2328 }
    .title { font-weight: bold }
    .dim { fill: #59636e }
    .ground { fill: #ffffff }
    .ours { fill: #0969da }
    .ours-p99 { fill: #9cc7f5 }
    .other { fill: #77818c }
    .other-p99 { fill: #cdd4db }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .dim { fill: #9198a1 }
      .ground { fill: #0d1117 }
      .ours { fill: #4493f8 }
      .ours-p99 { fill: #1f4d80 }
      .other { fill: #8b949e }
      .other-p99 { fill: #3d444d }
    }
  """


class Chart(NamedTuple):
    name: str                            # of its file, without .svg
    title: str
    columns: Tuple[Tuple[str, str], ...]  # a section each: a metric, and the one of a pale bar behind it, or ""
    only: str = ""                       # a framework, with clients in C++ alone


CHARTS = (
    Chart("comparison-latency", "How long a call takes",
          (("one.p50_us", "one.p99_us"), ("echo.p50_us", ""), ("prices.p50_us", ""))),
    Chart("comparison-throughput", "How many calls are answered",
          (("sixteen.rate", ""), ("sixty-four.rate", ""), ("shared.rate", ""), ("wait.rate", ""))),
    Chart("comparison-costs", "What a call and a server take",
          (("cpu.server_us", ""), ("start.rss_mb", ""), ("start.ready_ms", ""))),
    Chart("comparison-modes", "Which mode for which work",
          (("one.p50_us", "one.p99_us"), ("sixty-four.rate", ""), ("idle.rate", ""), ("shared.rate", ""),
           ("wait.rate", "")), OURS),
)


def _text(x: int, y: int, style: str, text: str, anchor: str = "start") -> str:
    return f'  <text x="{x}" y="{y}" class="{style}" text-anchor="{anchor}">{escape(text)}</text>\n'


def _bar(y: int, style: str, value: float, most: float, tip: str) -> str:
    length = min(value / most, 1.0) * _LONGEST_BAR if most > 0 else 0
    return (f'  <rect x="{_BARS_AT}" y="{y}" width="{length:.1f}" height="{_BAR}" class="{style}">'
            f"<title>{escape(tip)}</title></rect>\n")


def _row(view: View, y: int, pair: Pair, column: Metric, behind: Optional[Metric], most: float) -> str:
    name = view.name(pair)
    kind = "ours" if pair.peer.framework == OURS else "other"
    svg = _text(_LABEL_END, y, "label", name, "end")
    figure = view.figure(pair, column)
    if figure is None:
        return svg + _text(_BARS_AT, y, "dim", cell(view, pair, column))
    told = f"{number_text(figure.value)}, ratio {ratio_text(figure)}"
    pale = view.figure(pair, behind) if behind else None
    if behind and pale:
        svg += _bar(y - _BAR + 3, f"{kind}-p99", pale.value, most, f"{name}: {behind.title} {number_text(pale.value)}")
        told += f"; {behind.title} {number_text(pale.value)}"
    svg += _bar(y - _BAR + 3, kind, figure.value, most, f"{name}: {number_text(figure.value)} {column.unit}")
    cut = "▸ " if max(figure.value, pale.value if pale else 0.0) > most else ""
    return svg + _text(_BARS_AT + _LONGEST_BAR + 8, y, "dim", cut + told)


def _most(view: View, rows: Sequence[Pair], column: Metric, behind: Optional[Metric]) -> float:
    """What the longest bar stands for."""
    figures = [view.figure(pair, each) for pair in rows for each in (column, behind) if each]
    most = max((figure.value for figure in figures if isinstance(figure, Figure)), default=0.0)
    reference = next((view.figure(pair, column) for pair in rows if pair.peer.key == REFERENCE), None)
    return min(most, _MOST_RATIO * reference.value) if reference else most


def _section(view: View, y: int, title: str, rows: Sequence[Pair], column: Metric,
             behind: Optional[Metric]) -> Tuple[str, int]:
    most = _most(view, rows, column, behind)
    svg = _text(_MARGIN, y + 16, "title", title)
    svg += _text(_BARS_AT, y + 38, "dim", f"{column.title}, {column.unit}, ratio (least..largest)"
                 + (f"; pale: {behind.title}" if behind else "") + f"; {column.better} is better")
    y += _TITLE
    for pair in rows:
        svg += _row(view, y, pair, column, behind, most)
        y += _ROW
    return svg, y + _MARGIN


def _sections(view: View, chart: Chart) -> List[Tuple[str, List[Pair], Metric, Optional[Metric]]]:
    found = []
    for key, pale in chart.columns:
        column, behind = metric(key), metric(pale) if pale else None
        scenario = next((row.title for row in SCENARIOS if row.key == column.scenario), column.title)
        if key.startswith("start."):
            found.append((column.title, view.servers(), column, behind))
            continue
        for language in LANGUAGES:
            rows = view.of_language(language)
            if chart.only:
                rows = [pair for pair in rows if pair.peer.framework == chart.only and language == "C++"]
            if rows:
                found.append((f"{scenario}; {language} client", rows, column, behind))
    return found


def chart_svg(view: View, chart: Chart, taken: str) -> str:
    y, body = _MARGIN, ""
    for section in _sections(view, chart):
        svg, y = _section(view, y, *section)
        body += svg
    legend = [taken, "Medians of the rounds; ratio: to timeservice reactor with a client in the same language, "
              "in the same round; in brackets its least and largest.",
              f"▸: the bar is cut at {_MOST_RATIO} times that of timeservice reactor.",
              "Noise: the ratio of timeservice reactor, again, which is the same server."]
    for line in legend:
        body += _text(_MARGIN, y + _MARGIN, "dim", line)
        y += _LINE
    y += _MARGIN
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" width="{_WIDTH}" height="{y}" '
            f'role="img">\n  <title>{escape(chart.title)}</title>\n  <style>{_STYLE}</style>\n'
            f'  <rect width="{_WIDTH}" height="{y}" class="ground"/>\n{body}</svg>\n')
