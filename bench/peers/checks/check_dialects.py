"""How many protocols does one port answer?"""

from __future__ import annotations

import os
import re
import socket
import struct
import threading

from link import openers
from matrix_answer import Answer, figure, need
from matrix_systems import PROBES, PROGRAMS, PYTHON
from served_process import ServedProcess
from thrift_link import message

ROW = "Protocols that one port answers"
HOW = ("get_time in Thrift's binary, compact and JSON, each buffered and framed, in gRPC's and in RPyC's way, to "
       "the same port: how many are answered with a time within 1 s? Of Apache's servers with threads: of one with"
       " its THeaderProtocol, for which their clients need not know of it")
PATIENCE_S = 1.0
_TIME = re.compile(rb"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}")
_CALLS = {
    "binary": message("get_time", 1),
    "compact": b"\x82\x21\x01\x08get_time\x00",
    "JSON": b'[1,"get_time",1,1,{}]',
}


def _raw(port: int, sent: bytes) -> bool:
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        connection.sendall(sent)
        while not _TIME.search(received):
            more = connection.recv(4096)
            if not more:
                return False
            received += more
    return True


def _linked(port: int, family: str) -> bool:
    with openers()[family](port, PATIENCE_S) as link:
        link.check_time()
    return True


def probes():
    for name, sent in _CALLS.items():
        yield name, _raw, sent
        yield f"framed {name}", _raw, struct.pack(">i", len(sent)) + sent
    for family, name in (("grpc", "gRPC"), ("rpyc", "RPyC")):
        yield name, _linked, family


def _serve(system) -> ServedProcess:
    """With what the library has for it."""
    if system.family == "thrift" and system.library == "apache-cpp":
        return ServedProcess([need(os.path.join(PROBES, "apache_header_server"))])
    if system.family == "thrift" and system.library == "apache-python":
        return ServedProcess([PYTHON, os.path.join(PROGRAMS, "header_server.py")])
    return system.serve("--threads", "64")


def check(system) -> Answer:
    answered = {}

    def probe(name, ask, what) -> None:
        try:
            answered[name] = ask(server.port, what)
        except Exception:
            answered[name] = False

    with _serve(system) as server:
        threads = [threading.Thread(target=probe, args=asked) for asked in probes()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    spoken = [name for name, _, _ in probes() if answered[name]]
    return figure(len(spoken), "protocol" if len(spoken) == 1 else "protocols", ", ".join(spoken) or "none answered")
