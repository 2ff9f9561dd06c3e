"""Does the server tell its numbers?"""

import re

from matrix_answer import Answer, counted, figure, no, yes
from operator_server import get, operator_server

ROW = "Metrics"
HOW = ("as installed, after a call: GET /metrics at every port that the process listens at, and gRPC's channelz: "
       "how many series are told? Packages to be added, as grpcio-channelz and grpcio-observability, are not "
       "counted")
LIBRARY = True
_CHANNELZ = "/grpc.channelz.v1.Channelz/GetServers"


def check(system) -> Answer:
    with operator_server(system) as server:
        try:
            with system.open(server.port) as link:
                link.get_time()
        except Exception:
            pass  # the probe of gRPC in C++ serves other calls
        ports = server.listening_ports()
        for port in ports:
            status, body = get(port, "/metrics")
            series = re.findall(rb"^[a-zA-Z_:][\w:]*(?:\{[^\n]*\})? \S+$", body, re.MULTILINE)
            if status == 200 and series:
                return figure(len(series), "series", f"GET /metrics, {counted(len(body), 'byte')}")
        if system.family == "grpc":
            from grpc_link import channel
            try:
                with channel(server.port) as connection:
                    reply = connection.unary_unary(_CHANNELZ)(b"", timeout=2)
                return yes(f"channelz: GetServers counts calls ({counted(len(reply), 'byte')}); nothing over HTTP")
            except Exception as error:
                return no(f"nothing over HTTP; channelz: {error.code().name}; grpcio-channelz, which has it, is a "
                          "package of its own")
    return no(f"no answer to GET /metrics at {counted(len(ports), 'port')}")
