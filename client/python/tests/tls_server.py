"""TLS for the fake server, and the certificates that tests use.

    with FakeServer(tls(serve(FakeClock()))) as server:
        time_client.connect(server.endpoint, tls=TRUSTING)

The certificates are those of TIMESERVICE_CERTIFICATES, or made anew with the
openssl command; without both the tests of TLS are skipped, aloud.
"""

from __future__ import annotations

import atexit
import functools
import importlib.util
import os
import shutil
import socket
import ssl
import sys
import tempfile
import unittest
from typing import Any

from time_client import TlsOptions

from .fake_server import Behaviour

_MAKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..",
                      "..", "test", "support", "certificates.py")

@functools.lru_cache(maxsize=None)
def _folder() -> str:
    given = os.environ.get("TIMESERVICE_CERTIFICATES", "")
    if os.path.exists(os.path.join(given, "made")):
        return given
    spec = importlib.util.spec_from_file_location("certificates", _MAKER)
    maker: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    folder = tempfile.mkdtemp(prefix="certificates-")
    atexit.register(shutil.rmtree, folder)
    return maker.make(folder)


def setUpModule() -> None:
    """For modules with tests of TLS to import."""
    if shutil.which("openssl") is None and not os.path.exists(os.path.join(
            os.environ.get("TIMESERVICE_CERTIFICATES", ""), "made")):
        print("NOT TESTED: TLS, since there is no openssl command to make "
              "certificates with", file=sys.stderr)
        raise unittest.SkipTest("no openssl command")


def pem(name: str) -> str:
    """The path of that certificate."""
    return os.path.join(_folder(), f"{name}.pem")


def key(name: str) -> str:
    return os.path.join(_folder(), f"{name}.key")


def trusting(**fields: Any) -> TlsOptions:
    """Options that trust the servers below."""
    return TlsOptions(**{"ca": pem("ca"), **fields})


def identified(name: str = "client", **fields: Any) -> TlsOptions:
    """The same, of a client with that certificate."""
    return trusting(cert=pem(name), key=key(name), **fields)


def tls(behaviour: Behaviour, certificate: str = "server",
        client_ca: str = "",
        version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> Behaviour:
    """That behaviour behind a handshake as a server. ``client_ca``: clients
    must have a certificate that it has signed. ``version`` is the only one
    taken. A handshake that fails is over, after the alert."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = version
    context.load_cert_chain(pem(certificate), key(certificate))
    if client_ca:
        context.load_verify_locations(pem(client_ca))
        context.verify_mode = ssl.CERT_REQUIRED

    def encrypted(sock: socket.socket) -> None:
        # A copy: the fake server's own ends the behaviour, at last.
        with context.wrap_socket(
                sock.dup(), server_side=True, do_handshake_on_connect=False,
                suppress_ragged_eofs=False) as stream:
            stream.settimeout(sock.gettimeout())
            stream.do_handshake()
            behaviour(stream)

    return encrypted


def cut_off(stream: ssl.SSLSocket) -> None:
    """Closes without TLS's own goodbye, as an attacker can."""
    stream.shutdown(socket.SHUT_RDWR)


def say_goodbye(stream: ssl.SSLSocket) -> None:
    """Closes in good order, without waiting for the client's goodbye."""
    stream.settimeout(0.0)
    try:
        stream.unwrap()
    except (OSError, ValueError):
        pass
