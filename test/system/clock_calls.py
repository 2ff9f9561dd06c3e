"""The calls about the clock, by hand: no Thrift library, and so nothing between the
test and what the server says."""

import struct

from raw_client import RawClient, frame, message

_I64 = 10


class Refused(Exception):
    """The call ended in an exception that the contract declares, or in one that it does not:
    then `fields` has its text as 1."""

    def __init__(self, fields):
        super().__init__(fields.get(1, ""))
        self.fields = fields


class _Reader:
    """Reads values of the binary protocol from front to back."""

    def __init__(self, payload):
        self._payload = payload
        self._at = 0

    def take(self, form):
        (value,) = struct.unpack_from("!" + form, self._payload, self._at)
        self._at += struct.calcsize("!" + form)
        return value

    def text(self):
        size = self.take("I")
        self._at += size
        return self._payload[self._at - size:self._at].decode()

    def struct(self):
        """By their ids."""
        fields = {}
        while True:
            kind = self.take("b")
            if kind == 0:
                return fields
            field = self.take("h")
            fields[field] = {8: lambda: self.take("i"), 10: lambda: self.take("q"),
                             11: self.text, 12: self.struct}[kind]()


class ClockCalls:
    """A connection, for a ``with`` statement."""

    def __init__(self, server):
        self._client = RawClient(server.endpoints[0])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._client.close()

    def _call(self, method, argument=None):
        fields = b"" if argument is None else struct.pack("!Bhq", _I64, 1, argument)
        self._client.send(frame(message(method, 7, fields)))
        size = struct.unpack("!I", self._client.receive(4))[0]
        reader = _Reader(self._client.receive(size))
        kind = reader.take("I") & 0xFF
        assert reader.text() == method and reader.take("i") == 7
        fields = reader.struct()
        if kind != 2 or 0 not in fields:
            raise Refused(fields if kind != 2 else fields[1])
        return fields[0]

    def now(self, max_error_ns=0):
        """Earliest, latest, state."""
        interval = self._call("now", max_error_ns)
        return interval[1], interval[2], interval[3]

    def exchange(self, client_send_ns):
        """T1, T2, T3, error, state."""
        reply = self._call("exchange", client_send_ns)
        return tuple(reply[field] for field in range(1, 6))

    def clock_status(self):
        """ClockStatus by its ids."""
        return self.status()[4]

    def status(self):
        """ServerStatus by its ids."""
        return self._call("get_status")
