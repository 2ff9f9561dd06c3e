"""What the TLS connections of one client share: what was in its files, and the
names that it checks."""

from __future__ import annotations

import os
import socket
import ssl
from dataclasses import replace
from typing import Any, Optional, Sequence

from ._deadline import Deadline
from ._endpoint import Endpoint, parse_endpoint
from ._tls_socket import TlsSocket
from ._tls_texts import (Refusal, alert_refusal, handshake_refusal,
                         reason_text)
from .errors import ConnectError, UsageError, one_line
from .tls_options import TlsOptions, checked_tls_options

# What OpenSSL says of a key that is not its certificate's: of a key of another
# kind, it misses a certificate of that kind.
_OF_ANOTHER_CERTIFICATE = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH",
                           "NO_CERTIFICATE_ASSIGNED")


class TlsRefused(OSError):
    """A server and this client come to no agreement; for what is underneath
    see ``__cause__``."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.text)
        self.why = why


class Tls:
    """Any thread. Throws UsageError for files and endpoints that will not
    do."""

    def __init__(self, options: TlsOptions,
                 endpoints: Sequence[Endpoint]) -> None:
        self._options = options
        self._context: Optional[ssl.SSLContext] = None
        used = options.on or any(endpoint.tls for endpoint in endpoints)
        _check_together(options, used)
        for endpoint in endpoints:
            self.checked(endpoint)
        if used:
            self._context = _make_context(options)

    def checked(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint, or TLS at it, if all are to be so."""
        if self._options.on:
            endpoint = replace(endpoint, tls=True)
        if endpoint.tls and endpoint.path and not self._options.server_name:
            raise UsageError(
                f"'{endpoint}': a unix socket has no name that its server's "
                "certificate could be for: use "
                f"{self._options._word('server_name')}")
        if endpoint.tls and endpoint.host and not _is_name(endpoint.host):
            raise UsageError(f"'{endpoint}': the host is no name that a "
                             "certificate could be for; correct it")
        return endpoint

    def connect(self, sock: socket.socket, endpoint: Endpoint,
                deadline: Deadline) -> TlsSocket:
        """Makes the handshake on a connected socket, and owns that from then
        on, also when it throws: TlsRefused."""
        allowed_s = deadline.remaining_s()
        try:
            if self._context is None:  # for a leader that a server has named
                self._context = _make_context(self._options)
            stream = TlsSocket(sock, self._context, self._name_at(endpoint))
            try:
                stream.handshake(deadline)
            except OSError as error:
                raise TlsRefused(handshake_refusal(
                    self._options, self._name_at(endpoint), error,
                    stream.first_bytes, allowed_s)) from error
        except BaseException:  # also KeyboardInterrupt
            sock.close()
            raise
        return stream

    def late_refusal(self, error: ssl.SSLError) -> Refusal:
        """Of an alert in the place of the first reply: in TLS 1.3 a server
        looks at the client's certificate when the client is already done."""
        return alert_refusal(self._options, error)

    def tls_only(self, endpoint: Endpoint) -> Refusal:
        return Refusal("the server takes TLS only: use "
                       f"{self._options._word('on')}, or write the endpoint "
                       f"as tls:{endpoint}", True)

    def _name_at(self, endpoint: Endpoint) -> str:
        # A scope, as in fe80::1%eth0, means something on this host alone.
        return self._options.server_name or endpoint.host.partition("%")[0]


def refused_error(endpoint: Endpoint, why: Refusal) -> ConnectError:
    """The server runs no call of this client."""
    return ConnectError(f"cannot connect to {endpoint}: {why.text}",
                        endpoint=str(endpoint), permanent=why.permanent)


def make_tls(tls: Any, texts: Sequence[str]) -> Tls:
    """Of what a user gives, True, False or TlsOptions; a Tls already made is
    one that clients share."""
    if isinstance(tls, Tls):
        return tls
    return Tls(checked_tls_options(tls), [parse_endpoint(text)
                                          for text in texts])


def _check_together(options: TlsOptions, used: bool) -> None:
    word = options._word
    for field in ("ca", "cert", "key", "server_name"):
        if getattr(options, field) and not used:
            raise UsageError(f"{word(field)} does nothing without TLS: use "
                             f"{word('on')}, or write the endpoint as "
                             "tls:host:port")
    if options.cert and not options.key:
        raise UsageError(f"{word('cert')} without {word('key')}: name the "
                         "certificate's key, or the same file if it holds "
                         "both")
    if options.key and not options.cert:
        raise UsageError(f"{word('key')} without {word('cert')}: name the "
                         "key's certificate")
    name = options.server_name
    if name != "" and not _is_name(name):
        raise UsageError(
            f"{word('server_name')} {one_line(repr(name), 80)}: a host's name "
            "has no space, '/', '[' or ']'; write a name or an address")


def _is_name(name: Any) -> bool:
    """One that can be looked for in a certificate, and sent to the server."""
    try:
        return (name.isprintable() and not set(name) & set(" /[]")
                and not name.startswith(".") and bool(name.encode("idna")))
    except (AttributeError, UnicodeError):
        return False


def _make_context(options: TlsOptions) -> ssl.SSLContext:
    # Not create_default_context(): what that asks for changes from one Python
    # to the next, and it writes the keys to where SSLKEYLOGFILE says.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Names count where they are meant to be names, as in the C++ client.
    context.hostname_checks_common_name = False
    context.options |= getattr(ssl, "OP_NO_RENEGOTIATION", 0)
    if options.ca:
        _trust(context, options)
    else:
        context.load_default_certs()
    if options.cert:
        _present(context, options)
    return context


def _trust(context: ssl.SSLContext, options: TlsOptions) -> None:
    try:
        _check_readable(options.ca)
        context.load_verify_locations(os.fspath(options.ca))
    except OSError as error:
        raise _file_error(
            options, "ca", error,
            "name a readable PEM file with the certificates to trust"
        ) from error


def _present(context: ssl.SSLContext, options: TlsOptions) -> None:
    cert, key = os.fspath(options.cert), os.fspath(options.key)
    try:
        _check_readable(cert)
        # load_cert_chain() does not say which of its files is at fault.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cert)
    except OSError as error:
        raise _file_error(
            options, "cert", error,
            "name a readable PEM file, the certificate itself first"
        ) from error
    try:
        _check_readable(key)
        # With no password given here it would ask for one at the terminal.
        context.load_cert_chain(cert, key, password="")
    except OSError as error:
        fix = ("name a readable PEM file with the certificate's private key, "
               "without a password")
        if getattr(error, "reason", None) in _OF_ANOTHER_CERTIFICATE:
            fix = ("name the key that belongs to the certificate "
                   + one_line(cert, 400))
        raise _file_error(options, "key", error, fix) from error


def _check_readable(path: Any) -> None:
    """Throws OSError with the system's reason, which the ssl module's calls
    keep to themselves."""
    with open(path, "rb") as file:
        file.read(1)


def _file_error(options: TlsOptions, field: str, error: OSError,
                fix: str) -> UsageError:
    what = {"ca": "CA", "cert": "certificate", "key": "key"}[field]
    path = one_line(os.fspath(getattr(options, field)), 400)
    why = one_line(error.strerror or error)
    if isinstance(error, ssl.SSLError):
        why = reason_text(error) if error.reason else "it cannot be read"
    return UsageError(f"{options._word(field)}: the {what} '{path}' cannot be "
                      f"used: {why}; {fix}")
