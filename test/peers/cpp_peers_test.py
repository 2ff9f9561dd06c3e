"""Each C++ peer starts, answers its own client and stops; and no client takes a wrong
reply for a right one.

Environment: as system_test.py and python_peer_table.py. PEERS_PROGRAMS, the folder of the
programs that bench/peers/cpp builds.
"""

import os
import socket
import sys
import unittest
from typing import NamedTuple, Tuple

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import python_peer_table  # noqa: E402
from counting_forwarder import CountingForwarder  # noqa: E402
from lying_server import LIES  # noqa: E402
from peer_process import PATIENCE_S, ROOT, PeerCase, PeerProcess, call  # noqa: E402
from system_test import MODES, main, skip  # noqa: E402

PROGRAMS = os.environ.get("PEERS_PROGRAMS", os.path.join(ROOT, "build", "release", "bench", "peers", "cpp"))
LYING_SERVER = os.path.join(ROOT, "test", "peers", "lying_server.py")
CALLS = {
    "get_time": (),
    "echo": ("--bytes", "300"),
    "prices": ("--count", "3000"),
    "wait": ("--milliseconds", "2"),
}


class CppPeer(NamedTuple):
    name: str
    server: Tuple[str, ...]  # a program of PROGRAMS, and its flags
    client: Tuple[str, ...]

    def server_command(self):
        return [program(self.server[0]), *self.server[1:]]

    def client_command(self):
        return [program(self.client[0]), *self.client[1:]]


def program(name):
    path = os.path.join(PROGRAMS, name)
    if not os.path.exists(path):
        skip(f"the peer {name}", f"there is no {path}: build the target timeservice_peers, and for gRPC's install "
             "libgrpc++-dev, libprotobuf-dev and protobuf-compiler-grpc before")
    return path


def thrift_client(framed):
    return ("thrift_client", "--framed") if framed else ("thrift_client",)


PEERS = (
    CppPeer("grpc callback", ("grpc_callback_server",), ("grpc_client",)),
    CppPeer("grpc sync", ("grpc_sync_server",), ("grpc_client",)),
    *(CppPeer(f"apache {name}", ("apache_server", "--server", name), thrift_client(name == "nonblocking"))
      for name in ("threaded", "threadpool", "nonblocking")),
    *(CppPeer(f"host {mode}", ("thrift_host_server", "--mode", mode), thrift_client("buffered" not in transports))
      for mode, transports in MODES.items()),
)
# One of each client, and the Python server that lies to it.
LIED_TO = (
    (("grpc_client",), "grpc"),
    (thrift_client(False), "Debian's apache threadpool"),
    (thrift_client(True), "Debian's apache nonblocking"),
)


class CppPeerTest(PeerCase):
    def serve(self, command, *flags):
        """Ends with the test."""
        return self.start_server(command, *flags)

    def serve_lies(self, name, lie):
        peer = python_peer(name)
        python, *server = peer.server_command()
        return self.serve([python, LYING_SERVER, lie, *server])

    def client(self, words):
        return [program(words[0]), *words[1:]]


def python_peer(name):
    peer = next(peer for peer in python_peer_table.PEERS if peer.name == name)
    python_peer_table.need(peer)
    return peer


