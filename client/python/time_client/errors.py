"""The exceptions of this package.

    TimeClientError
      UsageError         also a ValueError: a wrong argument; nothing was sent
      ConnectError       also a ConnectionError: no connection could be made
      ConnectionLost     also a ConnectionError: it ended before the reply
      CallTimeout        also a TimeoutError: no reply in time
      ProtocolMismatch   the reply cannot be decoded
      ServerError        the server replied that it cannot do the call
      DeclaredError      the server replied with an exception of the IDL
      ClockStepped       no exchange could be used: a clock was set meanwhile

The text is one line. The error underneath, if any, is in ``__cause__``.
"""

from __future__ import annotations

from typing import Optional


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
    """No endpoint accepts a connection, after all retries."""


class ConnectionLost(TimeClientError, ConnectionError):
    """The connection ended between the request and its reply, after all
    retries."""


class CallTimeout(TimeClientError, TimeoutError):
    """The reply did not come within ``timeout``. Not retried."""


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


class DeclaredError(TimeClientError):
    """The server answered with an exception that the IDL declares for the
    call. Not retried.

    ``exception`` is it, as the Thrift library made it, with the fields of the
    IDL; ``method`` the call. The connection stays usable.
    """

    def __init__(self, message: str, *, endpoint: str = "",
                 exception: Optional[Exception] = None,
                 method: str = "") -> None:
        super().__init__(message, endpoint=endpoint)
        self.exception = exception
        self.method = method


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
