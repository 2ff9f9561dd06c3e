"""Apache Thrift's own servers for Python: `threadpool`, buffered, a thread held by each
connection; `nonblocking`, framed. They have no drain: SIGTERM ends them where they stand.
Without the C extension that accelerates its protocol, calls fail."""

import generated

generated.need("peer/Peer.py")
from peer import Peer  # noqa: E402
from thrift.protocol.TBinaryProtocol import TBinaryProtocolAcceleratedFactory  # noqa: E402
from thrift.server.TNonblockingServer import TNonblockingServer  # noqa: E402
from thrift.server.TServer import TThreadPoolServer  # noqa: E402
from thrift.transport.TSocket import TServerSocket  # noqa: E402
from thrift.transport.TTransport import TBufferedTransportFactory  # noqa: E402

from peer_service import PeerService, end_at_sigterm, say_ready, server_flags  # noqa: E402


class BoundSocket(TServerSocket):
    """Listens when it is made, so that its port is known before serve(), which listens too."""

    def __init__(self, port):
        super().__init__(host="127.0.0.1", port=port)
        super().listen()

    def listen(self):
        pass


def threadpool(processor, listener, threads):
    # Daemons: or the threads would keep the process after its end.
    server = TThreadPoolServer(processor, listener, TBufferedTransportFactory(),
                               TBinaryProtocolAcceleratedFactory(fallback=False), daemon=True)
    server.setNumThreads(threads)
    return server


def nonblocking(processor, listener, threads):
    return TNonblockingServer(processor, listener, TBinaryProtocolAcceleratedFactory(fallback=False), threads=threads)


if __name__ == "__main__":
    servers = {"threadpool": threadpool, "nonblocking": nonblocking}
    flags = server_flags(__doc__)
    flags.add_argument("--server", choices=servers, default="threadpool")
    options = flags.parse_args()
    socket = BoundSocket(options.port)
    end_at_sigterm()
    server = servers[options.server](Peer.Processor(PeerService()), socket, options.threads)
    say_ready(socket.handle.getsockname()[1])
    server.serve()
