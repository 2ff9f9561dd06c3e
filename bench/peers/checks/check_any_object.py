"""Can an object of any class be handed over?"""

from __future__ import annotations

import os

from cpp_compiler import first_error
from matrix_answer import Answer, either, no

ROW = "Any object of the language"
HOW = ("a call gets an object of a class that no IDL describes, and calls a method of it: is it answered? For "
       "C++: does the compiler take it? An encoding of one's own, as pickle given to gRPC's generic calls, is not "
       "counted")
LIBRARY = True


class Order:
    def __init__(self, price, number):
        self.price, self.number = price, number

    def value(self):
        return self.price * self.number


def check(system) -> Answer:
    return {"rpyc": _rpyc, "grpc-python": _grpc_python, "thriftpy2": _thriftpy2,
            "apache-python": _apache_python}.get(system.library, lambda: _cpp(system.library))()


def _rpyc() -> Answer:
    from rpyc_pair import served

    class Desk:
        def exposed_value_of(self, order):
            return order.value()

    with served(Desk(), {"allow_public_attrs": True}) as root:
        return either(root.value_of(Order(2.5, 4)) == 10,
                      "by reference, with allow_public_attrs: the server called back")


def _grpc_python() -> Answer:
    import generated
    generated.need("peer_pb2.py")
    import peer_pb2
    try:
        peer_pb2.EchoRequest(payload=Order(2.5, 4))
        return no("it was taken")
    except Exception as error:
        return no(f"{type(error).__name__}: {error}"[:140])


def _thriftpy2() -> Answer:
    import thriftpy2
    from matrix_systems import PEERS
    from thriftpy2.utils import serialize
    service = thriftpy2.load(os.path.join(PEERS, "peer.thrift"), module_name="peer_thrift").Peer
    try:
        serialize(service.echo_args(payload=Order(2.5, 4)))
        return no("it was taken, and not as an object")
    except Exception as error:
        return no(f"{type(error).__name__}: {error}"[:140])


def _apache_python() -> Answer:
    import generated
    generated.need("peer/Peer.py")
    from peer import Peer
    from thrift.TSerialization import serialize
    try:
        serialize(Peer.echo_args(payload=Order(2.5, 4)))
        return no("it was taken, and not as an object")
    except Exception as error:
        return no(f"{type(error).__name__}: {error}"[:140])


_ORDER = "struct Order { double price; int number; double value() const { return price * number; } };\n"
_GRPC = ("#include <google/protobuf/wrappers.pb.h>\n" + _ORDER +
         "void fill(google::protobuf::BytesValue& message) { message.set_value(GIVEN); }")
_THRIFT = ("#include <thrift/protocol/TBinaryProtocol.h>\n" + _ORDER +
           "void send(apache::thrift::protocol::TProtocol& protocol) { protocol.writeBinary(GIVEN); }")


def program(library: str, given: str = "Order{2.5, 4}") -> str:
    """With what is `given` as a text the compiler takes it."""
    return (_GRPC if library == "grpc-cpp" else _THRIFT).replace("GIVEN", given)


def _cpp(library: str) -> Answer:
    error = first_error(program(library))
    return either(not error, f"the compiler: {error}"[:140] if error else "the compiler takes it")
