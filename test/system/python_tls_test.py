"""Python clients at a TLS port of the real server, in each of its modes: ours,
and the stock ones of thriftpy, thriftpy2 and Apache Thrift.

    TIME_SERVER=... TIMESERVICE_CERTIFICATES=... python3 python_tls_test.py [CLASS]

under.py runs the classes OurClientTest and ThriftpyTest under each library;
ApacheTest needs python3-thrift.
"""

import contextlib
import importlib
import itertools
import logging
import os
import ssl
import sys
import threading
import warnings

try:
    import time_client
except ImportError:  # not installed: take the one of this source tree
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(
        __file__)), "..", "..", "client", "python"))
    import time_client

from system_test import (IDL, MODES, PATIENCE_S, SystemTest, main,
                         need_apache, skip)
from time_client import (ClockState, ConnectError, TlsOptions, _binding)
from time_client._formats import usable_protocols

CERTIFICATES = os.environ.get("TIMESERVICE_CERTIFICATES", "")


def setUpModule():
    if not os.path.exists(os.path.join(CERTIFICATES, "made")):
        skip("Python clients over TLS", "there are no certificates: build the "
             "target test_certificates, which needs openssl")


def pem(name):
    return os.path.join(CERTIFICATES, f"{name}.pem")


def key(name):
    return os.path.join(CERTIFICATES, f"{name}.key")


def trusting(**fields):
    return TlsOptions(**{"ca": pem("ca"), **fields})


def identified(name="client"):
    return trusting(cert=pem(name), key=key(name))


def connect(endpoint, **settings):
    """As slow as the machine may be."""
    return time_client.connect(endpoint, **{"timeout": PATIENCE_S, **settings})


class TlsTest(SystemTest):
    """The helpers; without tests."""

    def serve_tls(self, *arguments, certificate="server"):
        """At a TLS port of 127.0.0.1, the first of its endpoints."""
        return self.serve("--listen=tls:127.0.0.1:0",
                          f"--tls-cert={pem(certificate)}",
                          f"--tls-key={key(certificate)}", *arguments,
                          listen=None)


