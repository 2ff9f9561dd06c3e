"""TlsOptions: how connections are encrypted, and who is trusted."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Union

from .errors import UsageError, one_line

PathText = Union[str, "os.PathLike[str]"]


@dataclass(frozen=True)
class TlsOptions:
    """TLS 1.2 or later, to every endpoint, or with ``on=False`` to those that
    begin with "tls:". The server's certificate and its name are always
    checked; nothing turns that off.

    Files are PEM, and are read once, when the client is made.

    ``ca``: what must have signed the server's certificate; "": what this
    machine trusts.
    ``cert``: this client's certificate, and those up to the root, for servers
    that ask for one. ``key``: its key, without a password; the same file, if
    that holds both.
    ``server_name``: the name or address that the server's certificate must be
    for; "": the endpoint's host.
    """

    ca: PathText = ""
    cert: PathText = ""
    key: PathText = ""
    server_name: str = ""
    on: bool = True

    def _word(self, field: str) -> str:
        """How errors name it: as whoever has set it does."""
        return "tls=True" if field == "on" else f"TlsOptions.{field}"


def checked_tls_options(tls: Any) -> TlsOptions:
    """True, False or TlsOptions. Throws UsageError."""
    if isinstance(tls, bool):
        return TlsOptions(on=tls)
    if not isinstance(tls, TlsOptions):
        raise UsageError(f"tls {one_line(repr(tls), 60)}: it must be True, "
                         "False or a TlsOptions")
    for field in ("ca", "cert", "key"):
        _check_path(tls._word(field), getattr(tls, field))
    return tls


def _check_path(word: str, value: Any) -> None:
    try:
        if "\0" not in os.fspath(value):
            return
    except TypeError:
        pass
    raise UsageError(f"{word} {one_line(repr(value), 60)}: it must be the "
                     "path of a file, as a str")