class EachPeer(CppPeerTest):
    """A test of each peer is made below."""

    def answers_all_calls(self, peer):
        server = self.serve(peer.server_command(), "--threads", "8")
        client = peer.client_command()
        for name, flags in CALLS.items():
            with self.subTest(name):
                self.assert_right(call(client, server.port, "--call", name, *flags, "--calls", "5"), 5, 1)
                with CountingForwarder(server.port) as forwarder:
                    self.assert_right(call(client, forwarder.port, "--call", name, *flags, "--calls", "21",
                                           "--concurrency", "4"), 21, 4)
                self.assertEqual(forwarder.connections, 4)
        with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S):  # which it does not wait for
            self.assertEqual(server.stop(), 0, server.stderr())

    def has_calls_under_way_on_one_connection(self, peer):
        server = self.serve(peer.server_command())
        for name, flags in CALLS.items():
            with self.subTest(name), CountingForwarder(server.port) as forwarder:
                self.assert_right(call(peer.client_command(), forwarder.port, "--call", name, *flags,
                                       "--calls", "21", "--concurrency", "4", "--one-connection"), 21, 1)
                self.assertEqual(forwarder.connections, 1)

    def ends_with_calls_under_way(self, peer):
        for _ in range(5 if peer.name == "apache nonblocking" else 1):  # whose library leaves room for a race
            self.check_end(peer)

    def check_end(self, peer):
        server = self.serve(peer.server_command())
        with CountingForwarder(server.port) as forwarder:
            client = PeerProcess([*peer.client_command(), "--port", str(forwarder.port), "--call", "wait",
                                  "--milliseconds", "20", "--concurrency", "4", "--seconds", "600"])
            self.addCleanup(client.__exit__, None, None, None)
            client.spawn()
            forwarder.wait_for(4)
            self.assertEqual(server.stop(), 0, server.stderr())
            self.assertEqual(client.wait(), 1, client.stderr())
        self.assertRegex(client.stderr(), r"(?m)^error: \w+")

    def says_that_its_port_is_taken(self, peer):
        with socket.create_server(("127.0.0.1", 0), reuse_port=True) as taken:  # which gRPC would share
            server = PeerProcess([*peer.server_command(), "--port", str(taken.getsockname()[1])])
            self.addCleanup(server.__exit__, None, None, None)
            server.spawn()
            self.assertEqual(server.wait(), 1, server.stderr())
        self.assertEqual(server.stdout_lines, [])
        self.assertRegex(server.stderr(), rf"(?m)^{peer.server[0]}: .+")


def _add_tests():
    for peer in PEERS:
        for check in ("answers_all_calls", "has_calls_under_way_on_one_connection", "ends_with_calls_under_way",
                      "says_that_its_port_is_taken"):
            def test(self, peer=peer, check=check):
                getattr(self, check)(peer)
            setattr(EachPeer, f"test_{peer.name.replace(' ', '_')}_{check}", test)


_add_tests()


