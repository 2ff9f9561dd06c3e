"""How the server ends: what a signal leaves of connections, calls, sockets, and
which exit code tells what happened."""

import contextlib
import os
import signal

from raw_client import REPLY_BYTES, RawClient, frame, get_time_request
from system_test import MODES, MODES_AND_TRANSPORTS, SystemTest, main

SIGNALS = (signal.SIGTERM, signal.SIGINT)
# So that nothing but the signal ends a connection.
LONG = ["--write-timeout", "0", "--idle-timeout", "0",
        "--message-timeout", "0"]


def state_of(server):
    """As in "T": stopped."""
    with open(f"/proc/{server.pid}/stat", encoding="ascii") as file:
        return file.read().rpartition(")")[2].split()[0]


def request(framed):
    return (frame if framed else bytes)(get_time_request())


class DrainTest(SystemTest):
    def start(self, mode):
        server = self.server()
        server.start(["--mode", mode, "--listen", "127.0.0.1:0", "--listen",
                      f"unix:{server.directory}/s", "--drain-timeout", "1h",
                      *LONG])
        return server

    def test_open_connections_do_not_keep_it(self):
        for mode, transport in MODES_AND_TRANSPORTS:
            for number in SIGNALS:
                with self.subTest(f"{mode} {transport} {number.name}"), \
                        contextlib.ExitStack() as stack:
                    self.check_idle(stack, self.start(mode), number,
                                    framed=transport == "framed")

    def check_idle(self, stack, server, number, *, framed):
        clients = [stack.enter_context(RawClient(endpoint))
                   for endpoint in server.endpoints for _ in range(5)]
        for client in clients[::2]:  # the others never speak
            client.get_time(framed=framed)
        server.signal(number)
        self.assertEqual(server.wait(), 0, server.stderr())
        for client in clients:
            self.assertEqual(client.receive_all(), b"")
        for endpoint in server.endpoints:
            with self.assertRaises((ConnectionRefusedError,
                                    FileNotFoundError)):
                RawClient(endpoint)
        self.assertFalse(os.path.exists(f"{server.directory}/s"))
        lines = [line.partition(" ")[2]
                 for line in server.stderr().splitlines()]
        self.assertEqual(lines, [
            f"info: signal {number:d}: draining, at most 3600000 ms",
            "info: drained: every call was answered"])

    def test_half_a_message_does_not_keep_it_and_is_nobodys_fault(self):
        for mode, transport in MODES_AND_TRANSPORTS:
            framed = transport == "framed"
            with self.subTest(f"{mode} {transport}"):
                server = self.start(mode)
                with RawClient(server.endpoints[0]) as client:
                    client.get_time(framed=framed)
                    client.send(request(framed)[:10])
                    self.assertEqual(server.stop(), 0, server.stderr())
                    self.assertEqual(client.receive_all(), b"")
                self.assertNotIn("the client left", server.stderr())

    def test_it_can_be_started_anew_at_once(self):
        for mode in MODES:
            with self.subTest(mode):
                server = self.start(mode)
                listen = [f"--listen={one}" for one in server.endpoints]
                with RawClient(server.endpoints[0]) as client:
                    client.get_time(framed=True)
                    self.assertEqual(server.stop(), 0)
                    server.start(["--mode", mode, *listen])
                self.assert_good_client(server)
                self.assertEqual(server.stop(), 0)

    def test_calls_that_have_arrived_are_answered(self):
        # The server stands still while the calls and then the signal arrive.
        for mode, transport in MODES_AND_TRANSPORTS:
            framed = transport == "framed"
            with self.subTest(f"{mode} {transport}"), \
                    contextlib.ExitStack() as stack:
                server = self.start(mode)
                clients = [stack.enter_context(RawClient(endpoint))
                           for endpoint in server.endpoints for _ in range(4)]
                for client in clients:
                    client.get_time(framed=framed)
                server.signal(signal.SIGSTOP)
                self.eventually(lambda: state_of(server) == "T")
                for client in clients:
                    client.send(request(framed) * 3)
                server.signal(signal.SIGTERM)
                server.signal(signal.SIGCONT)
                for client in clients:
                    for _ in range(3):
                        client.read_time(framed=framed)
                    self.assertEqual(client.receive_all(), b"")
                self.assertEqual(server.wait(), 0, server.stderr())

    def test_a_client_that_reads_late_gets_whole_replies(self):
        # It has sent more than the server has read when the signal comes: what
        # is on its way then must not reset the connection and take the replies
        # back that are on theirs.
        for mode, transport in MODES_AND_TRANSPORTS:
            framed = transport == "framed"
            with self.subTest(f"{mode} {transport}"):
                server = self.start(mode)
                with RawClient(server.endpoints[0]) as client:
                    calls = client.send_without_reading(request(framed))
                    server.signal(signal.SIGTERM)
                    server.wait_for_log("draining")
                    got = client.receive_all()
                replies, rest = divmod(len(got), REPLY_BYTES
                                       + (4 if framed else 0))
                self.assertEqual(rest, 0)
                self.assertGreater(replies, 1000)
                self.assertLessEqual(replies, calls)
                self.assertEqual(server.wait(), 0, server.stderr())


class CutTest(SystemTest):
    """A call cannot be finished: its client takes no reply."""

    def start(self, mode, drain_timeout):
        server = self.server()
        server.start(["--mode", mode, "--listen", "127.0.0.1:0", *LONG,
                      "--drain-timeout", drain_timeout])
        client = RawClient(server.endpoints[0])
        self.addCleanup(client.close)
        client.send_without_reading(request(framed=True))
        return server

    def test_what_is_not_finished_in_time_is_cut(self):
        for mode in MODES:
            with self.subTest(mode):
                server = self.start(mode, "200ms")
                server.signal(signal.SIGTERM)
                self.assertEqual(server.wait(), 3, server.stderr())
                server.wait_for_log("error: 1 calls were still running after "
                                    "200 ms and are cut")
                self.assertNotIn("drained", server.stderr())

    def test_a_signal_that_comes_twice_at_once_is_one(self):
        # As from a wrapper that signals its child and then the group of both.
        for _ in range(5):
            server = self.server()
            server.start(["--listen", "127.0.0.1:0"])
            server.signal(signal.SIGTERM)
            server.signal(signal.SIGTERM)
            self.assertEqual(server.wait(), 0, server.stderr())

    def test_a_second_signal_ends_it_at_once(self):
        for number, mode in enumerate(MODES):
            first, second = SIGNALS if number % 2 else SIGNALS[::-1]
            with self.subTest(f"{mode} {second.name}"):
                server = self.start(mode, "1h")
                server.signal(first)
                server.wait_for_log("draining")
                server.signal(second)
                self.assertEqual(server.wait(), 128 + second, server.stderr())
                server.wait_for_log(f"warning: signal {second:d} again")


if __name__ == "__main__":
    main()
