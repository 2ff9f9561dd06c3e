"""One connection: sends a call, receives its reply, says what went wrong."""

from __future__ import annotations

import socket
import ssl
from typing import Any, Mapping, NoReturn

from . import _binding
from ._deadline import Deadline
from ._declared import declared_error
from ._endpoint import Endpoint
from ._formats import Format
from ._tls import Tls, refused_error
from ._tls_texts import is_alert, reason_text
from ._wire import Stream, Wire
from .errors import (CallTimeout, ConnectError, ConnectionLost, DeclaredError,
                     Overloaded, ProtocolMismatch, ServerError, one_line)

_CALL, _REPLY, _EXCEPTION = 1, 2, 3

# TApplicationException's codes, by number; the text says what to do.
_CODES = {
    1: "UNKNOWN_METHOD: the server is older than this client",
    2: "INVALID_MESSAGE_TYPE",
    3: "WRONG_METHOD_NAME",
    4: "BAD_SEQUENCE_ID",
    5: "MISSING_RESULT",
    6: "INTERNAL_ERROR: see the server's log",
    7: "PROTOCOL_ERROR: another protocol or transport may do",
    8: "INVALID_TRANSFORM",
    9: "INVALID_PROTOCOL",
    10: "UNSUPPORTED_CLIENT_TYPE",
}


_INTERNAL_ERROR, _PROTOCOL_ERROR = 6, 7

# How a server's text begins, or what is in it, for what a client can act upon.
_OVERLOADED = "overloaded: "
_TLS_ONLY = "this port takes TLS only"

# TLS's alerts begin with it: the answer of a server that takes nothing else.
_TLS_ALERT = b"\x15\x03"


class _BadReply(Exception):
    """Decodes, but is not the reply to this call."""


