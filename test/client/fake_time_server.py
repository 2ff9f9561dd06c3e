"""A time server for tests: Thrift's strict binary protocol by hand, nothing else.

It shares no code with the programs it tests, and no Thrift library.
"""

import socket
import struct
import threading
import time

STRING, I32, I64, STRUCT, LIST, STOP = 11, 8, 10, 12, 15, 0
REPLY, EXCEPTION = 2, 3
UNKNOWN_METHOD, INTERNAL_ERROR, PROTOCOL_ERROR = 1, 6, 7
OVERLOADED = "overloaded: the call waited longer than 5 ms and was not run: try again later"
TLS_ONLY = ("plain: the client speaks without TLS, and this port takes TLS only: let it use TLS, or find the plain "
            "port")
SYNCHRONIZED = 1
OUT_OF_RANGE, BAD_TEXT, UNKNOWN_ZONE = 4, 3, 1
METHODS = ("get_time", "now", "exchange", "get_timestamps", "to_local", "from_local", "zone_periods", "list_zones",
           "get_status")


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


def list_of(kind, values):
    return struct.pack("!bi", kind, len(values)) + b"".join(values)


class Refusal(Exception):
    """What the IDL declares: the field that it is in the result, and the struct."""

    def __init__(self, number, *fields):
        super().__init__()
        self.result = struct_of(field(STRUCT, number, struct_of(*fields)))


def bad_request(message, code, index=-1):
    return Refusal(1, field(STRING, 1, string(message)), i32(2, code), i32(3, index))


