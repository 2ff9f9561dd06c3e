"""Apache Thrift's own Python library, with code that its compiler makes of our
contract. Import this module only after need_apache()."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile
from types import TracebackType
from typing import Any, Callable, Mapping, Optional, Type

from thrift.protocol.TBinaryProtocol import (TBinaryProtocol,
                                             TBinaryProtocolAccelerated)
from thrift.protocol.TCompactProtocol import (TCompactProtocol,
                                              TCompactProtocolAccelerated)
from thrift.protocol.TJSONProtocol import TJSONProtocol
from thrift.transport.TSocket import TSocket
from thrift.transport.TTransport import TBufferedTransport, TFramedTransport

from system_test import IDL, PATIENCE_S, THRIFT_COMPILER

# By the names of --protocol, and how Thrift's library can do each of them.
PROTOCOLS: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    "binary": {
        "plain": TBinaryProtocol,
        "accelerated": lambda t: TBinaryProtocolAccelerated(t, fallback=False),
    },
    "compact": {
        "plain": TCompactProtocol,
        "accelerated": lambda t: TCompactProtocolAccelerated(t,
                                                             fallback=False),
    },
    "json": {"plain": TJSONProtocol},
}

TRANSPORTS: Mapping[str, Callable[[Any], Any]] = {
    "buffered": TBufferedTransport,
    "framed": TFramedTransport,
}


def generate() -> Any:
    """The generated TimeService module and its package."""
    with tempfile.TemporaryDirectory(prefix="gen-py-") as directory:
        subprocess.run([THRIFT_COMPILER, "-strict", "--gen", "py", "-out",
                        directory, IDL], check=True, timeout=60)
        sys.path.insert(0, directory)
        try:
            importlib.import_module("timeservice.ttypes")
            return importlib.import_module("timeservice.TimeService")
        finally:
            sys.path.remove(directory)


TimeService = generate()


def open_socket(port: int, host: str = "127.0.0.1") -> TSocket:
    """Not opened yet. Each wait on it is bounded."""
    sock = TSocket(host, port)
    sock.setTimeout(PATIENCE_S * 1000)
    return sock


class ApacheClient:
    """A client, for a ``with`` statement, which gives the generated class."""

    def __init__(self, port: int, protocol: str = "binary",
                 transport: str = "buffered", way: str = "plain",
                 host: str = "127.0.0.1") -> None:
        self._transport = TRANSPORTS[transport](open_socket(port, host))
        self._client = TimeService.Client(
            PROTOCOLS[protocol][way](self._transport))

    def __enter__(self) -> Any:
        self._transport.open()
        return self._client

    def __exit__(self, kind: Optional[Type[BaseException]],
                 error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self._transport.close()
