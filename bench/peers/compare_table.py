"""The one table on the terminal: a row for each pair of server and client; beside every
figure its ratio to the reference."""

from __future__ import annotations

from typing import List, Sequence, Tuple

from compare_scenarios import Metric, metric
from compare_view import LANGUAGES, View, cell, noise_text, number_text, short_ratio
from catalog import CONTROL, Pair

# The columns, as few as tell the story; the document has all. In two bands, for their width.
_BANDS: Tuple[Tuple[Tuple[str, str], ...], ...] = (
    (("one.p50_us", "p50 µs"), ("one.p99_us", "p99 µs"), ("sixteen.rate", "16: calls/s"),
     ("sixty-four.rate", "64: calls/s"), ("shared.rate", "16 on one"), ("echo.p50_us", "1 KiB µs"),
     ("prices.p50_us", "10k doubles µs"), ("wait.rate", "5 ms handlers/s")),
    (("cpu.server_us", "server µs/call"), ("cpu.client_us", "client µs/call"), ("wire.sent", "sent B"),
     ("wire.received", "received B"), ("start.ready_ms", "ready ms"), ("first.ms", "first call ms"),
     ("start.rss_mb", "memory MB"), ("cost.lines", "lines"), ("cost.build_s", "build s"), ("cost.run_mb", "size MB")),
)


def _short_cell(view: View, pair: Pair, column: Metric) -> str:
    figure = view.figure(pair, column)
    if figure is None:
        return "FAILED" if view.failure(pair, column) else cell(view, pair, column)
    return f"{number_text(figure.value)} {short_ratio(figure)}".rstrip()


def _band(view: View, columns: Sequence[Tuple[str, str]]) -> List[str]:
    # With some of the scenarios alone, most columns would be empty.
    columns = [(key, title) for key, title in columns
               if any(_short_cell(view, pair, metric(key)) != "–" for pair in view.pairs)]
    rows: List[List[str]] = [["", *(title for _, title in columns)]]
    for language in LANGUAGES:
        for pair in view.of_language(language):
            rows.append([f"{view.name(pair)} < {language}",
                         *(_short_cell(view, pair, metric(key)) for key, _ in columns)])
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return ["  ".join([row[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(row[1:], widths[1:]))])
            for row in rows]


def terminal_table(view: View, summary: str) -> str:
    lines = [summary, "server < language of the client; × is the ratio to timeservice reactor with a client in that "
             "language, in the same round; of µs, ms, B and MB less is better, of calls/s more", ""]
    for columns in _BANDS:
        lines += [*_band(view, columns), ""]
    for language in LANGUAGES:
        noise = view.noise(language)
        if not noise and view.of_language(language):
            lines.append(f"noise, {language} clients: not known: {CONTROL} was not measured with one")
        if noise:
            lines.append(f"noise, {language} clients, the same server under two names: {noise_text(noise)}")
    lines += [f"no: {subject}, {scenario}: {why}" for subject, scenario, why in view.lacks()]
    lines += [f"NOT THERE: {pair}: {why}" for pair, why in view.absent()]
    lines += [f"NOT MEASURED: {what}: {why}" for what, why in view.results.unmeasured.items()]
    lines += [f"FAILED: {subject}, {scenario}: {why}" for subject, scenario, why in view.failures()]
    return "\n".join(lines)
