"""Each Python peer starts, answers its own client and stops; and no client takes a wrong
reply for a right one."""

import os
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from counting_forwarder import CountingForwarder  # noqa: E402
from peer_process import PATIENCE_S, ROOT, PeerCase, PeerProcess, call  # noqa: E402
from python_peer_table import PEERS, need  # noqa: E402
from lying_server import LIES  # noqa: E402
from system_test import DEFAULT_MODE, MODES_AND_TRANSPORTS, SystemTest, main  # noqa: E402

LYING_SERVER = os.path.join(ROOT, "test", "peers", "lying_server.py")
CALLS = {
    "get_time": (),
    "echo": ("--bytes", "300"),
    "prices": ("--count", "3000"),
    "wait": ("--milliseconds", "2"),
}
SIMPLE = next(peer for peer in PEERS if peer.name == "rpyc")


class PeerTest(PeerCase):
    def serve(self, peer, *flags):
        """Ends with the test."""
        need(peer)
        return self.start_server(peer.server_command(), *flags)

    def serve_lies(self, peer, lie):
        need(peer)
        command = peer.server_command()
        return self.start_server([command[0], LYING_SERVER, lie, *command[1:]])


class EachPeer(PeerTest):
    """A test of each peer is made below."""

    def answers_all_calls(self, peer):
        server = self.serve(peer, "--threads", "8")
        for name, flags in CALLS.items():
            with self.subTest(name):
                client = peer.client_command()
                self.assert_right(call(client, server.port, "--call", name, *flags, "--calls", "5"), 5, 1)
                with CountingForwarder(server.port) as forwarder:
                    self.assert_right(call(client, forwarder.port, "--call", name, *flags, "--calls", "21",
                                           "--concurrency", "4"), 21, 4)
                self.assertEqual(forwarder.connections, 4)
        with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S):  # which it does not wait for
            self.assertEqual(server.stop(), 0, server.stderr())

    def has_calls_under_way_on_one_connection(self, peer):
        server = self.serve(peer)
        for name in ("get_time", "wait"):
            with CountingForwarder(server.port) as forwarder:
                answer = call(peer.client_command(), forwarder.port, "--call", name, *CALLS[name], "--calls", "21",
                              "--concurrency", "4", "--one-connection")
            if peer.one_connection:
                self.assert_right(answer, 21, 1)
                self.assertEqual(forwarder.connections, 1)
            else:
                self.assertEqual(answer.code, 3, answer)
                self.assertRegex(answer.output, r"\Aunsupported: [^\n]+\n\Z")

    def ends_with_calls_under_way(self, peer):
        server = self.serve(peer)
        with CountingForwarder(server.port) as forwarder:
            client = PeerProcess([*peer.client_command(), "--port", str(forwarder.port), "--call", "wait",
                                  "--milliseconds", "20", "--concurrency", "4", "--seconds", "600"])
            self.addCleanup(client.__exit__, None, None, None)
            client.spawn()
            forwarder.wait_for(4)
            self.assertEqual(server.stop(), 0, server.stderr())
            self.assertEqual(client.wait(), 1, client.stderr())
        self.assertRegex(client.stderr(), r"(?m)^error: \w+")

    def notices_a_wrong_reply(self, peer):
        server = self.serve_lies(peer, "flipped of echo")
        client = (*peer.client_command(), "--call", "echo", "--calls", "8")
        self.assert_wrong(call(client, server.port))
        if peer.one_connection:
            self.assert_wrong(call(client, server.port, "--concurrency", "4", "--one-connection"))

    def notices_an_error(self, peer):
        server = self.serve_lies(peer, "error of wait")
        answer = call(peer.client_command(), server.port, "--call", "wait", "--calls", "8")
        self.assertEqual((answer.code, answer["calls"], answer["errors"]), (1, 0, 1), answer)
        self.assertRegex(answer.error, r"(?m)^error: \w+")


def _add_tests():
    for peer in PEERS:
        for check in ("answers_all_calls", "has_calls_under_way_on_one_connection",
                      "ends_with_calls_under_way", "notices_a_wrong_reply", "notices_an_error"):
            def test(self, peer=peer, check=check):
                getattr(self, check)(peer)
            name = "".join(letter if letter.isalnum() else "_" for letter in peer.name)
            setattr(EachPeer, f"test_{name}_{check}", test)


