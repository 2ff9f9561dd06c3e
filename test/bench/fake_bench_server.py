"""A time server that goes wrong at a call of one's choice, for the tests of time-bench."""

import socket
import struct
import threading
import time

REQUEST = bytes.fromhex("80010001" "00000008") + b"get_time" + bytes.fromhex("00000001" "00")


def reply(text=b"Tue Nov 24 21:30:56 2026"):
    return (bytes.fromhex("80010002" "00000008") + b"get_time" + bytes.fromhex("00000001" "0b0000")
            + struct.pack("!I", len(text)) + text + b"\0")


class FakeServer:
    """Answers get_time in the binary protocol, unframed, on 127.0.0.1, until the `with`
    ends. `wrong(connection)` is done once, instead of answering call number `at`, of
    all connections together; what it returns is sent as the answer, None closes."""

    def __init__(self, at=0, wrong=None):
        self.at, self.wrong = at, wrong
        self.calls = 0
        self.lock = threading.Lock()
        self.connections = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.endpoint = "127.0.0.1:%d" % self.listening.getsockname()[1]
        self.accepting = threading.Thread(target=self._accept)

    def __enter__(self):
        self.accepting.start()
        return self

    def __exit__(self, *_):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.accepting.join()
        self.listening.close()
        for connection, thread in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it was closed before
            thread.join()
            connection.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self.connections.append((connection, thread))
            thread.start()

    def _serve(self, connection):
        try:
            rest = b""
            while True:
                part = connection.recv(65536)
                if not part:
                    return
                rest += part
                while len(rest) >= len(REQUEST):
                    assert rest.startswith(REQUEST), rest
                    rest = rest[len(REQUEST):]
                    answer = self._answer()
                    if answer is None:
                        connection.shutdown(socket.SHUT_RDWR)
                        return
                    connection.sendall(answer)
        except OSError:
            pass  # the client was first

    def _answer(self):
        # While one call goes wrong, no other is answered.
        with self.lock:
            self.calls += 1
            return self.wrong() if self.calls == self.at else reply()


def stall(seconds):
    """Answers late, and every other call with it."""
    def wrong():
        time.sleep(seconds)
        return reply()
    return wrong