class OurClientTest(TlsTest):
    def test_every_format_in_every_mode(self):
        for mode, transports in MODES.items():
            server = self.serve_tls("--mode", mode)
            for protocol, transport in itertools.product(usable_protocols(),
                                                         transports):
                with self.subTest(f"{mode} {protocol}/{transport}"), \
                        connect(
                            server.endpoints[0], protocol=protocol,
                            transport=transport, tls=trusting()) as clock:
                    for _ in range(20):
                        self.assertEqual(len(clock.get_time()), 24)
                    self.assertIs(clock.now().state, ClockState.SYNCHRONIZED)
                    self.assertIn("UTC", clock.list_zones())

    def test_large_batches_go_there_and_back_in_every_mode(self):
        instants = [index * 86_399 * 10**9 + index for index in range(1000)]
        for mode in MODES:
            server = self.serve_tls("--mode", mode)
            with self.subTest(mode), connect(
                    server.endpoints[0], transport="framed",
                    tls=trusting()) as clock:
                local = clock.to_local(instants, "Europe/Berlin", "%FT%T.%f "
                                       * 12 + "%z")
                self.assertEqual(len(local), len(instants))
                found = clock.from_local(
                    [each.text for each in clock.to_local(instants)])
                self.assertEqual([each.instant_ns for each in found],
                                 instants)

    def test_a_unix_socket_in_tls(self):
        server = self.server()
        server.start([f"--listen=tls:unix:{server.directory}/s",
                      f"--tls-cert={pem('server')}",
                      f"--tls-key={key('server')}"])
        with connect(server.endpoints[0], tls=trusting(
                server_name="localhost", on=False)) as clock:
            self.assertEqual(len(clock.get_time()), 24)
        self.assertEqual(server.stop(), 0, server.stderr())

    def test_a_server_that_is_not_who_it_should_be(self):
        for certificate, part in (("expired", "has expired"),
                                  ("wrong-name", "is not for '127.0.0.1'"),
                                  ("impostor", "an unknown CA")):
            server = self.serve_tls(certificate=certificate)
            with self.subTest(certificate), \
                    self.assertRaises(ConnectError) as caught:
                connect(server.endpoints[0], retries=0, tls=trusting())
            self.assertIn(part, str(caught.exception))
            # The client's alert says why in the server's log, too.
            server.wait_for_log(r"tls_handshake: .*alert")

    def test_mutual_tls_in_every_mode(self):
        for mode in MODES:
            server = self.serve_tls("--mode", mode,
                                    f"--tls-client-ca={pem('ca')}")
            settings = {"transport": "framed", "retries": 0}
            with self.subTest(mode):
                with connect(server.endpoints[0],
                             tls=identified(), **settings) as clock:
                    self.assertEqual(len(clock.get_time()), 24)
                for options, part in (
                        (trusting(), "the server wants a client certificate: "
                         "name one in TlsOptions.cert and TlsOptions.key"),
                        (identified("stranger"), "the server does not accept "
                         "this client's certificate (")):
                    for _ in range(5):  # it may be in the handshake or later
                        with self.assertRaises(ConnectError) as caught, \
                                connect(
                                    server.endpoints[0], tls=options,
                                    **settings) as clock:
                            clock.get_time()
                        self.assertIn(part, str(caught.exception))

    def test_each_end_is_told_that_the_other_is_plain_or_is_not(self):
        for mode, transports in MODES.items():
            server = self.serve_tls("--mode", mode, "--listen=127.0.0.1:0")
            for transport, protocol in itertools.product(transports,
                                                         usable_protocols()):
                with self.subTest(f"{mode} {protocol}/{transport}"):
                    self.check_plain_and_tls(
                        *server.endpoints, protocol=protocol,
                        transport=transport, retries=0)
            server.wait_for_log(r"closed, plain: the client speaks without")
            server.wait_for_log(r"closed, tls: the client speaks TLS")

    def check_plain_and_tls(self, encrypted, plain, **settings):
        for _ in range(3):
            with self.assertRaises(ConnectError) as caught, \
                    connect(encrypted[len("tls:"):], **settings) as clock:
                clock.get_time()
            self.assertIn("the server takes TLS only: use tls=True, or write "
                          f"the endpoint as {encrypted}", str(caught.exception))
            with self.assertRaises(ConnectError) as caught:
                connect(plain, tls=trusting(), **settings)
            self.assertRegex(str(caught.exception), "(take|answers).* TLS.* "
                             "leave tls=True and tls: out, or find the TLS "
                             "port")
        for endpoints in ([encrypted, plain], [plain, encrypted]):
            with connect(endpoints, tls=trusting(on=False),
                         **settings) as clock:
                self.assertEqual(len(clock.get_time()), 24)
                self.assertEqual(clock.endpoint, endpoints[0])

    def test_a_client_outlives_a_restart_and_a_new_certificate(self):
        server = self.server()
        listen = "tls:127.0.0.1:0"
        for certificate in ("server", "renewed"):
            server.start(["--listen", listen, f"--tls-cert={pem(certificate)}",
                          f"--tls-key={key(certificate)}"])
            if certificate == "server":
                listen = server.endpoints[0]
                clock = connect(listen, tls=trusting())
            self.assertEqual(len(clock.get_time()), 24)
            self.assertEqual(server.stop(), 0, server.stderr())
        clock.close()

    def test_the_other_classes(self):
        server = self.server()
        server.start(["--listen=tls:127.0.0.1:0",
                      f"--tls-cert={pem('server')}",
                      f"--tls-key={key('server')}", "--oracle-init",
                      f"--oracle-state={server.directory}/oracle"])
        endpoint = server.endpoints[0]
        with time_client.TimestampSource(
                endpoint, timeout=PATIENCE_S, tls=trusting()) as source, \
                time_client.BoundedClock(endpoint, poll=0.01,
                                         tls=trusting()) as clock:
            taken = [source.take() for _ in range(100)]
            self.assertEqual(sorted(set(taken)), taken)
            for _ in range(100):
                clock.now()
        self.assertEqual(server.stop(), 0, server.stderr())

    def test_threads_that_each_have_a_client(self):
        server = self.serve_tls()
        failures = []

        def call(number):
            try:
                with connect(server.endpoints[0], tls=trusting()) as clock:
                    for index in range(100):
                        sent = clock.sample(lambda: number * 1000 + index)
                        assert sent.client_send_ns == number * 1000 + index
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=call, args=(number,))
                   for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S * 3)
        self.assertEqual(failures, [])


