"""gRPC's client for Python: a channel for each connection, or one that carries all calls."""

import generated

generated.need("peer_pb2_grpc.py")
import grpc  # noqa: E402
import peer_pb2  # noqa: E402
import peer_pb2_grpc  # noqa: E402

import peer_client  # noqa: E402

_PATIENCE_S = 10


class Calls(peer_client.Connection):
    def __init__(self, options):
        # Channels to one address would share a connection.
        self._channel = grpc.insecure_channel(f"127.0.0.1:{options.port}",
                                              options=[("grpc.use_local_subchannel_pool", 1)])
        grpc.channel_ready_future(self._channel).result(timeout=_PATIENCE_S)
        self._stub = peer_pb2_grpc.PeerStub(self._channel)

    def get_time(self):
        return self._stub.GetTime(peer_pb2.TimeRequest()).time

    def echo(self, payload):
        return self._stub.Echo(peer_pb2.EchoRequest(payload=payload)).payload

    def prices(self, count):
        return self._stub.Prices(peer_pb2.PricesRequest(count=count)).prices

    def wait(self, milliseconds):
        return self._stub.Wait(peer_pb2.WaitRequest(milliseconds=milliseconds)).milliseconds


class Window(Calls):
    """Calls that are under way together: gRPC's futures."""

    def get_time(self):
        future = self._stub.GetTime.future(peer_pb2.TimeRequest())
        return lambda: future.result().time

    def echo(self, payload):
        future = self._stub.Echo.future(peer_pb2.EchoRequest(payload=payload))
        return lambda: future.result().payload

    def prices(self, count):
        future = self._stub.Prices.future(peer_pb2.PricesRequest(count=count))
        return lambda: future.result().prices

    def wait(self, milliseconds):
        future = self._stub.Wait.future(peer_pb2.WaitRequest(milliseconds=milliseconds))
        return lambda: future.result().milliseconds


def window(options):
    calls = Window(options)
    return lambda name, *arguments: getattr(calls, name)(*arguments)


if __name__ == "__main__":
    peer_client.main(peer_client.client_flags(__doc__), Calls, window)
