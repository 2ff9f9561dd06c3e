"""header_server.py: Apache Thrift's TThreadedServer for Python with THeaderProtocol, which finds
out what its clients speak, of all that it knows."""

import os
import sys

CHECKS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(os.path.dirname(CHECKS), "python")]
import generated  # noqa: E402

generated.need("peer/Peer.py")
from peer import Peer  # noqa: E402
from peer_service import PeerService, say_ready  # noqa: E402
from thrift.protocol.THeaderProtocol import THeaderProtocolFactory  # noqa: E402
from thrift.server.TServer import TThreadedServer  # noqa: E402
from thrift.transport.THeaderTransport import THeaderClientType as Kind  # noqa: E402
from thrift.transport.TSocket import TServerSocket  # noqa: E402
from thrift.transport.TTransport import TTransportFactoryBase  # noqa: E402

KINDS = (Kind.HEADERS, Kind.FRAMED_BINARY, Kind.UNFRAMED_BINARY, Kind.FRAMED_COMPACT, Kind.UNFRAMED_COMPACT)

if __name__ == "__main__":
    socket = TServerSocket("127.0.0.1", 0)
    socket.listen()
    say_ready(socket.handle.getsockname()[1])
    socket.listen = lambda: None  # serve() would do it anew
    TThreadedServer(Peer.Processor(PeerService()), socket, TTransportFactoryBase(),
                    THeaderProtocolFactory(KINDS)).serve()
