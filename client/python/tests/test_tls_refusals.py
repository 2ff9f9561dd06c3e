"""What is said when TLS cannot be had, and that the next endpoint has its
turn."""

import itertools
import socket
import ssl
import unittest
from unittest import mock

import time_client
from time_client import (ConnectError, ProtocolMismatch, ServerError,
                         TlsOptions)

from .command_line import THE_TIME, run
from .fake_server import (FakeClock, FakeServer, assert_says, hang_up,
                          refusing_endpoint, reply_bytes, serve, silent)
from .tls_server import (identified, key, pem, setUpModule,  # noqa: F401
                         tls, trusting)

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
FIND_IT = "leave tls=True and tls: out, or find the TLS port"
NAME_ONE = "name one in TlsOptions.cert and TlsOptions.key"
GOOD_SERVER = serve(FakeClock("second"))


def refuse_all(code, text):
    """Answers the first call, framed or not, with a TApplicationException in
    binary."""
    def behaviour(sock):
        request = sock.recv(4096)
        framed = request[:1] == b"\0"
        name = request[12:20] if framed else request[8:16]
        assert name == b"get_time", request
        reply = (bytes.fromhex("80010003 00000008") + name
                 + bytes.fromhex("00000001 0b0001")
                 + len(text).to_bytes(4, "big") + text.encode()
                 + bytes.fromhex("080002") + code.to_bytes(4, "big") + b"\0")
        sock.sendall(len(reply).to_bytes(4, "big") * framed + reply)
        silent(sock)
    return behaviour


