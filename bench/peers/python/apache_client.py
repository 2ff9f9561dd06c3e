"""Apache Thrift's client for Python, binary protocol, accelerated by its C extension. Without
that extension it fails, rather than be measured without."""

import generated

generated.need("peer/Peer.py")
from peer import Peer  # noqa: E402
from thrift.protocol.TBinaryProtocol import TBinaryProtocolAccelerated  # noqa: E402
from thrift.transport.TSocket import TSocket  # noqa: E402
from thrift.transport.TTransport import TBufferedTransport, TFramedTransport  # noqa: E402

import peer_client  # noqa: E402

# What the kernel holds for a client that writes many requests before it reads a reply.
_UNREAD_BYTES = 128 * 1024


def connect(options):
    transport = (TFramedTransport if options.framed else TBufferedTransport)(TSocket("127.0.0.1", options.port))
    client = Peer.Client(TBinaryProtocolAccelerated(transport, fallback=False))
    transport.open()
    return client


def window(options):
    """The two halves of each generated call. The server must answer in order."""
    if options.call == "echo" and options.bytes * options.concurrency > _UNREAD_BYTES:
        raise peer_client.Unsupported(
            "a client that sends so many bytes before it reads may wait for a server that waits for it")
    client = connect(options)

    def start(name, *arguments):
        getattr(client, "send_" + name)(*arguments)
        return getattr(client, "recv_" + name)

    return start


if __name__ == "__main__":
    flags = peer_client.client_flags(__doc__)
    flags.add_argument("--framed", action="store_true", help="as nonblocking servers ask for; or it is buffered")
    peer_client.main(flags, connect, window)
