"""Counts the bytes that a client and a server exchange, on the way between them: what the
sockets carry, without the headers of TCP and IP."""

from __future__ import annotations

import socket
import threading
from typing import List

_BYTES = 65536
_END_S = 10.0


class CountingProxy:
    """Forwards to a port of 127.0.0.1 from threads of its own, until the end of `with`.
    `sent` and `received`, as the client sees it, are final after end_of_connections()."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: List[threading.Thread] = []
        self._sockets: List[socket.socket] = []
        self._lock = threading.Lock()
        self.port = self._listener.getsockname()[1]
        self.sent = 0
        self.received = 0

    def __enter__(self) -> CountingProxy:
        self._start(self._accept)
        return self

    def __exit__(self, *exception: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # close() alone leaves accept() waiting
        self._threads[0].join(_END_S)
        self._listener.close()
        for each in self._sockets:
            _shut(each, socket.SHUT_RDWR)
        self.end_of_connections()
        for each in self._sockets:
            each.close()

    def end_of_connections(self) -> None:
        """Waits until all that the clients and the server sent has been forwarded."""
        for thread in self._threads[1:]:
            thread.join(_END_S)

    def _start(self, run, *arguments) -> None:
        thread = threading.Thread(target=run, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client = self._listener.accept()[0]
                server = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                return
            self._sockets += [client, server]
            for each in (client, server):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._start(self._copy, client, server, "sent")
            self._start(self._copy, server, client, "received")

    def _copy(self, source: socket.socket, sink: socket.socket, counter: str) -> None:
        try:
            while True:
                data = source.recv(_BYTES)
                if not data:
                    break
                with self._lock:
                    setattr(self, counter, getattr(self, counter) + len(data))
                sink.sendall(data)
        except OSError:
            pass
        _shut(sink, socket.SHUT_WR)


def _shut(end: socket.socket, how: int) -> None:
    try:
        end.shutdown(how)
    except OSError:  # it is closed
        pass
