"""The raw limit, which servers are held against, answers like one.

Environment: TIME_BENCH.
"""

import select
import socket
import subprocess
import threading
import unittest

from fake_bench_server import REQUEST, reply
from time_bench import TIME_BENCH


class RawLimit(unittest.TestCase):
    def setUp(self):
        limit = subprocess.Popen([TIME_BENCH, "raw-limit"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.addCleanup(limit.stdout.close)
        self.addCleanup(limit.wait)
        self.addCleanup(limit.kill)
        self.port = int(limit.stdout.readline().rpartition(":")[2])

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), 30)
        self.addCleanup(connection.close)
        return connection

    def receive(self, connection, size):
        got = bytearray()
        while len(got) < size:
            part = connection.recv(1 << 20)
            self.assertTrue(part, "it closed")
            got += part
        return bytes(got)

    def test_a_request_in_pieces_is_answered_with_its_last_byte(self):
        connection = self.connect()
        for byte in REQUEST[:-1]:
            connection.sendall(bytes([byte]))
        self.assertFalse(select.select([connection], [], [], 0)[0])
        connection.sendall(REQUEST[-1:] + REQUEST + REQUEST[:5])
        one = reply(b"Thu Jan  1 00:00:00 1970")
        self.assertEqual(self.receive(connection, 2 * len(one)), 2 * one)
        connection.sendall(REQUEST[5:])
        self.assertEqual(self.receive(connection, len(one)), one)

    def test_a_client_that_takes_no_replies_for_long_gets_every_one(self):
        connection, other = self.connect(), self.connect()
        calls = 200_000  # whose replies no socket holds
        sending = threading.Thread(target=connection.sendall, args=(REQUEST * calls,))
        sending.start()
        one = reply(b"Thu Jan  1 00:00:00 1970")
        other.sendall(REQUEST)
        self.assertEqual(self.receive(other, len(one)), one)
        self.assertEqual(self.receive(connection, calls * len(one)), calls * one)
        sending.join()


if __name__ == "__main__":
    unittest.main()
