"""One call of get_time by each library's own client, with a timeout.

A client is called with the server's port and the seconds, or None for as it comes; it
throws when its call fails.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Callable, Dict, Optional

from matrix_answer import Missing, need
from matrix_systems import PEERS, PROBES, ROOT

PATIENCE_S = 5.0

Client = Callable[[int, Optional[float]], None]


def _timeservice(port: int, timeout_s: Optional[float]) -> None:
    sys.path.append(os.path.join(ROOT, "client", "python"))
    import time_client
    given = {} if timeout_s is None else {"timeout": timeout_s}
    try:
        with time_client.connect(f"127.0.0.1:{port}", **given) as clock:
            clock.get_time()
    except time_client.ThriftMissing as missing:
        raise Missing(str(missing)) from None


def _program(name: str) -> Client:
    def call(port: int, timeout_s: Optional[float]) -> None:
        milliseconds = 0 if timeout_s is None else round(1000 * timeout_s)
        done = subprocess.run([need(os.path.join(PROBES, name)), str(port), str(milliseconds)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=PATIENCE_S)
        if done.returncode != 0:
            raise TimeoutError(f"{name} ended with {done.returncode}")
    return call


def _apache_python(port: int, timeout_s: Optional[float]) -> None:
    sys.path.append(os.path.join(PEERS, "python"))
    import generated
    generated.need("peer/Peer.py")
    from peer import Peer
    from thrift.protocol.TBinaryProtocol import TBinaryProtocol
    from thrift.transport.TSocket import TSocket
    from thrift.transport.TTransport import TBufferedTransport
    socket = TSocket("127.0.0.1", port)
    if timeout_s is not None:
        socket.setTimeout(1000 * timeout_s)
    transport = TBufferedTransport(socket)
    transport.open()
    try:
        Peer.Client(TBinaryProtocol(transport)).get_time()
    finally:
        transport.close()


def _thriftpy2(port: int, timeout_s: Optional[float]) -> None:
    import thriftpy2
    from thriftpy2.rpc import make_client
    service = thriftpy2.load(os.path.join(PEERS, "peer.thrift"), module_name="peer_thrift").Peer
    given = {} if timeout_s is None else {"timeout": round(1000 * timeout_s)}
    client = make_client(service, "127.0.0.1", port, **given)
    try:
        client.get_time()
    finally:
        client.close()


def _grpc_python(port: int, timeout_s: Optional[float]) -> None:
    from grpc_link import TIME, channel
    with channel(port) as connection:
        connection.unary_unary(TIME)(b"", timeout=timeout_s)


def _rpyc(port: int, timeout_s: Optional[float]) -> None:
    import rpyc
    given = {} if timeout_s is None else {"sync_request_timeout": timeout_s}
    connection = rpyc.connect("127.0.0.1", port, config=given)
    try:
        connection.root.get_time()
    finally:
        connection._channel.close()


CLIENTS: Dict[str, Client] = {
    "timeservice": _timeservice,
    "apache-cpp": _program("apache_timeout_client"),
    "apache-python": _apache_python,
    "thriftpy2": _thriftpy2,
    "grpc-cpp": _program("grpc_timeout_client"),
    "grpc-python": _grpc_python,
    "rpyc": _rpyc,
}