"""Stands between a client and a server, and counts the connections.

    with CountingForwarder(server.port) as forwarder:
        call(client, forwarder.port)
        ... forwarder.connections ...
"""

from __future__ import annotations

import selectors
import socket
import threading
from typing import Dict

_BYTES = 65536
_PATIENCE_S = 60.0


class CountingForwarder:
    """Forwards to a port of 127.0.0.1 from a thread of its own, until the end of `with`."""

    def __init__(self, port: int) -> None:
        self._to = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._wake, self._waked = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._other: Dict[socket.socket, socket.socket] = {}
        self._thread = threading.Thread(target=self._run)
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self._changed = threading.Condition()

    def __enter__(self) -> CountingForwarder:
        for source in (self._listener, self._waked):
            self._selector.register(source, selectors.EVENT_READ)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._wake.close()
        self._thread.join()
        for each in (*self._other, self._listener, self._waked, self._selector):
            each.close()

    def wait_for(self, connections: int) -> None:
        """Until so many have come."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.connections >= connections, _PATIENCE_S), "no client came"

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._waked:
                    return
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj in self._other:  # or its other end closed it a moment ago
                    self._forward(key.fileobj)

    def _accept(self) -> None:
        client = self._listener.accept()[0]
        with self._changed:
            self.connections += 1
            self._changed.notify_all()
        try:
            server = socket.create_connection(self._to)
        except OSError:  # the server has ended
            client.close()
            return
        for source, sink in ((client, server), (server, client)):
            source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._other[source] = sink
            self._selector.register(source, selectors.EVENT_READ)

    def _forward(self, source: socket.socket) -> None:
        sink = self._other[source]
        try:
            data = source.recv(_BYTES)
            sink.sendall(data)
        except OSError:
            data = b""
        if not data:
            for end in (source, sink):
                self._selector.unregister(end)
                del self._other[end]
                end.close()
