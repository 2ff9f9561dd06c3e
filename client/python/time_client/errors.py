"""The exceptions of this package.

    TimeClientError
      UsageError         also a ValueError: a wrong argument; nothing was sent
      ConnectError       also a ConnectionError: no connection could be made
      ConnectionLost     also a ConnectionError: it ended before the reply
      CallTimeout        also a TimeoutError: no reply in time
      ProtocolMismatch   the reply cannot be decoded
      ServerError        the server replied that it cannot do the call
        Overloaded         it has too much to do, and did not run it: try later
      DeclaredError      the server replied with an exception of the IDL
        BadRequest         fix the request
        ClockUnreliable    do not trust the clock
        OracleUnavailable  no timestamp was handed out: try again, or elsewhere
      ThriftMissing      also an ImportError: no Thrift library, or no IDL
      ClockStepped       no exchange could be used: a clock was set meanwhile

The text is one line. The error underneath, if any, is in ``__cause__``.
"""

from __future__ import annotations

from typing import Any, Optional

from .enums import BadRequestCode, ClockState, OracleFault


class TimeClientError(Exception):
    """Anything that this package raises on purpose.

    ``endpoint`` is where it happened, "" if that is not one place.
    """

    def __init__(self, message: str, *, endpoint: str = "") -> None:
        super().__init__(message)
        self.endpoint = endpoint


class UsageError(TimeClientError, ValueError):
    """An argument is wrong, or the client was closed. Nothing was sent."""


class ConnectError(TimeClientError, ConnectionError):
    """No endpoint accepts a connection, after all retries; or TLS, or a
    certificate, is not as it should be.

    ``permanent``: the latter, at every endpoint: somebody has to do something,
    for the same server would refuse the next try too.
    """

    def __init__(self, message: str, *, endpoint: str = "",
                 permanent: bool = False) -> None:
        super().__init__(message, endpoint=endpoint)
        self.permanent = permanent


class ConnectionLost(TimeClientError, ConnectionError):
    """The connection ended between the request and its reply, after all
    retries."""


class CallTimeout(TimeClientError, TimeoutError):
    """The reply did not come within ``timeout``. Not retried: the server may
    have done the call, or may yet."""


class ProtocolMismatch(TimeClientError):
    """What came back is not a reply to this call in the chosen protocol and
    transport. Not retried."""


class ServerError(TimeClientError):
    """The server answered with a Thrift application exception.

    ``code`` is its number (1 is UNKNOWN_METHOD, 6 is INTERNAL_ERROR),
    ``method`` the call that it refused. The connection stays usable.
    """

    def __init__(self, message: str, *, endpoint: str = "", code: int = 0,
                 method: str = "") -> None:
        super().__init__(message, endpoint=endpoint)
        self.code = code
        self.method = method


class Overloaded(ServerError):
    """The server has too much to do and did not run the call, after all
    retries. Another try, later, is always safe."""


class DeclaredError(TimeClientError):
    """The server answered with an exception that the IDL declares for the
    call. Not retried.

    ``exception`` is it, as the Thrift library made it, with the fields of the
    IDL, or None after pickling; ``method`` the call. ``message`` is what the
    server says, on one line. The connection stays usable.
    """

    def __init__(self, message: str, *, endpoint: str = "",
                 exception: Optional[Exception] = None,
                 method: str = "") -> None:
        super().__init__(message, endpoint=endpoint)
        self.message = message
        self.exception = exception
        self.method = method

    def __reduce__(self) -> Any:
        # Without the library's exception: its class is made when the library
        # is loaded, which another process may not have done.
        return (type(self), self.args, {**self.__dict__, "exception": None})


class BadRequest(DeclaredError):
    """The request cannot succeed as it is: do not retry it unchanged.

    ``code`` says what is wrong, ``index`` which item of the list given, from 0
    on, or is -1. A ``ZoneTable`` raises it, too, by itself.
    """

    def __init__(self, message: str, *, endpoint: str = "",
                 exception: Optional[Exception] = None, method: str = "",
                 code: BadRequestCode = BadRequestCode.UNKNOWN,
                 index: int = -1) -> None:
        super().__init__(message, endpoint=endpoint, exception=exception,
                         method=method)
        self.code = code
        self.index = index


class ClockUnreliable(DeclaredError):
    """The clock cannot give the promise that was asked for.

    ``state`` of the clock, and ``error_ns``: the bound that could be given,
    None if there is none. A ``BoundedClock`` raises it, too, by itself.
    """

    def __init__(self, message: str, *, endpoint: str = "",
                 exception: Optional[Exception] = None, method: str = "",
                 state: ClockState = ClockState.UNKNOWN,
                 error_ns: Optional[int] = None) -> None:
        super().__init__(message, endpoint=endpoint, exception=exception,
                         method=method)
        self.state = state
        self.error_ns = error_ns


class OracleUnavailable(DeclaredError):
    """No timestamp was handed out. Retrying is always safe.

    ``fault`` says why, ``leader`` whom to ask instead, as host:port, or is
    "". ``retry_after_ms``: how long to wait before a retry here, in
    milliseconds, 0 if unknown.
    """

    def __init__(self, message: str, *, endpoint: str = "",
                 exception: Optional[Exception] = None, method: str = "",
                 fault: OracleFault = OracleFault.UNKNOWN, leader: str = "",
                 retry_after_ms: int = 0) -> None:
        super().__init__(message, endpoint=endpoint, exception=exception,
                         method=method)
        self.fault = fault
        self.leader = leader
        self.retry_after_ms = retry_after_ms


class ThriftMissing(TimeClientError, ImportError):
    """There is no Thrift library to use, or no IDL for it in this
    installation: the text says what to install. It is raised where a client is
    made, not by the import of this package."""


class ClockStepped(TimeClientError):
    """No exchange could be used: one of the two clocks was set during each of
    them, or is out of range. Another comparison may succeed."""


def one_line(error: object, limit: int = 200) -> str:
    """The text of a foreign error, fit to be a part of a one-line message: it
    may come from the peer, and a terminal may show it."""
    text = " ".join(str(error).split())
    text = "".join(char if char.isprintable() else "?" for char in text)
    if not text:
        text = type(error).__name__
    return text if len(text) <= limit else text[:limit - 3] + "..."
