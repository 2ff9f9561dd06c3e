"""Can a monitor ask whether the server is fit to serve?"""

from matrix_answer import Answer, no, yes
from operator_server import get, operator_server

ROW = "Health check"
HOW = ("as installed, without a handler written for it: GET of /healthz, /readyz and /health at every port that "
       "the process listens at, gRPC's Health/Check, RPyC's ping: is one answered? Packages to be added, as "
       "grpcio-health-checking, are not counted")
LIBRARY = True


def check(system) -> Answer:
    with operator_server(system) as server:
        ports = server.listening_ports()
        for port in ports:
            for path in ("/healthz", "/readyz", "/health"):
                status, _ = get(port, path)
                if status == 200:
                    return yes(f"GET {path}: {status}")
        if system.family == "grpc":
            from grpc_link import channel
            try:
                with channel(server.port) as connection:
                    reply = connection.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=2)
                return yes("grpc.health.v1.Health/Check: SERVING") if reply == b"\x08\x01" else no(f"Check: {reply!r}")
            except Exception as error:
                return no(f"grpc.health.v1.Health/Check: {error.code().name}; grpcio-health-checking, which has it, "
                          "is a package of its own")
        if system.family == "rpyc":
            with system.open(server.port) as link:
                link._connection.ping(timeout=2)
                return yes("ping() was answered, which every server does; nothing over HTTP")
    return no(f"no answer at {len(ports)} port" + ("s" if len(ports) > 1 else ""))