class Connection:
    """Not thread-safe. After any error but ServerError and DeclaredError the
    stream is at an unknown place and the owner must close() the connection:
    the next call on it could read the reply to this one."""

    def __init__(self, sock: Stream, endpoint: Endpoint,
                 wire_format: Format, tls: Tls) -> None:
        self.endpoint = endpoint
        self._tls = tls
        self._format = wire_format
        self._wire = Wire(sock)
        self._transport = wire_format.transport.make(self._wire)
        self._seqid = 0
        self._answered = False

    def close(self) -> None:
        self._wire.close()

    def call(self, method: str, arguments: Mapping[str, Any],
             deadline: Deadline) -> Any:
        """The reply's value, as thriftpy decodes it. Throws CallTimeout,
        ConnectionLost, ProtocolMismatch, ServerError or DeclaredError, and
        ConnectError where the server answers that TLS, or this client's
        certificate, is not as it should be: the call was not run."""
        self._wire.begin_call(deadline)
        self._seqid = self._seqid % 0x7FFFFFFF + 1
        # A new one for each call: thriftpy2's JSON protocol never forgets the
        # first reply, and returns that to every later call.
        protocol = self._format.protocol.make(self._transport)
        try:
            self._send(protocol, method, arguments)
        except OSError as error:
            self._raise_io_error(method, "sending the request", error)
        try:
            value = self._receive(protocol, method)
        except (ServerError, DeclaredError):
            self._answered = True
            raise
        except ConnectError:
            raise
        except (OSError, EOFError) as error:
            self._raise_io_error(method, "awaiting the reply", error)
        except _BadReply as error:
            self._raise_mismatch(method, f"is not the reply to it ({error})",
                                 "is this a time-server?", error)
        except Exception as error:  # whatever a decoder makes of bad bytes
            self._raise_mismatch(
                method, f"is not {self._format} ({_decoder_text(error)})",
                f"{self._format.hint}; or is this not a time-server?", error)
        self._answered = True
        return value

    def _send(self, protocol: Any, method: str,
              arguments: Mapping[str, Any]) -> None:
        payload = getattr(_binding.service, method + "_args")()
        for name, value in arguments.items():
            setattr(payload, name, value)
        protocol.write_message_begin(method, _CALL, self._seqid)
        payload.write(protocol)
        protocol.write_message_end()
        self._transport.flush()

    def _receive(self, protocol: Any, method: str) -> Any:
        name, kind, seqid = protocol.read_message_begin()
        if seqid != self._seqid:
            raise _BadReply(f"sequence id {one_line(seqid, 20)}, "
                            f"not {self._seqid}")
        if kind == _EXCEPTION:
            refusal = _binding.thrift.TApplicationException()
            refusal.read(protocol)
            protocol.read_message_end()
            raise self._server_error(method, refusal) from refusal
        if kind != _REPLY or name != method:
            raise _BadReply(f"message {one_line(name, 40)!r} of type "
                            f"{one_line(kind, 20)}")
        result = getattr(_binding.service, method + "_result")()
        result.read(protocol)
        protocol.read_message_end()
        return self._outcome(method, result)

    def _outcome(self, method: str, result: Any) -> Any:
        """The value in a result struct; throws the exception in it."""
        value = getattr(result, "success", None)
        if value is not None:
            return value
        for field in result.thrift_spec.values():
            declared = getattr(result, field[1])
            if declared is not None:
                raise declared_error(method, str(self.endpoint),
                                     declared) from declared
        if 0 in result.thrift_spec:
            raise _BadReply("it holds no result")
        return None

    def _server_error(self, method: str, refusal: Any) -> Exception:
        code = refusal.type if isinstance(refusal.type, int) else 0
        said = one_line(refusal.message or "no text")
        if code == _PROTOCOL_ERROR and _TLS_ONLY in said:
            return refused_error(self.endpoint,
                                 self._tls.tls_only(self.endpoint))
        text = f"{method} on {self.endpoint}: the server refuses: {said}"
        if code == _INTERNAL_ERROR and said.startswith(_OVERLOADED):
            return Overloaded(text, endpoint=str(self.endpoint), code=code,
                              method=method)
        return ServerError(
            f"{text} ({_CODES.get(code, f'code {code}')})",
            endpoint=str(self.endpoint), code=code, method=method)

    def _check_for_tls(self, error: Exception) -> None:
        """A server that takes TLS only answers an alert, and a reply of
        Thrift's protocols does not begin so."""
        if (not self.endpoint.tls
                and self._wire.first_bytes.startswith(_TLS_ALERT)):
            raise refused_error(
                self.endpoint, self._tls.tls_only(self.endpoint)) from error

    def _raise_mismatch(self, method: str, what: str, hint: str,
                        error: Exception) -> NoReturn:
        self._check_for_tls(error)
        raise ProtocolMismatch(
            f"{method} on {self.endpoint}: what came back {what}: {hint}",
            endpoint=str(self.endpoint)) from error

    def _raise_io_error(self, method: str, step: str,
                        error: Exception) -> NoReturn:
        self._check_for_tls(error)
        if isinstance(error, ssl.SSLError) and is_alert(error):
            raise refused_error(
                self.endpoint, self._tls.late_refusal(error)) from error
        where = f"{method} on {self.endpoint}"
        # Only a peer that has never answered may speak another language.
        hint = "" if self._answered else (
            f", or it does not take {self._format}: {self._format.hint}")
        if isinstance(error, socket.timeout):
            raise CallTimeout(
                f"{where}: timed out {step}: the server hangs or is "
                f"overloaded{hint}", endpoint=str(self.endpoint)) from error
        if self._wire.received_bytes:
            step, cause = "in the middle of the reply", "it was stopped"
        else:
            cause = "it was stopped, or is at its connection limit" + hint
        event = "the server closed the connection"
        if isinstance(error, ssl.SSLError):
            event = f"the TLS connection broke ({reason_text(error)})"
        elif isinstance(error, OSError):
            event = f"lost the connection ({one_line(error.strerror)})"
        raise ConnectionLost(f"{where}: {event} {step}: {cause}",
                             endpoint=str(self.endpoint)) from error


def _decoder_text(error: Exception) -> str:
    """thriftpy mixes up the arguments of some of its exceptions: the text
    may be in ``type``."""
    for text in (getattr(error, "message", ""), getattr(error, "type", "")):
        if text and isinstance(text, str):
            return one_line(text)
    return one_line(error)
