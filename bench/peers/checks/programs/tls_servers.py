"""tls_servers.py LIBRARY CERTIFICATE KEY: get_time over TLS by a Python library's own server."""

import os
import ssl
import sys

CHECKS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [CHECKS, os.path.join(os.path.dirname(CHECKS), "python")]
from peer_service import PeerService, say_ready  # noqa: E402

IDL = os.path.join(os.path.dirname(CHECKS), "peer.thrift")


def thriftpy2(certificate, key):
    import thriftpy2
    from thriftpy2.server import TThreadedServer
    from thriftpy2.thrift import TProcessor
    from thriftpy2.transport import TSSLServerSocket

    # One file with both is what it takes.
    with open(certificate, encoding="ascii") as chain, open(key, encoding="ascii") as secret:
        text = chain.read() + secret.read()
    both = key + ".both"
    with open(both, "w", encoding="ascii") as file:
        file.write(text)
    socket = TSSLServerSocket("127.0.0.1", 0, certfile=both)
    socket.listen()
    say_ready(socket.sock.getsockname()[1])
    socket.listen = lambda: None  # serve() would do it anew
    TThreadedServer(TProcessor(thriftpy2.load(IDL, module_name="peer_thrift").Peer, PeerService()), socket).serve()


def apache(certificate, key):
    import generated
    generated.need("peer/Peer.py")
    from peer import Peer
    from thrift.protocol.TBinaryProtocol import TBinaryProtocolFactory
    from thrift.server.TServer import TThreadedServer
    from thrift.transport.TSSLSocket import TSSLServerSocket
    from thrift.transport.TTransport import TBufferedTransportFactory

    # Version 0.25 refuses certfile and keyfile without ca_certs, whatever cert_reqs says.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    socket = TSSLServerSocket("127.0.0.1", 0, ssl_context=context)
    socket.listen()
    say_ready(socket.handle.getsockname()[1])
    socket.listen = lambda: None  # serve() would do it anew
    TThreadedServer(Peer.Processor(PeerService()), socket, TBufferedTransportFactory(),
                    TBinaryProtocolFactory()).serve()


def grpc(certificate, key):
    from concurrent import futures
    import grpc

    from grpc_link import TIME
    with open(certificate, "rb") as chain, open(key, "rb") as secret:
        credentials = grpc.ssl_server_credentials([(secret.read(), chain.read())])
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))

    def get_time(request, context):
        text = PeerService().get_time().encode()
        return bytes([10, len(text)]) + text

    package, method = TIME[1:].split("/")
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(
        package, {method: grpc.unary_unary_rpc_method_handler(get_time)})])
    say_ready_at = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    say_ready(say_ready_at)
    server.wait_for_termination()


def rpyc(certificate, key):
    import rpyc
    from rpyc.utils.authenticators import SSLAuthenticator
    from rpyc.utils.server import ThreadedServer

    class Peer(rpyc.Service):
        def exposed_get_time(self):
            return PeerService().get_time()

    server = ThreadedServer(Peer(), hostname="127.0.0.1", port=0, authenticator=SSLAuthenticator(key, certificate))
    server._listen()  # start() then finds it done
    say_ready(server.port)
    server.start()


if __name__ == "__main__":
    library, *files = sys.argv[1:]
    {"thriftpy2": thriftpy2, "apache-python": apache, "grpc-python": grpc, "rpyc": rpyc}[library](*files)
