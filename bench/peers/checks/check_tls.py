"""Can it be called over TLS with the server's certificate checked?"""

from __future__ import annotations

import os
import socket
import ssl

from matrix_answer import Answer, either, need, no
from matrix_systems import PROBES, PROGRAMS, PYTHON, TIME_SERVER
from own_certificate import OwnCertificate
from served_process import ServedProcess

ROW = "TLS"
HOW = ("the library's own server with a certificate; is get_time answered over TLS to a client that checks it, "
       "and is a client refused that does not trust it?")
LIBRARY = True
PATIENCE_S = 3.0


def command(library: str, certificate: str, key: str):
    """A server of the library over TLS."""
    if library == "timeservice":
        return [need(TIME_SERVER), "--listen", "tls:127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key,
                "--clock-error", "fixed:100ms", "--log-level", "off"]
    if library in ("apache-cpp", "grpc-cpp"):
        name = {"apache-cpp": "apache_tls_server", "grpc-cpp": "grpc_features_server"}[library]
        return [need(os.path.join(PROBES, name)), certificate, key]
    return [PYTHON, os.path.join(PROGRAMS, "tls_servers.py"), library, certificate, key]


def _by_socket(system, port: int, root: str) -> str:
    """Thrift and RPyC; the version of TLS."""
    context = ssl.create_default_context(cafile=root)
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as plain:
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
            version = secure.version() or ""
            if system.family == "rpyc":
                import rpyc
                connection = rpyc.connect_stream(rpyc.SocketStream(secure), config={"sync_request_timeout": PATIENCE_S})
                connection.root.get_time()
                connection._channel.close()
            else:
                from thrift_link import ThriftLink
                ThriftLink.over(secure).check_time()
            return version


def _by_grpc(system, port: int, root: str) -> str:
    import grpc
    from grpc_link import GrpcLink, channel
    with open(root, "rb") as file:
        credentials = grpc.ssl_channel_credentials(file.read())
    if system.library == "grpc-cpp":
        with channel(port, credentials) as secure:
            secure.unary_unary("/features.Features/TimeLeft")(b"", timeout=PATIENCE_S)
    else:
        with GrpcLink(port, PATIENCE_S, credentials) as link:
            link.check_time()
    return "TLS"


def check(system) -> Answer:
    call = _by_grpc if system.family == "grpc" else _by_socket
    with OwnCertificate() as trusted, OwnCertificate() as other:
        words = command(system.library, trusted.certificate, trusted.key)
        with ServedProcess(words) as server:
            try:
                version = call(system, server.port, trusted.certificate)
            except Exception as error:
                return no(f"{type(error).__name__}: {error}".splitlines()[0])
            try:
                call(system, server.port, other.certificate)
            except Exception as error:
                refused = type(error).__name__
                try:
                    call(system, server.port, trusted.certificate)
                except Exception as harmed:
                    return no(f"no call was answered after one that was refused: {type(harmed).__name__}")
                return either(True, f"a call over {version}; refused where the certificate is not trusted ({refused})")
            return no("a call was answered though the certificate is not trusted")
