"""Can a function be called with values of the language, without an IDL?"""

from __future__ import annotations

from matrix_answer import Answer, either, no

ROW = "Works without an IDL"
HOW = ("an object with a method add(left, right) is given to the library as it is, without an IDL, generated code"
       " or an encoding of one's own (as pickle given to gRPC's generic calls would be): is add(2, 3) answered with"
       " 5? For C++: does the compiler take it?")
LIBRARY = True


class Handler:
    def exposed_add(self, left, right):
        return left + right

    add = exposed_add


def check(system) -> Answer:
    return {"rpyc": _rpyc, "grpc-python": _grpc_python, "thriftpy2": _thriftpy2,
            "apache-python": _apache_python}.get(system.library, lambda: _cpp(system.library))()


def _rpyc() -> Answer:
    from rpyc_pair import served
    with served(Handler()) as root:
        return either(root.add(2, 3) == 5, "add(2, 3) is 5")


def _grpc_python() -> Answer:
    from grpc_link import channel
    from silent_server import SilentServer
    with SilentServer() as server, channel(server.port) as connection:
        try:
            connection.unary_unary("/sums.Sums/Add")((2, 3), timeout=0.2)
        except Exception as error:
            details = error.details() if hasattr(error, "details") else str(error)
            return no(f"a generic call takes bytes alone: {details}"[:140])
    return no("the call returned without a server")


def _thriftpy2() -> Answer:
    from thriftpy2.thrift import TClient
    try:
        TClient(Handler, None, None).add(2, 3)
    except Exception as error:
        return no(f"a class is no service: {type(error).__name__}: {error}"[:140])
    return no("the call returned without a server")


def _apache_python() -> Answer:
    from thrift.protocol.TBinaryProtocol import TBinaryProtocol
    from thrift.transport.TTransport import TMemoryBuffer
    from thrift_link import message
    from thrift.Thrift import TProcessor
    processor = TProcessor()
    protocol = TBinaryProtocol(TMemoryBuffer(message("add", 1)))
    try:
        processor.process(protocol, protocol)
    except Exception as error:
        return no(f"a processor is made by the compiler: {type(error).__name__}: {error}"[:140])
    return no("a processor is made by the compiler: TProcessor.process() does nothing")


# The least that gives a plain object to the library's server.
_THRIFT = """
    #include <thrift/TProcessor.h>
    struct Handler BASE { int add(int left, int right) { return left + right; } };
    // What Apache's servers take, and our host.
    std::shared_ptr<apache::thrift::TProcessor> given(std::shared_ptr<Handler> handler) { return handler; }"""
_GRPC = """
    #include <grpcpp/impl/codegen/service_type.h>
    #include <grpcpp/server_builder.h>
    struct Handler BASE { int add(int left, int right) { return left + right; } };
    void give(grpc::ServerBuilder& builder, Handler& handler) { builder.RegisterService(&handler); }"""


def program(library: str, base: str = "") -> str:
    """With a `base` that is a service the compiler takes it."""
    return (_GRPC if library == "grpc-cpp" else _THRIFT).replace("BASE", base)


def _cpp(library: str) -> Answer:
    from cpp_compiler import first_error
    error = first_error(program(library))
    return either(not error, f"a plain object is no service: {error}"[:160] if error else "the compiler takes it")
