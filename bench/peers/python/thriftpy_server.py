"""The threaded server of thriftpy2 or, under an interpreter with that alone, of old
thriftpy: a thread for each connection, so --threads means nothing to it.

It is what make_server() makes, with a socket whose port is known before it serves, and
threads that do not keep the process after its end. It has no drain. It leaves Nagle's
algorithm on: a reply of many segments waits some forty milliseconds for its last one.
"""

import os

try:
    import thriftpy2 as thriftpy
    from thriftpy2.server import TThreadedServer
    from thriftpy2.thrift import TProcessor
    from thriftpy2.transport import TServerSocket
except ImportError:
    import thriftpy
    from thriftpy.server import TThreadedServer
    from thriftpy.thrift import TProcessor
    from thriftpy.transport import TServerSocket

from peer_service import PeerService, end_at_sigterm, say_ready, server_flags

_IDL = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peer.thrift")


class BoundSocket(TServerSocket):
    """Listens when it is made, so that its port is known before serve(), which listens too."""

    def __init__(self, port):
        super().__init__(host="127.0.0.1", port=port)
        super().listen()

    def listen(self):
        pass


if __name__ == "__main__":
    options = server_flags(__doc__).parse_args()
    socket = BoundSocket(options.port)
    service = thriftpy.load(_IDL, module_name="peer_thrift").Peer
    server = TThreadedServer(TProcessor(service, PeerService()), socket, daemon=True)
    end_at_sigterm()
    say_ready(socket.sock.getsockname()[1])
    server.serve()
