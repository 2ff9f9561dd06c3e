"""Makes one connection to one endpoint."""

from __future__ import annotations

import errno
import socket
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from ._deadline import Deadline
from ._endpoint import Endpoint
from ._tls import Tls, TlsRefused
from ._wire import Stream
from .errors import ConnectError, one_line

_Address = Tuple[socket.AddressFamily, Any]

# It was no server that did not take the connection, but this host that has no
# way to it.
_NO_WAY = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENETUNREACH)

_REASONS = {
    errno.ECONNREFUSED: "nothing listens there (connection refused): start "
                        "time-server, or correct the endpoint",
    errno.ENOENT: "there is no such socket file: start time-server, or "
                  "correct the path",
    errno.EACCES: "this user may not open the socket file",
    errno.EAGAIN: "the server's queue of new connections is full",
    errno.EADDRNOTAVAIL: "this host has no address, or no free port, to "
                         "connect from",
    errno.EAFNOSUPPORT: "this host has no addresses of that kind",
    errno.ENETUNREACH: "there is no route to that network",
    errno.EHOSTUNREACH: "there is no route to that host",
}


class _Failure(NamedTuple):
    address: _Address
    error: OSError


def dial(endpoint: Endpoint, timeout_s: float, tls: Tls) -> Stream:
    """A connected socket, with TLS where the endpoint says so, or
    ConnectError.

    Tries every address of the host name in the system's order ("localhost"
    may be ::1 and 127.0.0.1, with the server on only one of them), and goes on
    from one whose server comes to no agreement on TLS, too. One that
    does not answer may use its share of the time and no more, so that the
    next still has its turn. Looking up the name cannot be interrupted, but
    counts.
    """
    deadline = Deadline(timeout_s)
    addresses = _resolve(endpoint)
    failures: List[_Failure] = []
    for index, address in enumerate(addresses):
        share = Deadline(deadline.remaining_s() / (len(addresses) - index))
        try:
            sock = _open(address, share.remaining_s())
            return tls.connect(sock, endpoint, share) if endpoint.tls else sock
        except OSError as error:
            failures.append(_Failure(address, error))
    telling = _telling(failures)
    # One will do: at "localhost" nothing may listen at the other address.
    permanent = any(isinstance(error, TlsRefused) and error.why.permanent
                    for _, error in telling)
    last = telling[-1].error
    raise _error(endpoint, _reasons(telling, timeout_s),
                 permanent) from last.__cause__ or last


def _resolve(endpoint: Endpoint) -> List[_Address]:
    if endpoint.path:
        return [(socket.AF_UNIX, endpoint.path)]
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port,
                                   type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _error(endpoint, "the host name cannot be resolved "
                               f"({_text(error)}): correct it, or use an "
                               "address") from error
    return [(family, address) for family, _, _, _, address in found]


def _open(address: _Address, timeout_s: float) -> socket.socket:
    if timeout_s <= 0.0:
        raise socket.timeout("timed out")
    family, name = address
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout_s)
        sock.connect(name)
        if family != socket.AF_UNIX:
            if sock.getsockname() == sock.getpeername():
                # TCP can connect a port of this host to itself when nothing
                # listens there and the system picks that very port.
                raise OSError(errno.ECONNREFUSED, "connected to itself")
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def _telling(failures: Sequence[_Failure]) -> Sequence[_Failure]:
    """Those of addresses that may have been meant: where there is no IPv6,
    "localhost" is still ::1 too."""
    return [failure for failure in failures
            if failure.error.errno not in _NO_WAY] or failures


def _reasons(failures: Sequence[_Failure], timeout_s: float) -> str:
    """Each reason once, with its address if there are several."""
    addresses: Dict[str, str] = {}
    for (family, name), error in failures:
        text = name if family == socket.AF_UNIX else name[0]
        addresses.setdefault(_reason(error, timeout_s), text)
    if len(addresses) == 1:
        return next(iter(addresses))
    return "; ".join(f"{address}: {reason}"
                     for reason, address in addresses.items())


def _reason(error: OSError, timeout_s: float) -> str:
    if isinstance(error, TlsRefused):
        return error.why.text
    if isinstance(error, socket.timeout):
        if timeout_s < 0.001:
            return "no time was left for it: allow a longer timeout"
        return (f"no answer within {timeout_s:.3g} s: the host is down, or a "
                "firewall drops the packets")
    return _REASONS.get(error.errno or 0) or _text(error)


def _text(error: Exception) -> str:
    """Without "[Errno 111]", where there is a text to go with it."""
    return one_line(getattr(error, "strerror", None) or error)


def _error(endpoint: Endpoint, reason: str,
           permanent: bool = False) -> ConnectError:
    return ConnectError(f"cannot connect to {endpoint}: {reason}",
                        endpoint=str(endpoint), permanent=permanent)
