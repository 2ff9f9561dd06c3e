"""The server tells the service manager of each step, and keeps to --drain-delay.

Environment: as in test/system/system_test.py.
"""

import signal
import time

import socket_manager
from raw_client import RawClient
from system_test import MODES, SystemTest, main


class Notify(SystemTest):
    def start(self, *args, **env):
        """A server, and where it tells."""
        server = self.server()
        notify = socket_manager.NotifySocket(server.directory)
        self.addCleanup(notify.close)
        server.start(["--listen", "127.0.0.1:0", *args], {"NOTIFY_SOCKET": notify.path, **env})
        return server, notify

    def test_in_every_mode_it_tells_that_it_is_ready_and_where_and_that_it_stops(self):
        for mode in MODES:
            with self.subTest(mode):
                server, notify = self.start("--mode", mode)
                ready = notify.next_with("READY")
                self.assertEqual(ready["READY"], "1")
                self.assertEqual(f"ready: {ready['STATUS']}", server.ready_line)
                self.assertEqual(server.stop(), 0)
                stopping = notify.next_with("STOPPING")
                self.assertEqual((stopping["STOPPING"], stopping["STATUS"]), ("1", "draining"))

    def test_what_it_asks_for_to_stop_is_longer_than_its_drain(self):
        server, notify = self.start("--drain-timeout", "100s", "--drain-delay", "1h")
        server.signal(signal.SIGTERM)
        self.assertGreater(int(notify.next_with("STOPPING")["EXTEND_TIMEOUT_USEC"]), 3_700_000_000)
        server.signal(signal.SIGINT)
        self.assertEqual(server.wait(), 128 + signal.SIGINT)

    def test_a_hangup_reloads_is_told_and_ends_nothing(self):
        server, notify = self.start()
        with RawClient(server.endpoints[0]) as client:
            for _ in range(3):
                client.get_time(framed=True)
                before_us = time.monotonic_ns() // 1000
                server.signal(signal.SIGHUP)
                reloading = notify.next_with("RELOADING")
                self.assertGreaterEqual(int(reloading["MONOTONIC_USEC"]), before_us)
                self.assertIn("listening on", notify.next_with("READY")["STATUS"])
                client.get_time(framed=True)
        self.assertEqual(server.stop(), 0, server.stderr())

    def test_a_watchdog_is_fed(self):
        server, notify = self.start(WATCHDOG_USEC="200000")
        for _ in range(5):
            self.assertEqual(notify.next_with("WATCHDOG"), {"WATCHDOG": "1"})
        self.assertEqual(server.stop(), 0, server.stderr())

    def test_without_a_watchdog_nothing_is_fed(self):
        server, notify = self.start(WATCHDOG_USEC="200000", WATCHDOG_PID="1")
        self.assertEqual(server.stop(), 0, server.stderr())
        notify.next_with("STOPPING")
        self.assertFalse([message for message in notify.messages if "WATCHDOG" in message])

    def test_a_manager_that_has_gone_away_harms_nothing(self):
        server = self.serve("--mode", "threaded", env={"NOTIFY_SOCKET": "/nowhere/at/all", "WATCHDOG_USEC": "2000"})
        self.assert_good_client(server)


class DrainDelay(SystemTest):
    def test_in_every_mode_new_connections_are_served_until_it_is_over(self):
        for mode in MODES:
            with self.subTest(mode):
                server = self.serve("--mode", mode, "--drain-delay", "1h")
                server.signal(signal.SIGTERM)
                server.wait_for_log(r"draining; serves on for 3600000 ms, then at most 10000 ms")
                self.assert_good_client(server)
                server.signal(signal.SIGHUP)  # no second wish to stop
                server.wait_for_log("draining, nothing is read anew")
                self.assert_good_client(server)
                server.signal(signal.SIGTERM)
                self.assertEqual(server.wait(), 128 + signal.SIGTERM, server.stderr())

    def test_after_it_the_server_drains_and_ends(self):
        server = self.serve("--drain-delay", "200ms")
        began = time.monotonic()
        self.assertEqual(server.stop(), 0, server.stderr())
        self.assertGreaterEqual(time.monotonic() - began, 0.2)

    def test_without_it_nothing_is_waited_for(self):
        server = self.serve()
        server.signal(signal.SIGTERM)
        self.assertNotIn("serves on", server.wait_for_log("draining"))
        self.assertEqual(server.wait(), 0, server.stderr())


if __name__ == "__main__":
    main()