class RefusalTest(unittest.TestCase):
    def check(self, behaviour, options, *parts):
        """Such a server is told so, and left for one that does."""
        with FakeServer(behaviour) as server, \
                FakeServer(tls(GOOD_SERVER)) as second:
            with self.assertRaises(ConnectError) as caught, \
                    time_client.connect(server.endpoint, retries=0,
                                        tls=options) as client:
                client.get_time()
            assert_says(self, caught.exception,
                        f"cannot connect to tls:{server.endpoint}: ", *parts)
            self.assertEqual(caught.exception.endpoint,
                             f"tls:{server.endpoint}")
            self.assertIsInstance(caught.exception.__cause__, OSError)
            with time_client.connect([server.endpoint, second.endpoint],
                                     retries=0, tls=options) as client:
                self.assertEqual(client.get_time(), "second")
            self.assertEqual(second.connections, 1)

    def at_addresses_of(self, *listeners):
        """The time that a name with these addresses tells."""
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "",
                  listener.getsockname()) for listener in listeners]
        with mock.patch("socket.getaddrinfo", return_value=found), \
                time_client.connect("localhost:9443", retries=0,
                                    tls=trusting()) as client:
            return client.get_time()

    def test_the_next_address_of_a_name_has_its_turn(self):
        with FakeServer(tls(silent, "expired")) as expired, \
                FakeServer(hang_up) as stopping, \
                FakeServer(tls(GOOD_SERVER)) as good, \
                socket.socket() as unused:
            refusing_endpoint(unused)
            self.assertEqual(self.at_addresses_of(
                expired.listener, stopping.listener, good.listener), "second")
            for listeners in ((expired.listener, unused),
                              (unused, expired.listener)):
                with self.assertRaises(ConnectError) as caught:
                    self.at_addresses_of(*listeners)
                assert_says(self, caught.exception, "127.0.0.1: ",
                            "has expired", "nothing listens")
                self.assertTrue(caught.exception.permanent)

    def test_a_server_that_is_not_who_it_should_be(self):
        for version, (certificate, part) in itertools.product(VERSIONS, (
                ("expired", "the server's certificate has expired: renew it "
                 "on the server, or set this machine's clock right"),
                ("wrong-name", "the server's certificate is not for "
                 "'127.0.0.1': is it the right server? then name it as its "
                 "certificate does, in subjectAltName, or use "
                 "TlsOptions.server_name"),
                ("impostor", "the server's certificate is signed by an "
                 "unknown CA, or the server leaves out one between: is it "
                 "the right server? then name its CA's certificate in "
                 "TlsOptions.ca"))):
            with self.subTest(certificate, version=version):
                self.check(tls(silent, certificate, version=version),
                           trusting(), part)

    def test_the_server_hears_why(self):
        for version in VERSIONS:
            heard = []

            def behaviour(sock):
                try:
                    tls(silent, "impostor", version=version)(sock)
                except ssl.SSLError as error:
                    heard.append(error.reason)

            with FakeServer(behaviour) as server:
                with self.assertRaises(ConnectError):
                    time_client.connect(server.endpoint, retries=0,
                                        tls=trusting())
            self.assertEqual(heard, ["TLSV1_ALERT_UNKNOWN_CA"])

    def test_a_name_and_an_address_are_checked_alike(self):
        with FakeServer(tls(GOOD_SERVER)) as server:
            port = server.endpoint.rpartition(":")[2]
            for name in ("localhost", "127.0.0.1"):
                with time_client.connect(f"{name}:{port}", retries=0,
                                         tls=trusting()) as client:
                    self.assertEqual(client.get_time(), "second")
            for name in ("127.0.0.2", "local", "::2", "a.localhost", "*"):
                with self.assertRaises(ConnectError) as caught:
                    time_client.connect(server.endpoint, retries=0,
                                        tls=trusting(server_name=name))
                assert_says(self, caught.exception, f"is not for '{name}'")

    def test_a_name_in_the_subject_is_none(self):
        with FakeServer(tls(silent, "no-names")) as server:
            with self.assertRaises(ConnectError) as caught:
                time_client.connect(server.endpoint, retries=0,
                                    tls=trusting(server_name="localhost"))
            assert_says(self, caught.exception, "is not for 'localhost'")

    def test_this_machine_does_not_trust_a_ca_of_its_own_making(self):
        for options in (True, TlsOptions(), TlsOptions(ca=pem("other-ca"))):
            with FakeServer(tls(silent)) as server:
                with self.assertRaises(ConnectError) as caught:
                    time_client.connect(server.endpoint, retries=0,
                                        tls=options)
                assert_says(self, caught.exception, "unknown CA")

    def test_a_server_that_wants_a_client_certificate(self):
        v1_2, v1_3 = VERSIONS
        self.check(tls(silent, "server", "ca", v1_3), trusting(),
                   f"the server wants a client certificate: {NAME_ONE}")
        self.check(tls(silent, "server", "ca", v1_2), trusting(),
                   "the server refused the TLS handshake (",
                   f"it may want a client certificate: {NAME_ONE}")

    def test_a_client_certificate_that_is_not_accepted(self):
        for version in VERSIONS:
            self.check(tls(silent, "server", "ca", version),
                       identified("stranger"), "the server does not accept "
                       "this client's certificate (unknown ca): "
                       "name one that a CA of the server has signed in "
                       "TlsOptions.cert and TlsOptions.key")

    def test_old_versions_are_not_spoken(self):
        def old(sock):
            sock.recv(4096)
            # A ServerHello of TLS 1.1.
            sock.sendall(bytes.fromhex("16 0302 002a 02 000026 0302")
                         + bytes(32) + b"\0" + bytes.fromhex("c013 00"))
            silent(sock)

        self.check(old, trusting(), "the TLS handshake failed (unsupported "
                   "protocol): see the server's log")

    def test_a_port_that_takes_no_tls(self):
        self.check(reply_bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
                   trusting(), "the port answers without TLS", FIND_IT)
        self.check(reply_bytes(b"\x80\x01\0\3\0\0\0\0", silent),
                   trusting(), "the port answers without TLS", FIND_IT)
        self.check(reply_bytes(bytes.fromhex("15 0303 0002 0246"), silent),
                   trusting(), "the port takes no TLS, or none of version 1.2 "
                   "or later", FIND_IT)
        self.check(hang_up, trusting(), "the server closed the connection in "
                   "the TLS handshake: it may take no TLS", FIND_IT)
        self.check(reply_bytes(bytes.fromhex("15 0303 0002 0250"), silent),
                   trusting(), "the server refused the TLS handshake (internal "
                   "error): see the server's log")

    def test_errors_name_each_endpoint_once(self):
        """Also those that came to the next try."""
        refusing = tls(silent, "server", "ca")
        with FakeServer(refusing) as one, FakeServer(hang_up) as two, \
                FakeServer(refusing) as three:
            endpoints = [one.endpoint, two.endpoint, three.endpoint]
            with self.assertRaises(ConnectError) as caught, \
                    time_client.TimeClient(endpoints, retries=1,
                                           tls=trusting()) as client:
                client.get_time()
            text = str(caught.exception)
            for endpoint in endpoints:
                self.assertEqual(text.count(endpoint), 1, text)
            assert_says(self, caught.exception, "wants a client certificate")
            self.assertFalse(caught.exception.permanent)
            self.assertEqual([server.connections
                              for server in (one, two, three)], [2, 2, 2])


