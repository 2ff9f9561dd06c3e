"""The matrix in Markdown, on the terminal, and where this project loses. Of what matrix_run.py makes."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

OURS = "ours"

def _number(value: str) -> Optional[float]:
    found = re.match(r"[\d,]+(\.\d+)?(?= )", value)
    return float(found.group().replace(",", "")) if found else None


def _beats(better: str, theirs: str, ours: str) -> bool:
    if {theirs, ours} <= {"yes", "no"}:
        return (theirs, ours) == ("yes", "no")
    a, b = _number(theirs), _number(ours)
    if a is None or b is None:
        return a is not None and ours == "no" and better == "more"
    return a > b if better == "more" else a < b if better == "less" else False


def losses(results: Dict[str, Any]) -> List[str]:
    """Rows in which another column has the better answer, and which."""
    found = []
    for row in results["rows"]:
        cells = row["cells"]
        if OURS not in cells:
            continue
        ours = cells[OURS]["value"]
        better = [f"{column} {cell['value']}" for column, cell in cells.items()
                  if column != OURS and _beats(row["better"], cell["value"], ours)]
        if better:
            found.append(f"{row['name']}: {ours}; {', '.join(better)}")
    return found


def _plain(text: str) -> str:
    """Evidence holds what servers said."""
    return re.sub(r"([|<>*_`\[\]\\])", r"\\\1", text)


def _cell(cell: Dict[str, Any]) -> str:
    others: Dict[str, List[str]] = {}
    for way in cell["ways"]:
        others.setdefault(way["value"], []).append(way["name"])
    more = "; ".join(f"{', '.join(names)}: {value}" for value, names in others.items())
    return cell["value"] + (f" ({more})" if more else "")


def matrix_markdown(results: Dict[str, Any]) -> str:
    columns = results["columns"]
    first = results.get("first_ways", {})
    lines = [
        f"Every cell was run or counted on {results['date']} by `bench/peers/checks/run.py`; none is an opinion. What a "
        "row did, and what was seen, stands at the end.",
        "Where a library has several servers, the answer is that of the one named above; others stand behind it where "
        "they differ. n/a: what is asked cannot arise there.", ""]
    head = [f"{column}<br>{first[column]}" if first.get(column) else column for column in columns]
    for group in dict.fromkeys(row["group"] for row in results["rows"]):
        lines += [f"### {group}", "", "| | " + " | ".join(head) + " |", "|:--" * (len(columns) + 1) + "|"]
        for row in results["rows"]:
            if row["group"] == group:
                lines.append(f"| {_plain(row['name'])} | "
                             + " | ".join(_plain(_cell(row["cells"][column])) for column in columns) + " |")
        lines.append("")
    lost = losses(results)
    lines += ["### Where we lose", ""]
    lines += [f"- {_plain(loss)}" for loss in lost] if lost else ["In no row."]
    lines += ["", "### What was done, and what was seen", ""]
    for row in results["rows"]:
        lines += [f"<details><summary>{_plain(row['name'])}</summary>", "", _plain(row["how"]) + ".", ""]
        for column in columns:
            cell = row["cells"][column]
            lines.append(f"- {column}: {cell['value']}: {_plain(cell['evidence'])}")
            lines += [f"- {column}, {way['name']}: {way['value']}: {_plain(way['evidence'])}" for way in cell["ways"]]
        lines += ["", "</details>", ""]
    return "\n".join(lines)


def matrix_table(results: Dict[str, Any]) -> str:
    """For the terminal."""
    columns = results["columns"]
    rows = [["", *columns]]
    notes: List[str] = []
    for row in results["rows"]:
        cells = []
        for column in columns:
            cell = row["cells"][column]
            cells.append(cell["value"] + ("*" if cell["ways"] else ""))
            notes += [f"* {row['name']}, {column}, {way['name']}: {way['value']}: {way['evidence']}"
                      for way in cell["ways"]]
        rows.append([row["name"], *cells])
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() for row in rows]
    lost = losses(results)
    return "\n".join([*lines, "", *notes, "", "Where we lose:", *(f"- {loss}" for loss in lost or ["in no row"])])
