"""A time server for tests: Thrift's strict binary protocol by hand, nothing else.

It shares no code with the programs it tests, and no Thrift library.
"""

import socket
import struct
import threading
import time

STRING, I32, I64, STRUCT, STOP = 11, 8, 10, 12, 0
REPLY, EXCEPTION = 2, 3
UNKNOWN_METHOD, PROTOCOL_ERROR = 1, 7
SYNCHRONIZED = 1


def string(text):
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack("!i", len(data)) + data


def field(kind, number, value):
    return struct.pack("!bh", kind, number) + value


def i64(number, value):
    return field(I64, number, struct.pack("!q", value))


def i32(number, value):
    return field(I32, number, struct.pack("!i", value))


def struct_of(*fields):
    return b"".join(fields) + bytes([STOP])


class FakeTimeServer:
    """Listens on 127.0.0.1 at any free port until the `with` ends.

    ahead_ns  is added to its clock
    state     is its clock's state, error_ns the bound
    methods   it knows; to others it replies UNKNOWN_METHOD
    text      is what get_time says
    behave    'answer', or what it does instead with a request:
              'close', 'reset', 'keep silent', 'reply HTTP', 'refuse' (by an exception)
    framed    whether it speaks TFramedTransport
    port      to listen on, if not any

    What is not framed, or is, against `framed`, and what is not binary, is closed.
    `connections` are those that it had.
    """

    def __init__(self, ahead_ns=0, state=SYNCHRONIZED, error_ns=1500, framed=False, behave="answer",
                 methods=("get_time", "exchange", "get_status"), text="Tue Nov 24 21:30:56 2026", port=0):
        self.ahead_ns, self.state, self.error_ns = ahead_ns, state, error_ns
        self.framed, self.behave, self.methods, self.text = framed, behave, methods, text
        self.open = []
        self.connections = 0
        self.listening = socket.create_server(("127.0.0.1", port))
        self.port = self.listening.getsockname()[1]
        self.endpoint = f"127.0.0.1:{self.port}"
        self.accepting = threading.Thread(target=self._accept)

    def __enter__(self):
        self.accepting.start()
        return self

    def __exit__(self, *_):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.accepting.join()
        self.listening.close()
        for connection, thread in self.open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the client was first
            thread.join()
            connection.close()

    def now_ns(self):
        return time.time_ns() + self.ahead_ns

    def _accept(self):
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            self.connections += 1
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self.open.append((connection, thread))
            thread.start()

    def _serve(self, connection):
        try:
            while self._serve_call(connection):
                pass
        except OSError:
            pass
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _serve_call(self, connection):
        if self.framed and not self._read(connection, 4):
            return False
        head = self._read(connection, 8)
        if head[:2] != b"\x80\x01":
            return False
        received_ns = self.now_ns()
        method = self._read(connection, struct.unpack("!i", head[4:])[0]).decode()
        number = self._read(connection, 4)
        client_send_ns = 0
        if method == "exchange":
            client_send_ns = struct.unpack("!q", self._read(connection, 11)[3:])[0]
        self._read(connection, 1)  # the end of the arguments
        if self.behave == "close":
            return False
        if self.behave == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
            return False
        if self.behave == "keep silent":
            connection.recv(1)
            return False
        if self.behave == "reply HTTP":
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.recv(1)
            return False
        if self.behave == "refuse":
            kind, result = EXCEPTION, struct_of(field(STRING, 1, string("no")), i32(2, PROTOCOL_ERROR))
        else:
            kind, result = self._result(method, client_send_ns, received_ns)
        reply = struct.pack("!I", 0x80010000 | kind) + string(method) + number + result
        if self.framed:
            reply = struct.pack("!i", len(reply)) + reply
        connection.sendall(reply)
        return True

    def _result(self, method, client_send_ns, received_ns):
        if method not in self.methods:
            return EXCEPTION, struct_of(field(STRING, 1, string("Invalid method name")), i32(2, UNKNOWN_METHOD))
        if method == "get_time":
            return REPLY, struct_of(field(STRING, 0, string(self.text)))
        if method == "exchange":
            value = struct_of(i64(1, client_send_ns), i64(2, received_ns), i64(3, self.now_ns()),
                              i64(4, self.error_ns), i32(5, self.state))
        else:
            clock = struct_of(i64(1, 1_000_000_000_000_000_001), i32(2, self.state), i64(3, self.error_ns))
            value = struct_of(field(STRING, 1, string("9.8.7")), i64(2, 500), field(STRUCT, 4, clock))
        return REPLY, struct_of(field(STRUCT, 0, value))

    @staticmethod
    def _read(connection, size):
        data = b""
        while len(data) < size:
            part = connection.recv(size - len(data))
            if not part:
                return b""
            data += part
        return data
