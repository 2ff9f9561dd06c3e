"""--protocol auto and --transport auto."""

import socket
import unittest
from types import SimpleNamespace
from unittest import mock

from time_client._formats import usable_protocols

from .command_line import THE_TIME, run
from .fake_server import (FakeClock, FakeServer, hang_up, refusing_endpoint,
                          reply_bytes, serve, silent)

# A refusal as the server's: TApplicationException 7, in framed binary.
PROTOCOL_ERROR = bytes.fromhex("0000001c 80010003 00000008") + b"get_time" + \
    bytes.fromhex("00000001 080002 00000007 00")


class AutoTest(unittest.TestCase):
    def dialects(self, server, *arguments, **variables):
        return run("--endpoint", server.endpoint, *arguments, "get_time",
                   **variables)

    def test_framed_binary_is_tried_first(self):
        with FakeServer(serve(FakeClock(), transport="framed")) as server:
            self.assertEqual(self.dialects(server, "--protocol=auto",
                                           "--transport=auto"), THE_TIME)
            self.assertEqual(server.connections, 2)  # to find out, and to call

    def test_each_dialect_is_found_after_refusals_of_each_kind(self):
        refusals = (reply_bytes(PROTOCOL_ERROR), hang_up,
                    reply_bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
        order = [(protocol, transport) for protocol in usable_protocols()
                 for transport in ("framed", "buffered")]
        for refused, (protocol, transport) in enumerate(order):
            for refusal in refusals:
                with self.subTest(f"{protocol}/{transport}"), FakeServer(
                        *[refusal] * refused,
                        serve(FakeClock(), protocol, transport)) as server:
                    self.assertEqual(self.dialects(
                        server, "--protocol=auto", "--transport=auto",
                        "--retries=0"), THE_TIME)
                    self.assertEqual(server.connections, refused + 2)

    def test_either_alone_may_be_auto(self):
        with FakeServer(hang_up, serve(FakeClock())) as server:
            self.assertEqual(self.dialects(server, "--transport=auto",
                                           "--retries=0"), THE_TIME)
            self.assertEqual(server.connections, 3)
        with FakeServer(serve(FakeClock())) as server:
            self.assertEqual(self.dialects(server, "--protocol=auto"),
                             THE_TIME)
            self.assertEqual(server.connections, 2)

    def test_all_refused_is_one_line_and_code_1(self):
        tried = 2 * len(usable_protocols())
        for refusal, searches in ((hang_up, 3),
                                  (reply_bytes(b"HTTP/1.1 400 Bad\r\n"), 1)):
            with FakeServer(refusal) as server:
                code, out, err = self.dialects(
                    server, "--protocol=auto", "--transport=auto")
                self.assertEqual((code, out), (1, ""))
                self.assertRegex(err, r"\Atime_client: .*every dialect was "
                                      r"refused \(framed binary, .*\n\Z")
                self.assertEqual(server.connections, tried * searches)

    def test_a_timeout_ends_the_search(self):
        with FakeServer(silent) as server:
            code, _, err = self.dialects(server, "--transport=auto",
                                         "--timeout=0.2")
            self.assertEqual((code, server.connections), (4, 1))
            self.assertIn("timed out", err)

    def test_a_refused_connection_ends_the_search_after_the_retries(self):
        with socket.socket() as unused, mock.patch("time.sleep") as sleep:
            refused = refusing_endpoint(unused)
            code, _, err = run("--endpoint", refused, "--transport=auto",
                               "--retries=3", "get_time")
        self.assertEqual((code, sleep.call_count), (3, 3))
        self.assertIn("nothing listens", err)

    def test_an_answer_that_is_no_refusal_ends_the_search(self):
        nothing = SimpleNamespace(thrift_services=[])
        with FakeServer(serve(FakeClock(), transport="framed",
                              service=nothing)) as server:
            code, _, err = self.dialects(server, "--transport=auto")
            self.assertEqual((code, server.connections), (1, 1))
            self.assertIn("UNKNOWN_METHOD", err)

    def test_the_next_endpoint_is_searched(self):
        with FakeServer(hang_up) as refuses, \
                FakeServer(serve(FakeClock(), transport="framed")) as server:
            self.assertEqual(
                run("--endpoint", refuses.endpoint, "--endpoint",
                    server.endpoint, "--transport=auto", "--retries=0",
                    "get_time"), THE_TIME)
            # The call itself goes to the server that had answered.
            self.assertEqual((refuses.connections, server.connections),
                             (2, 2))
