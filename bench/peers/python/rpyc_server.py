"""RPyC's ThreadedServer: a thread for each connection, so --threads means nothing to it."""

import rpyc
from rpyc.utils.server import ThreadedServer

from peer_service import PeerService, end_at_sigterm, say_ready, server_flags


class Peer(rpyc.Service):
    def __init__(self):
        self._service = PeerService()

    def exposed_get_time(self):
        return self._service.get_time()

    def exposed_echo(self, payload):
        return self._service.echo(payload)

    def exposed_prices(self, count):
        # A tuple goes by value; a list would be a reference, fetched element by element.
        return tuple(self._service.prices(count))

    def exposed_wait(self, milliseconds):
        return self._service.wait(milliseconds)


if __name__ == "__main__":
    options = server_flags(__doc__).parse_args()
    # The constructor binds; until start() listens, clients are refused.
    server = ThreadedServer(Peer(), hostname="127.0.0.1", port=options.port)
    server._listen()  # start() then finds it done
    end_at_sigterm()
    say_ready(server.port)
    server.start()
