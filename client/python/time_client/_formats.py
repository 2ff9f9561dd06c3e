"""The protocols and transports, a row each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Mapping, Tuple, TypeVar

from . import _binding
from .errors import UsageError


@dataclass(frozen=True)
class Protocol:
    """``make(transport)`` gives a protocol object, good for one call."""

    name: str
    needs_thriftpy2: bool
    make: Callable[[Any], Any]


@dataclass(frozen=True)
class Transport:
    """``make(wire)`` gives a transport object, good for one connection."""

    name: str
    make: Callable[[Any], Any]


def _make_binary(transport: Any) -> Any:
    return _binding.binary.TBinaryProtocol(transport)


def _make_compact(transport: Any) -> Any:
    return _binding.protocol.TCompactProtocol(transport)


def _make_json(transport: Any) -> Any:
    base: Any = _binding.protocol.TApacheJSONProtocol

    class ApacheJSON(base):  # type: ignore[misc]
        """thriftpy2 (0.5 to 0.7.1) fails on a field that it does not know,
        which every reply of a newer server may have."""

        def _dict_to_thrift(self, data: Any, base_type: Any) -> Any:
            spec = getattr(base_type, "thrift_spec", None)
            if spec is not None and isinstance(data, dict):
                data = {field: value for field, value in data.items()
                        if int(field) in spec}
            return super()._dict_to_thrift(data, base_type)

    return ApacheJSON(transport)


def _make_buffered(wire: Any) -> Any:
    return _binding.buffered.TBufferedTransportFactory().get_transport(wire)


def _make_framed(wire: Any) -> Any:
    return _binding.framed.TFramedTransportFactory().get_transport(wire)


# Old thriftpy's compact protocol calls array.tostring(), gone since Python
# 3.9; its JSON is its own, which no Apache Thrift server reads.
PROTOCOLS: Mapping[str, Protocol] = {row.name: row for row in (
    Protocol("binary", False, _make_binary),
    Protocol("compact", True, _make_compact),
    Protocol("json", True, _make_json),
)}

TRANSPORTS: Mapping[str, Transport] = {row.name: row for row in (
    Transport("buffered", _make_buffered),
    Transport("framed", _make_framed),
)}


@dataclass(frozen=True)
class Format:
    """A protocol over a transport: how a connection writes its bytes."""

    protocol: Protocol
    transport: Transport

    def __str__(self) -> str:
        return f"{self.protocol.name}/{self.transport.name}"

    @property
    def hint(self) -> str:
        """What to try if the server does not understand this one."""
        others = [name for name in TRANSPORTS if name != self.transport.name]
        text = "try " + " or ".join(f'transport="{name}"' for name in others)
        if self.protocol.name != "binary":
            text += ' or protocol="binary"'
        return text


_Row = TypeVar("_Row")


def _look_up(rows: Mapping[str, _Row], kind: str, name: str) -> _Row:
    if name == "auto":
        raise UsageError(f"{kind} 'auto': only the command line finds out "
                         f"what a server takes, with --{kind} auto; take one "
                         f"of {', '.join(rows)}")
    try:
        return rows[name]
    except (KeyError, TypeError):
        raise UsageError(f"{kind} {name!r} is unknown: "
                         f"take one of {', '.join(rows)}") from None


def make_format(protocol: str, transport: str) -> Format:
    """Throws UsageError for an unknown name, or one that the installed
    library cannot do, and ThriftMissing if there is none."""
    chosen = Format(_look_up(PROTOCOLS, "protocol", protocol),
                    _look_up(TRANSPORTS, "transport", transport))
    # Asked in any case, for its absence to show now and not in a call.
    is_thriftpy2 = _binding.IS_THRIFTPY2
    if chosen.protocol.needs_thriftpy2 and not is_thriftpy2:
        raise UsageError(f"protocol {protocol!r} does not work with thriftpy: "
                         "install thriftpy2, or take protocol 'binary'")
    return chosen


def usable_protocols() -> Tuple[str, ...]:
    """The protocols that work with the library in use."""
    return tuple(row.name for row in PROTOCOLS.values()
                 if _binding.IS_THRIFTPY2 or not row.needs_thriftpy2)