class FakeTimeServer:
    """Listens on 127.0.0.1 at any free port until the `with` ends.

    ahead_ns  is added to its clock
    state     is its clock's state, error_ns the bound
    methods   it knows; to others it replies UNKNOWN_METHOD
    text      is what get_time says
    calls     are the names and arguments, by field number, of those that it has answered
    behave    'answer', or what it does instead with a request:
              'close', 'reset', 'keep silent', 'reply HTTP', 'refuse' (by an exception),
              'refuse plain' (by that of a port that takes TLS only)
    busy      calls are not run at first, since it has too much to do
    tls       is an ssl.SSLContext, or None to speak without
    framed    whether it speaks TFramedTransport
    port      to listen on, if not any

    What is not framed, or is, against `framed`, and what is not binary, is closed.
    `connections` are those that it had.
    """

    def __init__(self, ahead_ns=0, state=SYNCHRONIZED, error_ns=1500, framed=False, behave="answer",
                 methods=METHODS, text="Tue Nov 24 21:30:56 2026", port=0, busy=0, tls=None):
        self.ahead_ns, self.state, self.error_ns = ahead_ns, state, error_ns
        self.framed, self.behave, self.methods, self.text = framed, behave, methods, text
        self.busy, self.tls = busy, tls
        self.open = []
        self.calls = []
        self.last_timestamp = 1000
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
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self.open.append((connection, thread))
            thread.start()

    def _serve(self, connection):
        try:
            if self.tls is not None:
                connection.do_handshake()
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
        arguments = self._read_struct(connection)
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
        if self.behave.startswith("refuse"):
            why = TLS_ONLY if self.behave == "refuse plain" else "no"
            kind, result = EXCEPTION, struct_of(field(STRING, 1, string(why)), i32(2, PROTOCOL_ERROR))
        elif self.busy > 0:
            self.busy -= 1
            kind, result = EXCEPTION, struct_of(field(STRING, 1, string(OVERLOADED)), i32(2, INTERNAL_ERROR))
        else:
            kind, result = self._result(method, arguments, received_ns)
        reply = struct.pack("!I", 0x80010000 | kind) + string(method) + number + result
        if self.framed:
            reply = struct.pack("!i", len(reply)) + reply
        connection.sendall(reply)
        return True

    def _result(self, method, arguments, received_ns):
        if method not in self.methods:
            return EXCEPTION, struct_of(field(STRING, 1, string("Invalid method name")), i32(2, UNKNOWN_METHOD))
        self.calls.append((method, arguments))
        try:
            if method == "exchange":
                value = self._exchange(arguments, received_ns)
            else:
                value = getattr(self, f"_{method}")(arguments)
        except Refusal as refusal:
            return REPLY, refusal.result
        return REPLY, struct_of(value)

    def _get_time(self, _):
        return field(STRING, 0, string(self.text))

    def _now(self, arguments):
        if self.error_ns < 0 or 0 < arguments[1] < self.error_ns:
            raise Refusal(1, field(STRING, 1, string("the clock may be off")), i32(2, self.state),
                          i64(3, self.error_ns))
        now_ns = self.now_ns()
        return field(STRUCT, 0, struct_of(i64(1, now_ns - self.error_ns), i64(2, now_ns + self.error_ns),
                                          i32(3, self.state)))

    def _exchange(self, arguments, received_ns):
        return field(STRUCT, 0, struct_of(i64(1, arguments[1]), i64(2, received_ns), i64(3, self.now_ns()),
                                          i64(4, self.error_ns), i32(5, self.state)))

    def _get_timestamps(self, arguments):
        first = self.last_timestamp + 1
        self.last_timestamp += arguments[1]
        return field(STRUCT, 0, struct_of(i64(1, first), i32(2, arguments[1])))

    def _to_local(self, arguments):
        """A text that says what was asked for. Instants after 10^18 are out of its range."""
        local_times = []
        for index, instant_ns in enumerate(arguments[1]):
            if instant_ns > 10**18:
                raise bad_request("that is too late", OUT_OF_RANGE, index)
            local_times.append(struct_of(
                field(STRING, 1, string(f"{arguments[2]}|{arguments[3]}|{instant_ns}")), i32(2, -3600),
                field(STRING, 3, string("ABC"))))
        return field(LIST, 0, list_of(STRUCT, local_times))

    def _from_local(self, arguments):
        """A text is worth its length and the policy's number. "bad" is none, and "Nowhere" no zone."""
        if arguments[2] == "Nowhere":
            raise bad_request("no such zone", UNKNOWN_ZONE)
        resolved = []
        for index, text in enumerate(arguments[1]):
            if text == "bad":
                raise bad_request("it is bad", BAD_TEXT, index)
            resolved.append(struct_of(i64(1, len(text) + 1000 * arguments[4]), i32(2, 1), i32(3, 7200)))
        return field(LIST, 0, list_of(STRUCT, resolved))

    def _zone_periods(self, arguments):
        """Two halves, the second an hour and a second west."""
        start, end = arguments[2], arguments[3]
        if start >= end:
            return field(LIST, 0, list_of(STRUCT, []))
        middle = (start + end) // 2
        return field(LIST, 0, list_of(STRUCT, [
            struct_of(i64(1, start), i64(2, middle), i32(3, 19800), field(STRING, 4, string("ABC"))),
            struct_of(i64(1, middle), i64(2, end), i32(3, -3601), field(STRING, 4, string(arguments[1])))]))

    def _list_zones(self, _):
        return field(LIST, 0, list_of(STRING, [string(name) for name in ("Africa/Abidjan", "UTC", "Zulu")]))

    def _get_status(self, _):
        clock = struct_of(i64(1, 1_000_000_000_000_000_001), i32(2, self.state), i64(3, self.error_ns),
                          field(STRING, 4, string("kernel")), i64(5, 2), i32(6, 37), i32(7, 1))
        oracle = struct_of(i32(1, 1), field(STRING, 2, string("other:9090")), i64(3, 123), i64(4, 456), i64(5, 7))
        return field(STRUCT, 0, struct_of(field(STRING, 1, string("9.8.7")), i64(2, 500),
                                          field(STRING, 3, string("2025b")), field(STRUCT, 4, clock),
                                          field(STRUCT, 5, oracle)))

    def _read_struct(self, connection):
        """The fields by their numbers, of the kinds that arguments have."""
        fields = {}
        while True:
            kind = self._read(connection, 1)[0]
            if kind == STOP:
                return fields
            number, = struct.unpack("!h", self._read(connection, 2))
            fields[number] = self._read_value(connection, kind)

    def _read_value(self, connection, kind):
        if kind == I32:
            return struct.unpack("!i", self._read(connection, 4))[0]
        if kind == I64:
            return struct.unpack("!q", self._read(connection, 8))[0]
        if kind == STRING:
            return self._read(connection, struct.unpack("!i", self._read(connection, 4))[0]).decode()
        if kind == LIST:
            inner, size = struct.unpack("!bi", self._read(connection, 5))
            return [self._read_value(connection, inner) for _ in range(size)]
        raise ValueError(f"arguments have no type {kind}")

    @staticmethod
    def _read(connection, size):
        data = b""
        while len(data) < size:
            part = connection.recv(size - len(data))
            if not part:
                return b""
            data += part
        return data
