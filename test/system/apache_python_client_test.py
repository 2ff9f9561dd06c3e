"""Apache Thrift's own Python clients against the server, in each of its modes."""

import contextlib
import http.client
import itertools
import logging
import ssl
import time

from system_test import (MODES, PATIENCE_S, TIME_ZONE, SystemTest,
                         local_times_since, main, need_apache)


def setUpModule():
    need_apache("Apache Thrift's Python client")
    # Here, since it needs the library.
    global apache_client, TException, TTransportException
    import apache_client
    from thrift.Thrift import TException
    from thrift.transport.TTransport import TTransportException
    logging.getLogger("thrift").setLevel(logging.CRITICAL)  # of expected errors


class EveryFormatTest(SystemTest):
    """Each protocol over each transport in each mode."""

    CALLS = 20

    def test_calls_on_one_connection(self):
        for mode, transports in MODES.items():
            server = self.serve("--mode", mode, env={"TZ": TIME_ZONE})
            for transport, (protocol, ways) in itertools.product(
                    transports, apache_client.PROTOCOLS.items()):
                for way in ways:
                    with self.subTest(f"{mode} {protocol} {way} {transport}"), \
                            apache_client.ApacheClient(
                                server.port, protocol, transport, way) as client:
                        for _ in range(self.CALLS):
                            self.check_calls(client)

    def check_calls(self, client):
        before_s = time.time()
        self.assertIn(client.get_time(), local_times_since(before_s))

        sent_ns = time.time_ns()
        answer = client.exchange(sent_ns)
        received_ns = time.time_ns()
        self.assertEqual(answer.client_send_ns, sent_ns)
        # Both clocks are this host's; a step of it would be rare.
        self.assertLessEqual(sent_ns, answer.server_receive_ns)
        self.assertLessEqual(answer.server_receive_ns, answer.server_send_ns)
        self.assertLessEqual(answer.server_send_ns, received_ns)

        status = client.get_status()
        self.assertRegex(status.version, r"^\d+\.\d+\.\d+")
        self.assertLess(status.started_ns, status.clock.now_ns)
        self.assertLess(abs(status.clock.now_ns - time.time_ns()), 60 * 10**9)

    def test_the_extremes_of_an_i64_come_back(self):
        for mode, transports in MODES.items():
            server = self.serve("--mode", mode)
            for protocol in apache_client.PROTOCOLS:
                with self.subTest(f"{mode} {protocol}"), \
                        apache_client.ApacheClient(
                            server.port, protocol, transports[-1]) as client:
                    for value in (-2**63, -1, 0, 2**63 - 1):
                        self.assertEqual(client.exchange(value).client_send_ns,
                                         value)

    def test_many_connections_at_once_do_not_mix(self):
        for mode, transports in MODES.items():
            server = self.serve("--mode", mode)
            with self.subTest(mode), contextlib.ExitStack() as stack:
                clients = [stack.enter_context(apache_client.ApacheClient(
                    server.port, protocol, transport))
                    for protocol in apache_client.PROTOCOLS
                    for transport in transports for _ in range(4)]
                for number, client in enumerate(clients):
                    client.send_exchange(number)
                for number, client in reversed(list(enumerate(clients))):
                    self.assertEqual(client.recv_exchange().client_send_ns,
                                     number)


class WrongClientTest(SystemTest):
    """A client that cannot be served fails at once, the server says why, and
    a client that was there before is served on."""

    def check(self, counter, provoke):
        for mode in MODES:
            with self.subTest(mode):
                # Only knowing the bytes can end such a client: no timeout does.
                server = self.serve("--mode", mode, "--message-timeout", "0",
                                    "--idle-timeout", "0")
                with apache_client.ApacheClient(
                        server.port, transport="framed") as good:
                    good.get_time()
                    before_s = time.monotonic()
                    provoke(server.port)
                    self.assertLess(time.monotonic() - before_s,
                                    PATIENCE_S / 2)  # of the client's timeout
                    server.wait_for_log(
                        rf"warning: 127\.0\.0\.1:\d+: closed, {counter}: \w")
                    good.get_time()
                self.assertTrue(server.running)

    def test_header_protocol(self):
        def provoke(port):
            from thrift.protocol.THeaderProtocol import THeaderProtocol
            from thrift.transport.THeaderTransport import THeaderClientType
            sock = apache_client.open_socket(port)
            sock.open()
            self.addCleanup(sock.close)
            client = apache_client.TimeService.Client(
                THeaderProtocol(sock, [THeaderClientType.HEADERS]))
            with self.assertRaises((TTransportException, OSError)):
                client.get_time()
        self.check("header_protocol", provoke)

    def test_http(self):
        def provoke(port):
            from thrift.transport.THttpClient import THttpClient
            transport = THttpClient(f"http://127.0.0.1:{port}/time")
            transport.setTimeout(PATIENCE_S * 1000)
            transport.open()
            self.addCleanup(transport.close)
            client = apache_client.TimeService.Client(
                apache_client.PROTOCOLS["binary"]["plain"](transport))
            with self.assertRaises((http.client.HTTPException, OSError,
                                    TException)):
                client.get_time()
        self.check("http", provoke)

    def test_tls(self):
        def provoke(port):
            from thrift.transport.TSSLSocket import TSSLSocket
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            sock = TSSLSocket("127.0.0.1", port, ssl_context=context)
            sock.setTimeout(PATIENCE_S * 1000)
            with self.assertRaises((TTransportException, OSError)):
                sock.open()
        self.check("tls", provoke)


if __name__ == "__main__":
    main()
