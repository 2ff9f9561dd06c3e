"""Turns an exception of the IDL, as the Thrift library decoded it, into one of
this package's."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Tuple, Type

from .enums import BadRequestCode, ClockState, OracleFault
from .errors import (BadRequest, ClockUnreliable, DeclaredError,
                     OracleUnavailable, one_line)


def declared_error(method: str, endpoint: str, exception: Any,
                   first_index: int = 0, sent: int = 0) -> DeclaredError:
    """The error to raise. A type that this client does not know becomes a
    plain DeclaredError. ``first_index``: of the list that was sent in the
    list that the caller gave; ``sent``: its length, and an index beyond it
    is none."""
    kind, read = _KINDS.get(type(exception).__name__, (DeclaredError, _none))
    said = getattr(exception, "message", None)
    if kind is DeclaredError or not isinstance(said, str) or not said:
        said = f"the server answers {repr(exception)}"
    said = one_line(said, 400)
    fields = read(exception)
    if "index" in fields:
        fields["index"] = (fields["index"] + first_index
                           if 0 <= fields["index"] < sent else -1)
    error = kind(f"{method} on {endpoint}: {said}{_detail(fields)}",
                 endpoint=endpoint, exception=exception, method=method,
                 **fields)
    error.message = said
    return error


def _detail(fields: Mapping[str, Any]) -> str:
    """What the server's text may leave out."""
    names = [fields[name].name for name in ("code", "state", "fault")
             if name in fields]
    if fields.get("index", -1) >= 0:
        names.append(f"index {fields['index']}")
    if fields.get("leader"):
        names.append(f"the leader is {one_line(fields['leader'], 60)}")
    return f" ({', '.join(names)})" if names else ""


def _none(exception: Any) -> Dict[str, Any]:
    return {}


def _bad_request(exception: Any) -> Dict[str, Any]:
    return {"code": BadRequestCode(exception.code),
            "index": _number(exception.index, -1)}


def _clock_unreliable(exception: Any) -> Dict[str, Any]:
    error_ns = _number(exception.error_ns, -1)
    return {"state": ClockState(exception.state),
            "error_ns": error_ns if error_ns >= 0 else None}


def _oracle_unavailable(exception: Any) -> Dict[str, Any]:
    leader = exception.leader
    return {"fault": OracleFault(exception.fault),
            "leader": leader if isinstance(leader, str) else "",
            "retry_after_ms": max(0, _number(exception.retry_after_ms, 0))}


def _number(value: Any, absent: int) -> int:
    return value if isinstance(value, int) else absent


_KINDS: Mapping[str, Tuple[Type[DeclaredError],
                           Callable[[Any], Dict[str, Any]]]] = {
    "BadRequest": (BadRequest, _bad_request),
    "ClockUnreliable": (ClockUnreliable, _clock_unreliable),
    "OracleUnavailable": (OracleUnavailable, _oracle_unavailable),
}
