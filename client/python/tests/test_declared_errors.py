"""Exceptions that an IDL declares, of a type that the client does not know: it
is given another service, through the same binding. For those of TimeService see
test_calls."""

import unittest
from unittest import mock

import time_client
from time_client import (DeclaredError, ProtocolMismatch, ServerError,
                         TimeClientError, _binding)
from time_client._formats import TRANSPORTS, usable_protocols

from .fake_server import (FakeServer, assert_says, reply_bytes, serve)

REFUSALS = _binding.load_idl("""
exception Refused { 1: string message, 2: i32 code }
exception Late { 1: i64 late_ns }

service Refusals {
  string ask(1: i32 code) throws (1: Refused refused, 2: Late late),
  void tell(1: i32 code) throws (1: Refused refused)
}
""", "refusals")


class Refuser:
    """Refuses what is not 0, and fails at what is not of the IDL."""

    def __init__(self):
        self.calls = 0

    def ask(self, code):
        self.calls += 1
        if code > 1:
            raise REFUSALS.Late(late_ns=code)
        self.tell(code)
        return "yes"

    def tell(self, code):
        if code:
            raise REFUSALS.Refused(message="not\ntoday", code=code)


class DeclaredErrorTest(unittest.TestCase):
    def setUp(self):
        patch = mock.patch.object(_binding, "service", REFUSALS.Refusals)
        patch.start()
        self.addCleanup(patch.stop)

    @staticmethod
    def call(client, method, code):
        return client._call(method, lambda: {"code": code})

    def test_they_are_raised_once_and_the_connection_stays(self):
        for protocol in usable_protocols():
            for transport in TRANSPORTS:
                with self.subTest(f"{protocol}/{transport}"):
                    self.check(protocol, transport)

    def check(self, protocol, transport):
        refuser = Refuser()
        with FakeServer(serve(refuser, protocol, transport,
                              service=REFUSALS.Refusals)) as server, \
                time_client.connect(server.endpoint, protocol=protocol,
                                    transport=transport) as client:
            with self.assertRaises(DeclaredError) as caught:
                self.call(client, "ask", 1)
            self.assertEqual(refuser.calls, 1)
            error = caught.exception
            self.assertIsInstance(error, TimeClientError)
            self.assertNotIsInstance(error, ServerError)
            self.assertIsInstance(error.exception, REFUSALS.Refused)
            self.assertEqual(error.exception.code, 1)
            self.assertEqual(error.exception.message, "not\ntoday")
            self.assertIs(error.__cause__, error.exception)
            self.assertEqual((error.method, error.endpoint),
                             ("ask", server.endpoint))
            assert_says(self, error, "ask", server.endpoint, "Refused", "not")
            with self.assertRaises(DeclaredError) as caught:
                self.call(client, "ask", 7)
            self.assertEqual(caught.exception.exception.late_ns, 7)
            with self.assertRaises(DeclaredError):
                self.call(client, "tell", 1)
            self.assertEqual(self.call(client, "ask", 0), "yes")
            self.assertIsNone(self.call(client, "tell", 0))
            self.assertEqual(server.connections, 1)

    def test_neither_result_nor_exception_is_a_mismatch(self):
        nothing = bytes.fromhex("80010002 00000003") + b"ask" + \
            bytes.fromhex("00000001 00")
        with FakeServer(reply_bytes(nothing)) as server, \
                time_client.connect(server.endpoint) as client:
            with self.assertRaises(ProtocolMismatch) as caught:
                self.call(client, "ask", 0)
            assert_says(self, caught.exception, "holds no result")
