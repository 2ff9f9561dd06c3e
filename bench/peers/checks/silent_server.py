"""A server that accepts, reads and never answers."""

from __future__ import annotations

import socket
import threading
from typing import List


class SilentServer:
    def __enter__(self) -> SilentServer:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._connections: List[socket.socket] = []
        self._received = bytearray()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        return self

    def __exit__(self, *exception: object) -> None:
        # A close does not wake who waits in accept().
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        for connection in self._connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the client was first
            connection.close()

    @property
    def received(self) -> bytes:
        return bytes(self._received)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection: socket.socket) -> None:
        try:
            while True:
                data = connection.recv(65536)
                if not data:
                    return
                self._received += data
        except OSError:
            pass