_add_tests()


class EachLie(PeerTest):
    def test_every_lie_is_noticed(self):
        for name, lies in LIES.items():
            for lie in lies:
                with self.subTest(f"{lie} of {name}"):
                    server = self.serve_lies(SIMPLE, f"{lie} of {name}")
                    self.assert_wrong(call(SIMPLE.client_command(), server.port, "--call", name, *CALLS[name],
                                           "--calls", "2"))

    def test_a_wrong_reply_in_the_warm_up_spoils_the_run(self):
        server = self.serve_lies(SIMPLE, "other of wait")
        answer = call(SIMPLE.client_command(), server.port, "--call", "wait", "--warm-up", "0.3", "--calls", "1")
        self.assert_wrong(answer)
        self.assertGreater(answer["wrong"], 1)


class EachClient(PeerTest):
    def test_a_client_without_a_server_counts_an_error(self):
        need(SIMPLE)
        answer = call(SIMPLE.client_command(), 1)
        self.assertEqual((answer.code, answer["calls"], answer["errors"], answer["p50_us"]), (1, 0, 1, None))

    def test_a_server_that_dies_under_a_call_is_an_error(self):
        server = self.serve_lies(SIMPLE, "death of wait")
        answer = call(SIMPLE.client_command(), server.port, "--call", "wait")
        self.assertEqual((answer.code, answer["calls"], answer["errors"], answer["connections"]), (1, 0, 1, 1))
        self.assertEqual(server.wait(), 9)

    def test_a_run_ends_after_its_seconds(self):
        server = self.serve(SIMPLE)
        for flags in ((), ("--concurrency", "4", "--one-connection")):
            answer = call(SIMPLE.client_command(), server.port, "--seconds", "0.1", *flags)
            self.assertEqual(answer.code, 0, answer)
            self.assertGreater(answer["calls"], 0)

    def test_a_command_line_that_makes_no_sense_is_refused(self):
        need(SIMPLE)
        for flags in (("--call", "sing"), ("--concurrency", "0"), ("--calls", "-1"),
                      ("--seconds", "1", "--calls", "1")):
            with self.subTest(flags):
                self.assertEqual(call(SIMPLE.client_command(), 1, *flags).code, 2)

    def test_a_peer_whose_code_was_not_generated_says_what_to_run(self):
        for peer in (peer for peer in PEERS if peer.generated):
            need(peer)
            with tempfile.TemporaryDirectory() as folder:
                done = subprocess.run(peer.server_command(), env={**os.environ, "PEERS_GENERATED": folder},
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      text=True, timeout=PATIENCE_S)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertRegex(done.stderr, r"\A[^\n]* run [^\n]*generate\.py [^\n]+\n\Z")


class ThriftClientsAndTheHost(SystemTest):
    """The clients that measure this project's own host."""

    CLIENTS = [peer for peer in PEERS if peer.client[0] in ("apache_client.py", "thriftpy_client.py")
               and "--framed" not in peer.client]

    def check(self, peer, mode, transport, *flags):
        with self.subTest(f"{mode} {transport} {peer.name} {flags}"):
            need(peer)
            port = self.serve("--mode", mode, "--transport", transport).port
            client = [*peer.client_command(), *(["--framed"] if transport == "framed" else [])]
            answer = call(client, port, "--calls", "40", *flags)
            self.assertEqual((answer.code, answer["calls"], answer["wrong"]), (0, 40, 0), answer)

    def test_one_of_them_calls_every_mode_over_each_of_its_transports(self):
        for mode, transport in MODES_AND_TRANSPORTS:
            self.check(self.CLIENTS[0], mode, transport)

    def test_each_of_them_calls_it_over_each_transport(self):
        for peer in self.CLIENTS[1:]:
            for transport in ("buffered", "framed"):
                self.check(peer, DEFAULT_MODE, transport)

    def test_those_that_can_have_many_calls_under_way_on_one_connection(self):
        for peer in (peer for peer in self.CLIENTS if peer.one_connection):
            for transport in ("buffered", "framed"):
                self.check(peer, DEFAULT_MODE, transport, "--concurrency", "8", "--one-connection")


if __name__ == "__main__":
    main()
