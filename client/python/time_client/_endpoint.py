"""Where a server listens: "host:port", "[::1]:port" or "unix:/path"."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import UsageError


@dataclass(frozen=True)
class Endpoint:
    """A TCP endpoint has ``host`` and ``port``, a Unix one has ``path``."""

    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_endpoint(text: str) -> Endpoint:
    """Throws UsageError that shows the text and what is wrong with it."""
    if not isinstance(text, str):
        raise _bad(text, "an endpoint is a string")
    if text.startswith("unix:"):
        path = text[len("unix:"):]
        if not path or not path.isprintable():
            raise _bad(text, "a printable path must follow unix:")
        return Endpoint(path=path)

    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        if ":" not in host:
            raise _bad(text, "brackets are for an IPv6 address")
    elif "[" in text or "]" in text:
        raise _bad(text, "brackets go around the whole IPv6 address, "
                         "then :port")
    elif ":" in host:
        raise _bad(text, "an IPv6 address needs brackets, as [::1]:9090")
    if not colon or not host:
        raise _bad(text, "it must name host and port, as localhost:9090")
    if not host.isprintable() or " " in host or "/" in host:
        raise _bad(text, "the host name has characters that none can have")
    return Endpoint(host=host, port=_parse_port(text, port))


def _parse_port(text: str, port: str) -> int:
    # str.isdigit() alone takes digits of other scripts.
    digits = port.isascii() and port.isdigit() and len(port) <= 5
    if not digits or not 1 <= int(port) <= 65535:
        raise _bad(text, "the port must be a number from 1 to 65535")
    return int(port)


def _bad(text: object, reason: str) -> UsageError:
    return UsageError(f"endpoint {text!r}: {reason}")
