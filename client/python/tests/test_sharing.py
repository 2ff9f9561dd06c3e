"""One client in several threads and processes."""

import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import time_client
from time_client import CallTimeout

from .fake_server import PATIENCE_S, FakeClock, FakeServer, serve


class SharingTest(unittest.TestCase):
    def test_each_thread_gets_the_replies_to_its_own_calls(self):
        # The fake clock answers T2 = T3 = T1, which ties offset to delay only
        # if the reply is to this very call.
        with FakeServer(serve(FakeClock())) as server, \
                time_client.connect(server.endpoint) as client, \
                ThreadPoolExecutor(8) as pool:
            results = list(pool.map(lambda _: client.exchange(1),
                                    range(400)))
            self.assertEqual(server.connections, 1)
        for result in results:
            self.assertEqual(result.offset_ns, -result.delay_ns // 2)

    def test_waiting_for_another_thread_counts_as_time(self):
        entered, release = threading.Event(), threading.Event()

        class SlowClock(FakeClock):
            def get_time(self):
                entered.set()
                release.wait(PATIENCE_S)
                return self.time

        with FakeServer(serve(SlowClock())) as server, \
                time_client.connect(server.endpoint,
                                    timeout=PATIENCE_S) as client, \
                ThreadPoolExecutor(1) as pool:
            slow = pool.submit(client.get_time)
            self.assertTrue(entered.wait(PATIENCE_S))
            client._caller._timeout_s = 0.1
            with self.assertRaisesRegex(CallTimeout, "client per thread"):
                client.get_time()
            release.set()
            self.assertEqual(len(slow.result(PATIENCE_S)), 24)

    def test_a_forked_child_makes_a_connection_of_its_own(self):
        with FakeServer(serve(FakeClock("parent's")),
                        serve(FakeClock("child's"))) as server, \
                time_client.connect(server.endpoint) as client:
            self.assertEqual(client.get_time(), "parent's")
            with mock.patch("os.getpid", return_value=-1):
                self.assertEqual(client.get_time(), "child's")
            self.assertEqual(server.connections, 2)