class ThriftpyTest(TlsTest):
    """The library's own client, as its documentation uses it."""

    @classmethod
    def setUpClass(cls):
        cls.contract = _binding.library.load(IDL, "tls_contract_thrift")
        cls.rpc = importlib.import_module(_binding.NAME + ".rpc")

    def client(self, port, transport, **files):
        client = self.rpc.make_client(
            self.contract.TimeService, "localhost", port,
            timeout=int(PATIENCE_S * 1000), cafile=pem("ca"),
            trans_factory=getattr(_binding.transport, transport)(), **files)
        self.addCleanup(client.close)
        return client

    def test_is_served_in_every_mode(self):
        transports = {"buffered": "TBufferedTransportFactory",
                      "framed": "TFramedTransportFactory"}
        for mode, carried in MODES.items():
            server = self.serve_tls("--mode", mode,
                                    f"--tls-client-ca={pem('ca')}")
            for transport in carried:
                with self.subTest(f"{mode} {transport}"):
                    client = self.client(
                        server.port, transports[transport],
                        certfile=pem("client"), keyfile=key("client"))
                    for _ in range(20):
                        self.assertEqual(len(client.get_time()), 24)
                    self.assertEqual(client.exchange(7).client_send_ns, 7)

    def test_is_refused_without_a_certificate(self):
        server = self.serve_tls(f"--tls-client-ca={pem('ca')}")
        with self.assertRaises((OSError, _binding.thrift.TException)):
            self.client(server.port, "TBufferedTransportFactory").get_time()
        server.wait_for_log(r"tls_handshake: ")


class ApacheTest(TlsTest):
    """Apache Thrift's own client, as its documentation uses it."""

    @classmethod
    def setUpClass(cls):
        need_apache("Apache Thrift's Python client over TLS")
        from thrift.transport.TSSLSocket import TSSLSocket
        cls.socket_class = TSSLSocket
        logging.getLogger("thrift").setLevel(logging.CRITICAL)  # of expected
        warnings.filterwarnings("ignore", module="thrift")  # of its own

    def socket(self, port, **files):
        sock = self.socket_class(
            "localhost", port, cert_reqs=ssl.CERT_REQUIRED, ca_certs=pem("ca"),
            **files)
        sock.setTimeout(PATIENCE_S * 1000)
        return sock

    def test_is_served_in_every_format_and_mode(self):
        import apache_client
        for mode, transports in MODES.items():
            server = self.serve_tls("--mode", mode,
                                    f"--tls-client-ca={pem('ca')}")
            for transport, (protocol, ways) in itertools.product(
                    transports, apache_client.PROTOCOLS.items()):
                with self.subTest(f"{mode} {protocol} {transport}"):
                    stream = apache_client.TRANSPORTS[transport](self.socket(
                        server.port, certfile=pem("client"),
                        keyfile=key("client")))
                    stream.open()
                    with contextlib.closing(stream):
                        client = apache_client.TimeService.Client(
                            ways["plain"](stream))
                        for number in range(20):
                            self.assertEqual(client.exchange(
                                number).client_send_ns, number)

    def test_is_told_that_the_port_is_plain(self):
        from thrift.transport.TTransport import TTransportException
        server = self.serve()
        with self.assertRaises(TTransportException):
            self.socket(server.port).open()
        server.wait_for_log(r"closed, tls: the client speaks TLS")

    def test_without_tls_reads_that_the_port_takes_nothing_else(self):
        import apache_client
        from thrift.Thrift import TApplicationException
        for mode, transports in MODES.items():
            server = self.serve_tls("--mode", mode)
            for transport, protocol in itertools.product(
                    transports, apache_client.PROTOCOLS):
                with self.subTest(f"{mode} {protocol} {transport}"), \
                        self.assertRaises(TApplicationException) as caught, \
                        apache_client.ApacheClient(
                            server.port, protocol, transport) as client:
                    client.get_time()
                self.assertIn("plain: the client speaks without TLS",
                              str(caught.exception))


if __name__ == "__main__":
    main()
