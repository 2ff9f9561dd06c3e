"""Replies that are none, and replies that refuse."""

import unittest

import time_client
from time_client import ProtocolMismatch, ServerError

from .fake_server import (TIME_REPLY, FakeClock, FakeServer, assert_says,
                          only_get_time, reply_bytes, serve)


class MismatchTest(unittest.TestCase):
    def test_no_reply_of_this_call_is_taken_for_one(self):
        header = bytes.fromhex("80010002 00000008") + b"get_time"
        for name, transport, data in (
                ("HTTP", "buffered", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
                ("HTTP", "framed", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
                ("framed reply", "buffered", b"\0\0\0\x1a" + TIME_REPLY),
                ("buffered reply", "framed", TIME_REPLY),
                ("compact reply", "buffered", b"\x82\x41\x01\x08get_time"),
                ("other version", "buffered", b"\x80\x02" + TIME_REPLY[2:]),
                ("reply to an earlier call", "buffered",
                 TIME_REPLY.replace(b"me\0\0\0\1", b"me\0\0\0\0")),
                ("reply to another method", "buffered",
                 TIME_REPLY.replace(b"get_time", b"got_time")),
                ("a call", "buffered", b"\x80\1\0\1" + TIME_REPLY[4:]),
                ("no result", "buffered", header + b"\0\0\0\1\0"),
                ("result of another type", "buffered",
                 header + bytes.fromhex("00000001 0a0000") + bytes(8) + b"\0"),
                ("invalid UTF-8", "buffered",
                 TIME_REPLY.replace(b"ok", b"\xff~")),
                ("huge string", "buffered",
                 header + bytes.fromhex("00000001 0b0000 7fffffff")),
                ("huge method name", "buffered",
                 bytes.fromhex("80010002 7fffffff")),
        ):
            with self.subTest(name, transport=transport), \
                    FakeServer(reply_bytes(data)) as server, \
                    time_client.connect(server.endpoint, timeout=5,
                                        transport=transport) as client:
                with self.assertRaises(ProtocolMismatch) as caught:
                    client.get_time()
                assert_says(self, caught.exception, "get_time",
                            server.endpoint)
                self.assertIsNotNone(caught.exception.__cause__)
                self.assertEqual(server.connections, 1)  # not retried

    def test_an_incomplete_reply_is_not_made_up(self):
        empty = (bytes.fromhex("80010002 0000000a") + b"get_status"
                 + bytes.fromhex("00000001 0c0000 00 00"))
        with FakeServer(reply_bytes(empty)) as server, \
                time_client.connect(server.endpoint) as client:
            with self.assertRaises(ProtocolMismatch) as caught:
                client.get_status()
            assert_says(self, caught.exception, "get_status", server.endpoint,
                        "missing")


class ServerErrorTest(unittest.TestCase):
    def test_an_unknown_method_is_an_error_and_the_connection_stays(self):
        old = serve(FakeClock(), service=only_get_time())
        with FakeServer(old) as server, \
                time_client.connect(server.endpoint) as client:
            with self.assertRaises(ServerError) as caught:
                client.exchange()
            self.assertEqual(caught.exception.code, 1)
            self.assertEqual(caught.exception.method, "exchange")
            self.assertEqual(caught.exception.endpoint, server.endpoint)
            assert_says(self, caught.exception, "exchange", server.endpoint,
                        "UNKNOWN_METHOD", "older than this client")
            self.assertEqual(len(client.get_time()), 24)
            self.assertEqual(server.connections, 1)

    def test_the_text_of_the_server_cannot_break_the_line(self):
        refusal = (bytes.fromhex("80010003 00000008") + b"get_time"
                   + bytes.fromhex("00000001 0b0001 00000009")
                   + b"two\n\x1b[2J!" + bytes.fromhex("080002 00000006 00"))
        with FakeServer(reply_bytes(refusal)) as server, \
                time_client.connect(server.endpoint) as client:
            with self.assertRaises(ServerError) as caught:
                client.get_time()
        self.assertEqual(caught.exception.code, 6)
        assert_says(self, caught.exception, "two ?[2J!", "INTERNAL_ERROR")
