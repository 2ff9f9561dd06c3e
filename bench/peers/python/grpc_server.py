"""gRPC's server for Python, with a pool of threads."""

from concurrent import futures

import generated

generated.need("peer_pb2_grpc.py")
import grpc  # noqa: E402
import peer_pb2  # noqa: E402
import peer_pb2_grpc  # noqa: E402

from peer_service import PeerService, end_at_sigterm, say_ready, server_flags  # noqa: E402


class Peer(peer_pb2_grpc.PeerServicer):
    def __init__(self):
        self._service = PeerService()

    def GetTime(self, request, context):
        return peer_pb2.TimeReply(time=self._service.get_time())

    def Echo(self, request, context):
        return peer_pb2.EchoReply(payload=self._service.echo(request.payload))

    def Prices(self, request, context):
        return peer_pb2.PricesReply(prices=self._service.prices(request.count))

    def Wait(self, request, context):
        return peer_pb2.WaitReply(milliseconds=self._service.wait(request.milliseconds))


if __name__ == "__main__":
    options = server_flags(__doc__).parse_args()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=options.threads))
    peer_pb2_grpc.add_PeerServicer_to_server(Peer(), server)
    port = server.add_insecure_port(f"127.0.0.1:{options.port}")
    server.start()
    end_at_sigterm(lambda: server.stop(grace=1).wait())
    say_ready(port)
    server.wait_for_termination()
