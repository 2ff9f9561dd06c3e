"""Can a numpy array be handed over as it is?"""

from __future__ import annotations

import importlib.util
import os

from matrix_answer import Answer, Missing, either, no

ROW = "A numpy array as it is"
HOW = ("an array of 2 x 3 doubles is given as an argument: does the server have an array of that shape? (Python only;"
       " by what the library itself has: an encoding of one's own, as pickle given to gRPC's generic calls, is not "
       "counted)")
LIBRARY = True


def check(system) -> Answer:
    if system.library in ("apache-cpp", "grpc-cpp"):
        return no("no Python")
    if importlib.util.find_spec("numpy") is None:
        raise Missing("numpy is not installed")
    import numpy
    array = numpy.arange(6.0).reshape(2, 3)
    return {"rpyc": _rpyc, "grpc-python": _grpc_python, "apache-python": _apache_python}.get(
        system.library, _thriftpy2)(array)


def _rpyc(array) -> Answer:
    from rpyc.utils.classic import obtain
    from rpyc_pair import served

    class Sums:
        def exposed_shape(self, given):
            copy = obtain(given)
            return type(copy).__name__, copy.shape, float(copy.sum())

    with served(Sums(), {"allow_pickle": True, "allow_public_attrs": True}) as root:
        seen = root.shape(array)
        return either(tuple(seen) == ("ndarray", (2, 3), 15.0),
                      "by pickle, with allow_pickle, which lets a peer run code")


def _refused(name: str, attempt) -> Answer:
    try:
        kept = attempt()
        return no(f"{name} keeps {kept}, and not its shape")
    except Exception as error:
        return no(f"{name}: {type(error).__name__}: {error}"[:140])


def _grpc_python(array) -> Answer:
    import generated
    generated.need("peer_pb2.py")
    import peer_pb2
    return _refused("repeated double", lambda: list(peer_pb2.PricesReply(prices=array).prices))


def _thriftpy2(array) -> Answer:
    import thriftpy2
    from matrix_systems import PEERS
    from thriftpy2.utils import deserialize, serialize
    result = thriftpy2.load(os.path.join(PEERS, "peer.thrift"), module_name="peer_thrift").Peer.prices_result
    return _refused("list<double>", lambda: deserialize(result(), serialize(result(success=array))).success)


def _apache_python(array) -> Answer:
    import generated
    generated.need("peer/Peer.py")
    from peer import Peer
    from thrift.TSerialization import deserialize, serialize
    return _refused("list<double>",
                    lambda: deserialize(Peer.prices_result(), serialize(Peer.prices_result(success=array))).success)