class PlainClientTest(unittest.TestCase):
    """A client without TLS at a port that takes nothing else."""

    OURS = ("plain: the client speaks without TLS, and this port takes TLS "
            "only: let it use TLS, or find the plain port")

    def check(self, behaviour):
        with FakeServer(behaviour) as server, \
                FakeServer(GOOD_SERVER) as second:
            with self.assertRaises(ConnectError) as caught, \
                    time_client.connect(server.endpoint,
                                        retries=0) as client:
                client.get_time()
            assert_says(self, caught.exception,
                        f"cannot connect to {server.endpoint}: the server "
                        "takes TLS only: use tls=True, or write the endpoint "
                        f"as tls:{server.endpoint}")
            with time_client.connect([server.endpoint, second.endpoint],
                                     retries=0) as client:
                self.assertEqual(client.get_time(), "second")
            self.assertEqual(
                run("--endpoint", server.endpoint, "--endpoint",
                    second.endpoint, "--protocol=auto", "--retries=0",
                    "get_time"), (0, "second\n", ""))
            code, _, err = run("--endpoint", server.endpoint,
                               "--protocol=auto", "--retries=0", "get_time")
            self.assertEqual(code, 3)
            self.assertIn("TLS only: use --tls, or write", err)

    def test_is_told_so_by_our_server(self):
        self.check(refuse_all(7, self.OURS))

    def test_knows_an_alert(self):
        alert = bytes.fromhex("15 0301 0002 0246")
        self.check(reply_bytes(alert, lambda sock: None))
        self.check(reply_bytes(alert + bytes(40), silent))
        self.check(reply_bytes(bytes.fromhex("15 0303 0002 020a"),
                               lambda sock: None))

    def test_any_other_refusal_is_none_of_tls(self):
        for code, text in ((6, self.OURS), (7, "this port takes Thrift")):
            with FakeServer(refuse_all(code, text)) as server, \
                    time_client.connect(server.endpoint) as client:
                with self.assertRaises(ServerError):
                    client.get_time()

    def test_an_alert_in_tls_is_no_news(self):
        """Decrypted bytes that look like one are what a broken server sent."""
        with FakeServer(tls(reply_bytes(bytes.fromhex("15 0303 0002 0246"),
                                        lambda sock: None))) as server, \
                time_client.TimeClient(server.endpoint, retries=0,
                                       tls=trusting()) as client:
            with self.assertRaises(ProtocolMismatch):
                client.get_time()


class CommandLineTest(unittest.TestCase):
    def test_flags_and_variables(self):
        with FakeServer(tls(serve(FakeClock()), "server", "ca")) as server:
            files = (f"--tls-ca={pem('ca')}", "--tls-cert", pem("client"),
                     "--tls-key", key("client"))
            for arguments in (
                    ("--tls", "get_time", "--endpoint", server.endpoint),
                    ("get_time", "--tls=yes", "--endpoint", server.endpoint),
                    ("--endpoint", f"tls:{server.endpoint}", "get_time"),
                    ("--tls=no", "get_time", "--endpoint",
                     f"tls:{server.endpoint}")):
                self.assertEqual(run(*arguments, *files), THE_TIME)
            self.assertEqual(
                run("get_time", TIME_CLIENT_ENDPOINT=server.endpoint,
                    TIME_CLIENT_TLS="yes", TIME_CLIENT_TLS_CA=pem("ca"),
                    TIME_CLIENT_TLS_CERT=pem("client"),
                    TIME_CLIENT_TLS_KEY=key("client"),
                    TIME_CLIENT_TLS_SERVER_NAME="localhost"), THE_TIME)

    def test_a_dialect_is_found_over_tls(self):
        with FakeServer(tls(serve(FakeClock(), "binary",
                                  "framed"))) as server:
            self.assertEqual(
                run("--tls", "get_time", "--endpoint", server.endpoint,
                    "--tls-ca", pem("ca"), "--protocol=auto",
                    "--transport=auto"), THE_TIME)
            self.assertEqual(server.connections, 2)

    def test_a_flag_wins(self):
        with FakeServer(serve(FakeClock())) as server:
            self.assertEqual(
                run("--endpoint", server.endpoint, "--tls=no", "get_time",
                    TIME_CLIENT_TLS="yes"), THE_TIME)

    def test_errors_name_the_flags(self):
        for certificate, part in (
                ("wrong-name", "or use --tls-server-name"),
                ("impostor", "certificate in --tls-ca")):
            with FakeServer(tls(silent, certificate)) as server:
                for search in ((), ("--protocol=auto",)):
                    code, out, err = run(
                        "--tls", "--tls-ca", pem("ca"), "--endpoint",
                        server.endpoint, "--retries=0", "get_time", *search)
                    self.assertEqual((code, out), (3, ""))
                    self.assertIn(part, err)
                    self.assertIn(f"to tls:{server.endpoint}: ", err)
