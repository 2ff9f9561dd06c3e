"""For the command line: finds out what a server takes, by trying."""

from __future__ import annotations

import time
from typing import Any, List, NamedTuple

from ._formats import TRANSPORTS, usable_protocols
from ._retry import backoff_s
from .client import TimeClient
from .errors import (ConnectError, ConnectionLost, Overloaded,
                     ProtocolMismatch, ServerError, TimeClientError)

AUTO = "auto"

_PROTOCOL_ERROR = 7

# Every mode of the server carries framed.
_TRANSPORTS_TO_TRY = ("framed", "buffered")
assert set(_TRANSPORTS_TO_TRY) == set(TRANSPORTS)


class Route(NamedTuple):
    """How to reach a server; the endpoint to begin with is the first."""

    endpoints: List[str]
    protocol: str
    transport: str


class _Refused(ProtocolMismatch):
    """``lost``: at least once by closing the connection, and so does a server
    that stops."""

    def __init__(self, message: str, *, endpoint: str, lost: bool) -> None:
        super().__init__(message, endpoint=endpoint)
        self.lost = lost


def search(wanted: Route, timeout: float, retries: int, tls: Any) -> Route:
    """``wanted`` with what the server answers to in place of each "auto".

    Protocols and transports are tried one after another, each by a call of
    its own on a new connection, framed binary first. A refusal leads to the
    next; where none is left, or no connection can be made, the next
    endpoint's turn comes. ``retries`` counts searches of all endpoints, made
    again where a connection failed. ``tls`` is as for TimeClient.

    Throws ConnectError, CallTimeout at once, or ProtocolMismatch if all are
    refused.
    """
    if AUTO not in (wanted.protocol, wanted.transport):
        return wanted
    failures = 0
    while True:
        errors: List[TimeClientError] = []
        for index, endpoint in enumerate(wanted.endpoints):
            try:
                found = _search_at(endpoint, wanted, timeout, tls)
            except (ConnectError, _Refused) as error:
                errors.append(error)
                continue
            # The others stay for failover.
            return found._replace(endpoints=[*wanted.endpoints[index:],
                                             *wanted.endpoints[:index]])
        failures += 1
        if failures > retries or not any(_may_pass(error)
                                         for error in errors):
            break
        time.sleep(backoff_s(failures))
    kind = (ConnectError if all(isinstance(error, ConnectError)
                                for error in errors) else ProtocolMismatch)
    raise kind("; ".join(str(error) for error in errors)) from errors[-1]


def _may_pass(error: TimeClientError) -> bool:
    return isinstance(error, ConnectError) or (
        isinstance(error, _Refused) and error.lost)


def _search_at(endpoint: str, wanted: Route, timeout: float,
               tls: Any) -> Route:
    lost = False
    tried = []
    for protocol in (usable_protocols() if wanted.protocol == AUTO
                     else (wanted.protocol,)):
        for transport in (_TRANSPORTS_TO_TRY if wanted.transport == AUTO
                          else (wanted.transport,)):
            tried.append(f"{transport} {protocol}")
            try:
                with TimeClient(endpoint, protocol=protocol,
                                transport=transport, timeout=timeout,
                                retries=0, tls=tls) as clock:
                    clock.get_time()
                return Route([endpoint], protocol, transport)
            except Overloaded:  # it has understood
                return Route([endpoint], protocol, transport)
            except ConnectionLost:
                lost = True
            except ProtocolMismatch:
                pass
            except ServerError as error:
                # Any other is the answer of a server that understood.
                if error.code != _PROTOCOL_ERROR:
                    raise
    raise _Refused(f"get_time on {endpoint}: every dialect was refused "
                   f"({', '.join(tried)}): is this a time-server?",
                   endpoint=endpoint, lost=lost)
