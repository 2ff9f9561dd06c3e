"""RPyC's client. Each method is looked up once: conn.root.NAME asks the server for it anew,
which is one more round trip for each call."""

import rpyc

import peer_client

_CALLS = ("get_time", "echo", "prices", "wait")


class Calls(peer_client.Connection):
    def __init__(self, options):
        self._connection = rpyc.connect("127.0.0.1", options.port)
        for name in _CALLS:
            setattr(self, name, getattr(self._connection.root, name))


def window(options):
    """Calls that are under way together: asynchronous results."""
    calls = Calls(options)
    asynchronous = {name: rpyc.async_(getattr(calls, name)) for name in _CALLS}

    def start(name, *arguments):
        result = asynchronous[name](*arguments)
        return lambda: result.value

    return start


if __name__ == "__main__":
    peer_client.main(peer_client.client_flags(__doc__), Calls, window)
