"""Every call over every protocol, transport and kind of endpoint."""

import itertools
import socket
import sys
import unittest

import time_client
from time_client import ClockState, UsageError, _binding
from time_client._formats import PROTOCOLS, TRANSPORTS, usable_protocols

from .fake_server import FakeClock, FakeServer, reply_bytes, serve

WITH_THRIFTPY2 = unittest.skipUnless(
    _binding.IS_THRIFTPY2, "thriftpy2 is not in use")


STATUS = time_client.ServerStatus(
    version="1.2.3", started_ns=5, tzdb_version="2026a",
    clock=time_client.ClockStatus(
        now_ns=7, state=ClockState.SYNCHRONIZED, error_ns=1000,
        bound_source="fixed", steps=2, tai_offset_s=37, pending_leap_s=-1),
    oracle=time_client.OracleStatus(
        role=time_client.OracleRole.SERVING, leader="a:9090",
        last_timestamp=11, watermark=12, ahead_ns=13))


def setUpModule():
    missing = set(PROTOCOLS) - set(usable_protocols())
    if missing:
        print(f"\nNOT TESTED with {_binding.NAME}: protocols "
              f"{', '.join(sorted(missing))}. Run again with thriftpy2.",
              file=sys.stderr)


class RoundTripTest(unittest.TestCase):
    def test_every_call_over_every_protocol_and_transport(self):
        for protocol, transport in itertools.product(usable_protocols(),
                                                     TRANSPORTS):
            with self.subTest(f"{protocol}/{transport}"):
                self.check_calls(protocol, transport)

    def check_calls(self, protocol, transport):
        clock = FakeClock()
        clock.receive_ns = lambda sent_ns: sent_ns + 10**9
        clock.send_ns = lambda sent_ns: sent_ns + 10**9
        with FakeServer(serve(clock, protocol, transport)) as server, \
                time_client.connect(server.endpoint, protocol=protocol,
                                    transport=transport) as client:
            self.assertEqual(client.get_time(), "Tue Nov 24 21:30:56 2026")
            comparison = client.exchange(samples=3)
            self.assertEqual(comparison.samples, 3)
            self.assertLessEqual(abs(comparison.offset_ns - 10**9),
                                 comparison.bound_ns)
            self.assertEqual(comparison.server_error_ns, 1000)
            self.assertIs(comparison.state, ClockState.SYNCHRONIZED)
            self.assertEqual(client.get_status(), STATUS)
            clock.time = "later"  # not the first reply for ever
            self.assertEqual(client.get_time(), "later")
            self.assertEqual(server.connections, 1)

    def test_ipv6(self):
        try:
            server = FakeServer(serve(FakeClock()), family=socket.AF_INET6)
            server.__enter__()
        except OSError as error:
            self.skipTest(f"no IPv6 on this host: {error}")
        try:
            with time_client.connect(server.endpoint) as client:
                self.assertEqual(client.endpoint, server.endpoint)
                self.assertEqual(len(client.get_time()), 24)
        finally:
            server.__exit__()

    def test_unix_socket(self):
        with FakeServer(serve(FakeClock()), family=socket.AF_UNIX) as server, \
                time_client.connect(server.endpoint) as client:
            self.assertEqual(client.endpoint, server.endpoint)
            self.assertEqual(len(client.get_time()), 24)

    def test_get_time_sends_these_bytes(self):
        received = []

        def record(sock):
            received.append(sock.recv(4096))
            sock.sendall(bytes.fromhex("80010002 00000008") + b"get_time"
                         + bytes.fromhex("00000001 0b0000 00000002") + b"ok"
                         + b"\0")

        with FakeServer(record) as server, \
                time_client.connect(server.endpoint) as client:
            self.assertEqual(client.get_time(), "ok")
        self.assertEqual(received, [bytes.fromhex("80010001 00000008")
                                    + b"get_time"
                                    + bytes.fromhex("00000001 00")])


class NewerServerTest(unittest.TestCase):
    def test_an_unknown_state_is_read_as_unknown(self):
        clock = FakeClock()
        with FakeServer(serve(clock)) as server, \
                time_client.connect(server.endpoint) as client:
            for state in (99, -1, None):
                clock.state = state
                self.assertIs(client.get_status().clock.state,
                              ClockState.UNKNOWN)
                self.assertIs(client.exchange(1).state, ClockState.UNKNOWN)

    def test_minus_one_is_no_error_bound(self):
        clock = FakeClock()
        clock.error_ns = -1
        with FakeServer(serve(clock)) as server, \
                time_client.connect(server.endpoint) as client:
            self.assertIsNone(client.get_status().clock.error_ns)
            self.assertIsNone(client.exchange(1).server_error_ns)

    def test_a_state_that_promises_no_bound_has_none(self):
        clock = FakeClock()
        with FakeServer(serve(clock)) as server, \
                time_client.connect(server.endpoint) as client:
            for state, error_ns in ((ClockState.HOLDOVER, 1000),
                                    (ClockState.UNSYNCHRONIZED, None),
                                    (ClockState.UNKNOWN, None)):
                clock.state = state
                self.assertEqual(client.get_status().clock.error_ns, error_ns)
                self.assertEqual(client.exchange(1).server_error_ns, error_ns)

    def test_an_unknown_field_is_ignored_in_binary(self):
        status = (bytes.fromhex("0b0001 00000003") + b"9.9"
                  + bytes.fromhex("0a0002 0000000000000005")
                  + bytes.fromhex("0b0063 00000003") + b"new"
                  + bytes.fromhex("0c0004 0a0001 0000000000000007 00 00"))
        reply = (bytes.fromhex("80010002 0000000a") + b"get_status"
                 + bytes.fromhex("00000001 0c0000") + status + b"\0")
        self.check_status(reply, "binary")

    @WITH_THRIFTPY2
    def test_an_unknown_field_is_ignored_in_json(self):
        reply = (b'[1,"get_status",2,1,{"0":{"rec":{"1":{"str":"9.9"},'
                 b'"2":{"i64":5},"99":{"rec":{"1":{"lst":["i64",2,1,2]}}},'
                 b'"4":{"rec":{"1":{"i64":7},"98":{"str":"new"}}}}}}]')
        self.check_status(reply, "json")

    def check_status(self, reply, protocol):
        with FakeServer(reply_bytes(reply)) as server, \
                time_client.connect(server.endpoint,
                                    protocol=protocol) as client:
            status = client.get_status()
        self.assertEqual(status.version, "9.9")
        self.assertEqual(status.clock.now_ns, 7)
        self.assertIsNone(status.clock.error_ns)
        self.assertIs(status.clock.state, ClockState.UNKNOWN)


class FormatTest(unittest.TestCase):
    def test_unknown_names_are_refused_with_the_known_ones(self):
        with self.assertRaisesRegex(UsageError, "binary, compact, json"):
            time_client.connect("localhost:1", protocol="xml")
        with self.assertRaisesRegex(UsageError, "buffered, framed"):
            time_client.connect("localhost:1", transport=None)

    @unittest.skipIf(_binding.IS_THRIFTPY2, "thriftpy2 does them all")
    def test_what_old_thriftpy_cannot_do_is_refused(self):
        for protocol in ("compact", "json"):
            with self.assertRaisesRegex(UsageError, "install thriftpy2"):
                time_client.connect("localhost:1", protocol=protocol)
