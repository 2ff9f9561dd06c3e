"""Can a client that knows only the address list the methods?"""

from matrix_answer import Answer, no, yes
from operator_server import operator_server

ROW = "Reflection"
HOW = ("a client that has the address and no IDL asks which methods there are: gRPC's ServerReflection, RPyC's "
       "dir(), a Thrift call of a method that is not there: does the answer name them? As installed: packages to be "
       "added, as grpcio-reflection, are not counted")
LIBRARY = True
_REFLECTION = "grpc.reflection.v1alpha.ServerReflection"
_LIST = b"\x3a\x01*"


def check(system) -> Answer:
    with operator_server(system) as server:
        if system.family == "grpc":
            return _grpc(server.port)
        with system.open(server.port) as link:
            if system.family == "rpyc":
                names = [name for name in dir(link._connection.root) if name.startswith("exposed_")]
                return yes("dir(): " + ", ".join(names)) if names else no("dir() names none")
            try:
                link.send("no_such_method")
                return no(f"answered with {link.receive()!r}")
            except Exception as error:
                text = str(error)
                return yes(text) if "get_time" in text else no(f"answered with {type(error).__name__}: {text}"[:120])


def _grpc(port: int) -> Answer:
    from grpc_link import channel
    try:
        with channel(port) as connection:
            replies = connection.stream_stream(f"/{_REFLECTION}/ServerReflectionInfo")(iter([_LIST]), timeout=2)
            listed = next(replies)
        return yes("ServerReflection names features.Features") if b"features.Features" in listed else no(repr(listed))
    except Exception as error:
        return no(f"ServerReflection: {error.code().name}; grpcio-reflection, which has it, is a package of "
                  "its own")
