"""The first clients of this service, as they were published: two small programs
that know one method. They run as they stand, but for the port. Then the same
call byte by byte, so that no library's change can hide one of ours."""

import functools
import sys
import time

from published_clients import PublishedPrograms, with_apache, with_thriftpy
from raw_client import (CTIME_BYTES, EXCEPTION, RawClient, frame,
                        get_time_request, message)
from system_test import (MODES, MODES_AND_TRANSPORTS, PATIENCE_S, TIME_ZONE,
                         SystemTest, local_times_since, main, need_apache,
                         need_thriftpy)

BUFFERED_MODES = [mode for mode, transports in MODES.items()
                  if "buffered" in transports]


class PublishedProgramsTest(SystemTest):
    def setUp(self):
        self.programs = PublishedPrograms()
        self.addCleanup(self.programs.cleanup)

    def check(self, python, program, printed):
        for mode in BUFFERED_MODES:
            server = self.serve("--mode", mode, listen="localhost:0",
                                env={"TZ": TIME_ZONE})
            with self.subTest(mode):
                before_s = time.time()
                client = self.programs.start(python, program(server.port))
                out, err = client.communicate(timeout=PATIENCE_S)
                self.assertEqual((client.returncode, err), (0, ""))
                self.assertIn(out, [printed.format(text) for text
                                    in local_times_since(before_s)])

    def test_the_program_with_apaches_library(self):
        need_apache("the published program with Apache Thrift")
        self.programs.generate()
        self.check(sys.executable, with_apache, "Client Received {}\n")

    def test_the_program_with_thriftpy(self):
        self.check(need_thriftpy("thriftpy"),
                   functools.partial(with_thriftpy, "thriftpy"), "{}\n")

    def test_the_program_with_thriftpy2_in_its_place(self):
        self.check(need_thriftpy("thriftpy2"),
                   functools.partial(with_thriftpy, "thriftpy2"), "{}\n")


class BytesTest(SystemTest):
    REQUEST = bytes.fromhex("80010001 00000008 6765745f74696d65 00000001 00")
    REPLY_HEAD = bytes.fromhex("80010002 00000008 6765745f74696d65 00000001"
                               "0b 0000 00000018")  # field 0, 24 bytes
    REQUEST_FRAME = bytes.fromhex("00000015")
    REPLY_FRAME = bytes.fromhex("00000034")

    def in_each_mode(self, check):
        """check(connection, framed) in each mode, over each of its
        transports."""
        for mode, transport in MODES_AND_TRANSPORTS:
            server = self.serve("--mode", mode, env={"TZ": TIME_ZONE})
            with self.subTest(f"{mode} {transport}"), \
                    RawClient(server.endpoints[0]) as client:
                check(client, transport == "framed")

    def check_reply(self, client, framed, before_s):
        head = (self.REPLY_FRAME if framed else b"") + self.REPLY_HEAD
        got = client.receive(len(head) + CTIME_BYTES + 1)
        self.assertEqual(got[:len(head)], head)
        self.assertEqual(got[-1:], b"\0")
        self.assertIn(got[len(head):-1].decode(), local_times_since(before_s))

    def test_a_request_and_its_reply(self):
        def check(client, framed):
            before_s = time.time()
            client.send((self.REQUEST_FRAME if framed else b"") + self.REQUEST)
            self.check_reply(client, framed, before_s)
            self.assertFalse(client.readable(0))  # and nothing more
        self.in_each_mode(check)

    def test_a_request_that_comes_byte_by_byte(self):
        def check(client, framed):
            before_s = time.time()
            for byte in (self.REQUEST_FRAME if framed else b"") + self.REQUEST:
                self.assertFalse(client.readable(0.002))
                client.send(bytes([byte]))
            self.check_reply(client, framed, before_s)
        self.in_each_mode(check)

    def test_requests_sent_together_are_answered_in_their_order(self):
        seqids = (7, 0, -1, 2**31 - 1, -2**31, 7)
        def check(client, framed):
            requests = [get_time_request(seqid) for seqid in seqids]
            client.send(b"".join(frame(request) if framed else request
                                 for request in requests))
            for seqid in seqids:
                client.read_time(seqid, framed=framed)
        self.in_each_mode(check)

    def test_a_method_that_is_not_there(self):
        # Answered in kind, so that an old server refuses a new client's call.
        def check(client, framed):
            request = message("get_date", 5)
            client.send(frame(request) if framed else request)
            head = message("get_date", 5, kind=EXCEPTION)[:-1]
            got = client.receive((4 if framed else 0) + len(head))
            self.assertEqual(got[4 if framed else 0:], head)
            fields = client.receive(3 + 4)
            self.assertEqual(fields[:3], b"\x0b\0\1")  # field 1: its text
            text = client.receive(int.from_bytes(fields[3:], "big"))
            self.assertIn(b"get_date", text)
            # Field 2: an i32, UNKNOWN_METHOD; and the end.
            self.assertEqual(client.receive(8), b"\x08\0\2\0\0\0\1\0")
            client.get_time(framed=framed)
        self.in_each_mode(check)


if __name__ == "__main__":
    main()
