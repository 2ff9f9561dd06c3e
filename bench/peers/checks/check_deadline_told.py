"""Does a handler learn how long its client still waits?"""

from __future__ import annotations

import os
from concurrent import futures

from matrix_answer import Answer, either, need, no
from matrix_systems import PROBES
from served_process import ServedProcess

ROW = "The client's deadline reaches the handler"
HOW = ("a client waits 5 s at most; can the handler read from the call how much of it is left? For Thrift and "
       "RPyC: does the client send more or other bytes with a timeout than without?")
LIBRARY = True
DEADLINE_S = 5.0
_ROUNDING_S = 0.1


def check(system) -> Answer:
    if system.library == "grpc-cpp":
        with ServedProcess([need(os.path.join(PROBES, "grpc_features_server"))]) as probe:
            return _ask_grpc(probe.port)
    if system.library == "grpc-python":
        return _grpc_python()
    from client_bytes import sent_by
    without, with_timeout = sent_by(system.library, None), sent_by(system.library, DEADLINE_S)
    if without != with_timeout:
        return no(f"the bytes of a call differ, and the handler is told nothing: {without!r}, {with_timeout!r}"[:160])
    return no(f"{len(without)} bytes for a call, the same with a timeout and without")


def _ask_grpc(port: int) -> Answer:
    from grpc_link import channel, number_of
    with channel(port) as connection:
        left = number_of(connection.unary_unary("/features.Features/TimeLeft")(b"", timeout=DEADLINE_S))
    return either(0 < left <= 1000 * (DEADLINE_S + _ROUNDING_S), f"the handler saw that {left} ms are left")


def _grpc_python() -> Answer:
    import grpc
    from grpc_link import channel
    seen = []

    def get_time(request, context):
        seen.append(context.time_remaining())
        return b""

    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(
        "features.Features", {"TimeLeft": grpc.unary_unary_rpc_method_handler(get_time)})])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with channel(port) as connection:
            connection.unary_unary("/features.Features/TimeLeft")(b"", timeout=DEADLINE_S)
    finally:
        server.stop(0).wait()
    return either(0 < seen[0] <= DEADLINE_S + _ROUNDING_S, f"the handler saw that {1000 * seen[0]:.0f} ms are left")
