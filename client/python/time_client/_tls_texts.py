"""Why TLS could not be had, and what to do, for a person.

The words are the C++ client's, whose flags are called as the fields of
TlsOptions are.
"""

from __future__ import annotations

import re
import socket
import ssl
from typing import NamedTuple

from .errors import one_line
from .tls_options import TlsOptions

# X509_V_ERR_..., as SSLCertVerificationError.verify_code has them.
_NOT_YET_VALID, _EXPIRED = 9, 10
_UNKNOWN_CA = (2, 18, 19, 20, 21)
_WRONG_NAME = (62, 64)

_ALERTS_TO_OUR_CERTIFICATE = (
    "BAD_CERTIFICATE", "UNSUPPORTED_CERTIFICATE", "CERTIFICATE_REVOKED",
    "CERTIFICATE_EXPIRED", "CERTIFICATE_UNKNOWN", "UNKNOWN_CA",
    "ACCESS_DENIED", "DECRYPT_ERROR")

# After any other the next try may end otherwise.
_PERMANENT_ALERTS = (*_ALERTS_TO_OUR_CERTIFICATE, "CERTIFICATE_REQUIRED",
                     "HANDSHAKE_FAILURE", "PROTOCOL_VERSION",
                     "UNRECOGNIZED_NAME")

_ALERT, _HANDSHAKE = 0x15, 0x16  # kinds of TLS record

# As OpenSSL names an alert: SSLV3_ALERT_HANDSHAKE_FAILURE; and where it is
# about an extension TLSV1_UNRECOGNIZED_NAME.
_ALERT_NAMES = re.compile(r"(?:SSLV3_ALERT|TLSV13?(?:_ALERT)?)_(.+)")


class Refusal(NamedTuple):
    """``permanent``: until somebody does what the text says, the next try ends
    in the same way."""

    text: str
    permanent: bool


def handshake_refusal(options: TlsOptions, name: str, error: OSError,
                      first_bytes: bytes, allowed_s: float) -> Refusal:
    """``name`` is what the certificate was to be for, ``first_bytes`` what the
    peer has sent, ``allowed_s`` the time that there was."""
    plain = (f"leave {options._word('on')} and tls: out, or find the TLS port")
    if isinstance(error, socket.timeout):
        return Refusal(f"no TLS handshake within {allowed_s:.3g} s: the "
                       "server may be overloaded, or take no TLS: "
                       f"{plain}", False)
    if first_bytes and first_bytes[0] not in (_ALERT, _HANDSHAKE):
        return Refusal(f"the port answers without TLS: {plain}", True)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Refusal(_certificate_text(options, name, error), True)
    if isinstance(error, ssl.SSLError):
        if _alert_name(error) == "PROTOCOL_VERSION":
            return Refusal("the port takes no TLS, or none of version 1.2 or "
                           f"later: {plain}", True)
        return alert_refusal(options, error)
    if isinstance(error, ConnectionError):
        return Refusal("the server closed the connection in the TLS "
                       f"handshake: it may take no TLS: {plain}", False)
    return Refusal("the TLS handshake failed "
                   f"({one_line(error.strerror or error)})", False)


def _certificate_text(options: TlsOptions, name: str,
                      error: ssl.SSLCertVerificationError) -> str:
    code = error.verify_code
    right = "is it the right server? then name "
    if code == _EXPIRED:
        return ("the server's certificate has expired: renew it on the "
                "server, or set this machine's clock right")
    if code == _NOT_YET_VALID:
        return ("the server's certificate is not valid yet: set this "
                "machine's clock right, or see to the certificate")
    if code in _WRONG_NAME:
        return (f"the server's certificate is not for '{name}': {right}it as "
                "its certificate does, in subjectAltName, or use "
                f"{options._word('server_name')}")
    if code in _UNKNOWN_CA:
        return ("the server's certificate is signed by an unknown CA, or the "
                f"server leaves out one between: {right}its CA's "
                f"certificate in {options._word('ca')}")
    return ("the server's certificate is not accepted "
            f"({one_line(error.verify_message)}): see to the server's "
            "certificate")


def alert_refusal(options: TlsOptions, error: ssl.SSLError) -> Refusal:
    """Of a handshake that the server has ended, or that fails otherwise."""
    return Refusal(_alert_text(options, error),
                   _alert_name(error) in _PERMANENT_ALERTS)


def _alert_text(options: TlsOptions, error: ssl.SSLError) -> str:
    name_one = (f"in {options._word('cert')} and {options._word('key')}")
    alert = _alert_name(error)
    reason = reason_text(error)
    if alert == "CERTIFICATE_REQUIRED":
        return ("the server wants a client certificate: name one "
                f"{name_one}")
    if options.cert and alert in _ALERTS_TO_OUR_CERTIFICATE:
        return ("the server does not accept this client's certificate "
                f"({reason}): name one that a CA of the server has signed "
                f"{name_one}")
    if not options.cert and alert == "HANDSHAKE_FAILURE":
        return (f"the server refused the TLS handshake ({reason}): it may "
                f"want a client certificate: name one {name_one}")
    if alert:
        return (f"the server refused the TLS handshake ({reason}): see the "
                "server's log")
    return f"the TLS handshake failed ({reason}): see the server's log"


def is_alert(error: ssl.SSLError) -> bool:
    """The peer's, saying that it goes no further."""
    return _alert_name(error) != ""


def reason_text(error: ssl.SSLError) -> str:
    """OpenSSL's own words, without those for the version of TLS, which are
    always the same."""
    reason = _alert_name(error) or error.reason
    return one_line(reason or error).replace("_", " ").lower()


def _alert_name(error: ssl.SSLError) -> str:
    """Empty where it is no alert."""
    found = _ALERT_NAMES.fullmatch(error.reason or "")
    return found.group(1) if found else ""
