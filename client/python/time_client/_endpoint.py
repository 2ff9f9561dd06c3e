"""Where a server listens: "host:port", "[::1]:port" or "unix:/path", each of
which may stand behind "tls:".

What is read, and what is said of what cannot be, is as in the C++ client.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any, List

from .errors import UsageError, one_line

# What sockaddr_un has room for, beside the NUL at its end.
_LONGEST_PATH_BYTES = 107


@dataclass(frozen=True)
class Endpoint:
    """A TCP endpoint has ``host`` and ``port``, a Unix one has ``path``.
    ``tls``: what is carried there is TLS."""

    host: str = ""
    port: int = 0
    path: str = ""
    tls: bool = False

    def __str__(self) -> str:
        tls = "tls:" if self.tls else ""
        if self.path:
            return f"{tls}unix:{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{tls}{host}:{self.port}"


class _Bad(Exception):
    """Why a text is no endpoint."""


def parse_endpoint(text: str, source: str = "endpoint") -> Endpoint:
    """Throws UsageError that says where the text came from, shows it, and
    says what is wrong with it and what would be right."""
    try:
        if not isinstance(text, str):
            raise _Bad("an endpoint is a string")
        if text.startswith("tls:"):
            return replace(_parse_bare(text[len("tls:"):]), tls=True)
        return _parse_bare(text)
    except _Bad as bad:
        raise UsageError(
            f"{source} {text!r}: {bad}; write host:port, "
            "[v6-address]:port or unix:/path, behind tls: for TLS") from None


def endpoint_texts(endpoints: Any) -> List[str]:
    """One endpoint, or several, as a list, each of which can be parsed.
    Throws UsageError."""
    try:
        texts = [endpoints] if isinstance(endpoints, str) else list(endpoints)
    except TypeError:
        raise UsageError(f"endpoint {one_line(repr(endpoints), 60)}: it must "
                         "be a str, as 'localhost:9090', or a list of them"
                         ) from None
    if not texts:
        raise UsageError("at least one endpoint is needed, "
                         "as localhost:9090")
    for text in texts:
        parse_endpoint(text)
    return texts


def _parse_bare(text: str) -> Endpoint:
    if text.startswith("unix:"):
        return _parse_unix(text[len("unix:"):])
    _refuse_lists_and_urls(text)
    return _parse_tcp(text)


def _parse_unix(path: str) -> Endpoint:
    if not path:
        raise _Bad("no path")
    if not path.isprintable():
        raise _Bad("the path is not printable")
    if len(os.fsencode(path)) > _LONGEST_PATH_BYTES:
        raise _Bad("a unix socket's path has at most "
                   f"{_LONGEST_PATH_BYTES} bytes")
    return Endpoint(path=path)


def _refuse_lists_and_urls(text: str) -> None:
    """What is written elsewhere: a list where there are several flags, or a
    URL."""
    if "," in text:
        raise _Bad("it has a comma: give each endpoint by itself")
    if "://" in text:
        raise _Bad(f"leave {one_line(text.partition('://')[0])}:// away")


def _parse_tcp(text: str) -> Endpoint:
    host, colon, port = text.rpartition(":")
    if not colon:
        raise _Bad("no port")
    if host.startswith("["):
        if not host.endswith("]"):
            raise _Bad("'[' without ']'")
        host = host[1:-1]
        if not host:
            raise _Bad("no address between '[' and ']'")
    elif ":" in host:
        raise _Bad(_reason_of_colons(host))
    return Endpoint(host=_checked_host(host), port=_parse_port(port))


def _reason_of_colons(host: str) -> str:
    if host.startswith("tls:"):
        return "tls: stands there twice"
    if host.lower().startswith("tls:"):
        return "tls: is written in small letters"
    return "an IPv6 address goes in brackets"


def _checked_host(host: str) -> str:
    if host in ("", "*"):
        raise _Bad("every address is for a server to listen on, a client "
                   "connects to one, as localhost:9090")
    if not host.isprintable() or set(host) & set(" /[]"):
        raise _Bad("a host's name has no space, '/', '[' or ']'")
    return host


def _parse_port(port: str) -> int:
    if not port:
        raise _Bad("no port")
    # str.isdigit() alone takes digits of other scripts, and int() is slow for
    # many digits.
    digits = port.isascii() and port.isdigit() and len(port.lstrip("0")) <= 5
    if not digits or int(port) > 65535:
        raise _Bad(f"port {port[:20]!r} is no number from 0 to 65535")
    if int(port) == 0:
        raise _Bad("nothing can listen on port 0")
    return int(port)
