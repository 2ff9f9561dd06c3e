"""How the results of to-local, from-local, periods and zones are written."""

from __future__ import annotations

from typing import Sequence

from ._cli_texts import dump, instant_text, offset_text, printable
from .results import LocalTime, ResolvedTime, ZonePeriod


def local_text(instant_ns: int, local: LocalTime) -> str:
    return printable(local.text)


def local_json(instant_ns: int, local: LocalTime) -> str:
    return dump({"instant_ns": instant_ns, "text": local.text,
                 "utc_offset_s": local.utc_offset_s,
                 "abbreviation": local.abbreviation})


def resolved_text(text: str, resolved: ResolvedTime) -> str:
    return str(resolved.instant_ns)


def resolved_json(text: str, resolved: ResolvedTime) -> str:
    return dump({"text": text, "instant_ns": resolved.instant_ns,
                 "kind": resolved.kind.name,
                 "utc_offset_s": resolved.utc_offset_s})


def period_text(period: ZonePeriod) -> str:
    return (f"{instant_text(period.start_ns)} .. "
            f"{instant_text(period.end_ns)} "
            f"{offset_text(period.utc_offset_s)} "
            f"{printable(period.abbreviation)}")


def period_json(period: ZonePeriod) -> str:
    return dump({"start_ns": period.start_ns, "end_ns": period.end_ns,
                 "utc_offset_s": period.utc_offset_s,
                 "abbreviation": period.abbreviation})


def zones_text(names: Sequence[str]) -> str:
    return "\n".join(map(printable, names))


def zones_json(names: Sequence[str]) -> str:
    return dump({"zones": list(names)})