class EachClient(CppPeerTest):
    def test_every_lie_is_noticed(self):
        client = self.client(thrift_client(False))
        for name, lies in LIES.items():
            for lie in lies:
                with self.subTest(f"{lie} of {name}"):
                    server = self.serve_lies("Debian's apache threadpool", f"{lie} of {name}")
                    self.assert_wrong(call(client, server.port, "--call", name, *CALLS[name], "--calls", "2"))

    def test_each_notices_a_wrong_reply_however_it_calls(self):
        for words, liar in LIED_TO:
            for lie, name in (("half", "get_time"), ("flipped", "echo"), ("off", "prices"), ("other", "wait")):
                with self.subTest(f"{words} {name}"):
                    client = (*self.client(words), "--call", name, *CALLS[name], "--calls", "8")
                    server = self.serve_lies(liar, f"{lie} of {name}")
                    self.assert_wrong(call(client, server.port))
                    self.assert_wrong(call(client, server.port, "--concurrency", "4"))
                    self.assert_wrong(call(client, server.port, "--concurrency", "4", "--one-connection"))

    def test_a_wrong_reply_in_the_warm_up_spoils_the_run(self):
        server = self.serve_lies("Debian's apache threadpool", "other of wait")
        answer = call(self.client(("thrift_client",)), server.port, "--call", "wait", "--milliseconds", "2",
                      "--warm-up", "0.3", "--calls", "1")
        self.assert_wrong(answer)
        self.assertGreater(answer["wrong"], 1)

    def test_each_counts_an_error_of_the_handler(self):
        for words, liar in LIED_TO:
            for more in ((), ("--concurrency", "2"), ("--concurrency", "2", "--one-connection")):
                with self.subTest(f"{words} {more}"):
                    server = self.serve_lies(liar, "error of wait")
                    answer = call(self.client(words), server.port, "--call", "wait", "--calls", "8", *more)
                    self.assertEqual((answer.code, answer["calls"], answer["wrong"]), (1, 0, 0), answer)
                    self.assertGreater(answer["errors"], 0)
                    self.assertRegex(answer.error, r"(?m)^error: \w+")

    def test_an_error_in_the_warm_up_ends_the_run(self):
        for words, liar in LIED_TO:
            with self.subTest(words):
                server = self.serve_lies(liar, "error of wait")
                answer = call(self.client(words), server.port, "--call", "wait", "--warm-up", "0.3")
                self.assertEqual((answer.code, answer["calls"], answer["errors"]), (1, 0, 1), answer)

    def test_a_server_that_dies_under_a_call_is_an_error(self):
        for words, liar in LIED_TO:
            with self.subTest(words):
                server = self.serve_lies(liar, "death of wait")
                answer = call(self.client(words), server.port, "--call", "wait")
                self.assertEqual((answer.code, answer["calls"], answer["errors"], answer["connections"]),
                                 (1, 0, 1, 1), answer)
                self.assertEqual(server.wait(), 9)

    def test_each_without_a_server_counts_an_error(self):
        for words, _ in LIED_TO:
            with self.subTest(words):
                answer = call(self.client(words), 1)
                self.assertEqual((answer.code, answer["calls"], answer["errors"], answer["p50_us"],
                                  answer["connections"]), (1, 0, 1, None, 0), answer)

    def test_a_run_ends_after_its_seconds(self):
        for words, server in ((("grpc_client",), "grpc_callback_server"), (("thrift_client",), "apache_server")):
            port = self.serve([program(server)]).port
            for flags in ((), ("--concurrency", "4"), ("--concurrency", "4", "--one-connection")):
                with self.subTest(f"{words} {flags}"):
                    answer = call(self.client(words), port, "--seconds", "0.3", *flags)
                    self.assertEqual(answer.code, 0, answer)
                    self.assertGreater(answer["calls"], 0)
                    self.assertGreater(answer["client_cpu_seconds"], 0)

    def test_replies_that_come_when_the_time_is_over_are_checked_and_do_not_count(self):
        for words, server in ((("grpc_client",), "grpc_callback_server"), (("thrift_client",), "apache_server")):
            port = self.serve([program(server)]).port
            client = (*self.client(words), "--call", "wait", "--milliseconds", "600", "--seconds", "0.3")
            answer = call(client, port, "--concurrency", "3", "--one-connection")
            self.assertEqual((answer.code, answer["calls"], answer["errors"]), (1, 0, 0), answer)
            # Of one call at a time, the last counts: or nothing would tell a slow server from a dead one.
            answer = call(client, port)
            self.assertEqual((answer.code, answer["calls"]), (0, 1), answer)
            self.assertGreater(answer["p50_us"], 590e3)
            self.assertGreater(answer["seconds"], 0.59)
            self.assertLess(answer["client_cpu_seconds"], 0.5)

    def test_requests_that_could_not_be_written_without_a_reader_are_refused(self):
        answer = call(self.client(("thrift_client",)), 1, "--call", "echo", "--bytes", "100000", "--concurrency", "2",
                      "--one-connection")
        self.assertEqual(answer.code, 3, answer)
        self.assertRegex(answer.output, r"\Aunsupported: [^\n]+\n\Z")

    def test_a_command_line_that_makes_no_sense_is_refused(self):
        for words in (("grpc_client",), ("thrift_client",)):
            for flags in (("--call", "sing"), ("--concurrency", "0"), ("--calls", "-1"), ("--bytes", "0"),
                          ("--seconds", "1", "--calls", "1"), ("--seconds", "nan"), ("--loud",), ("word",)):
                with self.subTest(f"{words} {flags}"):
                    answer = call(self.client(words), 1, *flags)
                    self.assertEqual((answer.code, answer.output), (2, ""), answer)
                    self.assertRegex(answer.error, rf"\A{words[0]}: [^\n]+\n\Z")


class EachServer(CppPeerTest):
    def test_a_command_line_that_makes_no_sense_is_refused(self):
        for words in (("grpc_sync_server", "--port", "70000"), ("grpc_callback_server", "--threads", "0"),
                      ("apache_server", "--server", "fast"), ("thrift_host_server", "--mode", "fast"),
                      ("thrift_host_server", "9090")):
            with self.subTest(words):
                server = PeerProcess([program(words[0]), *words[1:]])
                self.addCleanup(server.__exit__, None, None, None)
                server.spawn()
                self.assertEqual(server.wait(), 2, server.stderr())
                self.assertRegex(server.stderr(), rf"\A{words[0]}: [^\n]+\n\Z")

    def test_clients_of_another_language_are_answered(self):
        for words, name in ((("grpc_callback_server",), "grpc"), (("grpc_sync_server",), "grpc"),
                            (("apache_server",), "Debian's apache threadpool"),
                            (("thrift_host_server",), "Debian's apache threadpool")):
            server = self.serve([program(words[0]), *words[1:]])
            for name_of_call, flags in CALLS.items():
                with self.subTest(f"{words} {name_of_call}"):
                    self.assert_right(call(python_peer(name).client_command(), server.port, "--call", name_of_call,
                                           *flags, "--calls", "3"), 3, 1)


if __name__ == "__main__":
    main()
