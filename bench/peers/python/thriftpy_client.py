"""The client of thriftpy2 or, under an interpreter with that alone, of old thriftpy."""

import os

try:
    import thriftpy2 as thriftpy
    from thriftpy2.rpc import make_client
    from thriftpy2.transport import TBufferedTransportFactory, TFramedTransportFactory
except ImportError:
    import thriftpy
    from thriftpy.rpc import make_client
    from thriftpy.transport import TBufferedTransportFactory, TFramedTransportFactory

import peer_client

_IDL = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peer.thrift")
_SERVICE = thriftpy.load(_IDL, module_name="peer_thrift").Peer


def connect(options):
    factory = TFramedTransportFactory() if options.framed else TBufferedTransportFactory()
    return make_client(_SERVICE, "127.0.0.1", options.port, trans_factory=factory)


if __name__ == "__main__":
    flags = peer_client.client_flags(__doc__)
    flags.add_argument("--framed", action="store_true", help="as nonblocking servers ask for; or it is buffered")
    peer_client.main(flags, connect, "its client sends a call only to wait for the reply")
