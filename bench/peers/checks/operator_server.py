"""A library's server with all that it brings for operators switched on."""

from __future__ import annotations

import http.client
import os

from matrix_answer import need
from matrix_systems import PROBES, TIME_SERVER
from served_process import ServedProcess


def operator_server(system) -> ServedProcess:
    if system.library == "timeservice":
        return ServedProcess([need(TIME_SERVER), "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
                              "--clock-error", "fixed:100ms", "--log-level", "off"])
    if system.library == "grpc-cpp":
        return ServedProcess([need(os.path.join(PROBES, "grpc_features_server"))])
    return system.serve()


def get(port: int, path: str, timeout_s: float = 0.5):
    """Status and body of HTTP's answer; 0 and none where there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    except Exception:
        return 0, b""
    finally:
        connection.close()
