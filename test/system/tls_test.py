"""TLS as operators and stock clients meet it: flags, certificates that change,
openssl's command, Python's ssl module, Apache's and thriftpy's clients."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading

from raw_client import (REPLY_BYTES, frame, get_time_reply, get_time_request)
from system_test import (IDL, MODES, MODES_AND_TRANSPORTS, PATIENCE_S,
                         SystemTest, main, need_apache, runs_debian, skip)

CERTIFICATES = os.environ["TIMESERVICE_CERTIFICATES"]


def pem(name):
    return os.path.join(CERTIFICATES, name + ".pem")


def key(name):
    return os.path.join(CERTIFICATES, name + ".key")


def tls_flags(name="server", *more):
    return ["--tls-cert", pem(name), "--tls-key", key(name), *more]


def client_context(ca="ca", own=None):
    context = ssl.create_default_context(cafile=pem(ca))
    if own is not None:
        context.load_cert_chain(pem(own), key(own))
    return context


def receive(sock, count):
    got = b""
    while len(got) < count:
        piece = sock.recv(count - len(got))
        if not piece:
            break
        got += piece
    return got


def get_time(sock):
    """One call on a socket, framed, which every mode carries."""
    sock.sendall(frame(get_time_request()))
    return receive(sock, REPLY_BYTES + 4)


class TlsTest(SystemTest):

    def serve_tls(self, *args, listen="tls:127.0.0.1:0"):
        return self.serve(*args, listen=listen)

    def connect(self, server, context=None):
        sock = socket.create_connection(("127.0.0.1", server.port), PATIENCE_S)
        self.addCleanup(sock.close)
        wrapped = (context or client_context()).wrap_socket(
            sock, server_hostname="127.0.0.1")
        self.addCleanup(wrapped.close)
        return wrapped

    def shown(self, server):
        """The certificate that a new connection is shown."""
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) as sock:
            with client_context().wrap_socket(sock, server_hostname="127.0.0.1") as wrapped:
                return wrapped.getpeercert(binary_form=True)

    def openssl(self, server, *args):
        return subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", *args],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S, check=False)

    def test_the_ready_line_says_which_endpoints_are_tls(self):
        server = self.serve("--listen", "127.0.0.1:0", *tls_flags(), listen="tls:127.0.0.1:0")
        kinds = sorted(endpoint.startswith("tls:") for endpoint in server.endpoints)
        self.assertEqual(kinds, [False, True])

    def test_python_ssl_is_served_in_every_mode(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                server = self.serve_tls("--mode", mode, *tls_flags())
                for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                    context = client_context()
                    context.minimum_version = context.maximum_version = version
                    client = self.connect(server, context)
                    self.assertEqual(len(get_time(client)), REPLY_BYTES + 4)

    def test_openssl_finds_nothing_wrong_and_nothing_old(self):
        server = self.serve_tls(*tls_flags())
        done = self.openssl(server, "-CAfile", pem("ca"), "-verify_return_error", "-verify_ip", "127.0.0.1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Verify return code: 0 (ok)", done.stdout)
        for old in ("-tls1", "-tls1_1"):
            done = self.openssl(server, old, "-cipher", "DEFAULT@SECLEVEL=0")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("alert protocol version", done.stderr)
        self.assertIn("unsupported protocol", server.wait_for_log("tls_handshake"))

    def test_an_elliptic_key_serves_as_well(self):
        server = self.serve_tls(*tls_flags("server-ec"))
        self.assertEqual(len(get_time(self.connect(server))), REPLY_BYTES + 4)

    def test_clients_prove_themselves_or_are_refused_by_name(self):
        server = self.serve_tls(*tls_flags("server", "--tls-client-ca", pem("ca")))
        good = self.connect(server, client_context(own="client"))
        self.assertEqual(len(get_time(good)), REPLY_BYTES + 4)
        for own, why in ((None, "peer did not return a certificate"),
                         ("stranger", "the certificate: ")):
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                stranger = self.connect(server, client_context(own=own))
                if not get_time(stranger):
                    raise ConnectionError("closed")
            self.assertRegex(server.wait_for_log(why),
                             r"warning: 127\.0\.0\.1:\d+: closed, tls_handshake: the TLS handshake failed: .*\(")

    def test_both_ends_learn_that_one_of_them_speaks_without_tls(self):
        need_apache("a client without TLS")
        global apache_client
        import apache_client
        from thrift.Thrift import TApplicationException
        for mode, transport in MODES_AND_TRANSPORTS:
            with self.subTest(mode=mode, transport=transport):
                server = self.serve("--mode", mode, "--listen", "127.0.0.1:0", *tls_flags(),
                                    listen="tls:127.0.0.1:0")
                ports = {endpoint.startswith("tls:"): int(endpoint.rpartition(":")[2])
                         for endpoint in server.endpoints}
                with apache_client.ApacheClient(ports[True], "binary", transport) as client:
                    with self.assertRaisesRegex(TApplicationException, "plain: .* let it use TLS"):
                        client.get_time()
                self.assertIn("find the plain port", server.wait_for_log("closed, plain: "))
                with socket.create_connection(("127.0.0.1", ports[False]), PATIENCE_S) as sock:
                    with self.assertRaisesRegex(ssl.SSLError, "PROTOCOL_VERSION"):
                        client_context().wrap_socket(sock, server_hostname="127.0.0.1")
                self.assertIn("connect without TLS", server.wait_for_log("closed, tls: "))

    def test_apache_client_over_tls(self):
        need_apache("Apache's client over TLS")
        from thrift.protocol.TBinaryProtocol import TBinaryProtocol
        from thrift.transport.TSSLSocket import TSSLSocket
        from thrift.transport.TTransport import TBufferedTransport
        import apache_client
        server = self.serve_tls(*tls_flags())
        transport = TBufferedTransport(TSSLSocket(
            "localhost", server.port, ca_certs=pem("ca"), cert_reqs=ssl.CERT_REQUIRED))
        self.addCleanup(transport.close)
        transport.open()
        client = apache_client.TimeService.Client(TBinaryProtocol(transport))
        self.assertEqual(len(client.get_time()), 24)

    def test_thriftpy_client_over_tls(self):
        try:
            import thriftpy
            from thriftpy.rpc import make_client
        except ImportError as error:
            skip("thriftpy over TLS", str(error), excused=not runs_debian("12"))
        server = self.serve_tls(*tls_flags())
        service = thriftpy.load(IDL, module_name="time_service_thrift").TimeService
        client = make_client(service, "127.0.0.1", server.port, timeout=10000,
                             ssl_context=client_context())
        self.assertEqual(len(client.get_time()), 24)
        client.close()

    def test_a_unix_socket_can_carry_tls(self):
        holder = self.server()
        path = os.path.join(holder.directory, "socket")
        server = self.serve_tls(*tls_flags(), listen="tls:unix:" + path)
        self.assertEqual(server.endpoints, ["tls:unix:" + path])
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(PATIENCE_S)
            sock.connect(path)
            with client_context().wrap_socket(sock, server_hostname="localhost") as client:
                self.assertEqual(len(get_time(client)), REPLY_BYTES + 4)

    def test_a_silent_client_is_ended_at_the_handshake_timeout(self):
        server = self.serve_tls(*tls_flags("server", "--tls-handshake-timeout", "300ms"))
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) as silent:
            self.assertEqual(silent.recv(1), b"")
        self.assertIn("--tls-handshake-timeout", server.wait_for_log("tls_timeout"))

    def test_settings_that_cannot_work_are_refused_with_the_fix(self):
        cases = [
            (2, ["--listen", "tls:127.0.0.1:0"], ["--tls-cert", "--tls-key"]),
            (2, ["--listen", "127.0.0.1:0", *tls_flags()], ["--tls-cert", "tls:127.0.0.1:0"]),
            (2, ["--listen", "tls:127.0.0.1:0", "--tls-key", key("server")], ["--tls-key without --tls-cert"]),
            (1, ["--listen", "tls:127.0.0.1:0", "--tls-cert", "/nowhere.pem", "--tls-key", key("server")],
             ["--tls-cert: ", "/nowhere.pem", "No such file"]),
            (1, ["--listen", "tls:127.0.0.1:0", *tls_flags("locked")], ["--tls-key: ", "without a password"]),
            (1, ["--listen", "tls:127.0.0.1:0", "--tls-cert", pem("server"), "--tls-key", key("client")],
             ["--tls-key: ", "belongs to the certificate"]),
        ]
        for code, args, said in cases:
            with self.subTest(args=args):
                server = self.server()
                server.spawn(args)
                self.assertEqual(server.wait(), code, server.stderr())
                lines = server.stderr().splitlines()
                for words in said:
                    self.assertIn(words, lines[-1])

    def test_a_certificate_that_has_ended_is_served_with_a_warning(self):
        server = self.server()
        server.start(["--listen", "tls:127.0.0.1:0", *tls_flags("expired")])
        server.wait_for_log(r"warning: --tls-cert: .*expired\.pem.* ended at \d{4}-\d\d-\d\dT.* "
                            "put a valid one in its place")

    def test_a_certificate_that_has_ended_is_told_the_same_at_the_start_and_at_a_reload(self):
        folder = self.scratch("ended")
        self.put("server", folder)
        server = self.serve_from(folder)
        self.put("expired", folder)
        server.signal(signal.SIGHUP)
        reload = server.wait_for_log("not reloaded").partition("--tls-cert: ")[2]
        start = self.serve_from(folder).wait_for_log("--tls-cert: ").partition("--tls-cert: ")[2]
        self.assertIn("put a valid one in its place", reload)
        self.assertEqual(reload, start)

    # Certificates that change.

    def put(self, name, folder):
        for source, file in ((key(name), "key"), (pem(name), "certificate")):
            shutil.copyfile(source, os.path.join(folder, file + ".new"))
            os.rename(os.path.join(folder, file + ".new"), os.path.join(folder, file))

    def serve_from(self, folder, *more):
        return self.serve_tls("--tls-cert", os.path.join(folder, "certificate"),
                              "--tls-key", os.path.join(folder, "key"), *more)

    def scratch(self, name):
        holder = self.server()  # for its directory, which goes with the test
        folder = os.path.join(holder.directory, name)
        os.mkdir(folder)
        return folder

    def test_sighup_reloads_and_loses_no_connection_and_no_call(self):
        folder = self.scratch("live")
        self.put("server", folder)
        server = self.serve_from(folder)
        before = self.shown(server)
        open_client = self.connect(server)
        stop, failures = threading.Event(), []

        def load():
            while not stop.is_set():
                try:
                    with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) as sock:
                        with client_context().wrap_socket(sock, server_hostname="127.0.0.1") as client:
                            for _ in range(3):
                                if len(get_time(client)) != REPLY_BYTES + 4:
                                    failures.append("no reply")
                except OSError as error:
                    failures.append(repr(error))
        threads = [threading.Thread(target=load) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for name in ("renewed", "server", "renewed"):
                self.put(name, folder)
                server.signal(signal.SIGHUP)
                with open(pem(name), encoding="ascii") as file:
                    expected = ssl.PEM_cert_to_DER_cert(file.read())
                self.eventually(lambda: self.shown(server) == expected)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(failures, [])
        self.assertNotEqual(self.shown(server), before)
        self.assertEqual(len(get_time(open_client)), REPLY_BYTES + 4)
        self.assertIn("certificates reloaded", server.wait_for_log("reloaded"))

    def test_a_swapped_link_is_noticed_as_kubernetes_swaps_it(self):
        base = self.scratch("mounted")
        for name in ("server", "renewed"):
            os.mkdir(os.path.join(base, name))
            self.put(name, os.path.join(base, name))
        os.symlink("server", os.path.join(base, "..data"))
        for file in ("certificate", "key"):
            os.symlink(os.path.join("..data", file), os.path.join(base, file))
        server = self.serve_from(base)
        before = self.shown(server)
        os.symlink("renewed", os.path.join(base, "..new"))
        os.rename(os.path.join(base, "..new"), os.path.join(base, "..data"))
        self.eventually(lambda: self.shown(server) != before)
        self.assertIn("certificates reloaded", server.wait_for_log("reloaded"))

    def test_a_bad_change_keeps_the_old_certificate_and_is_said_once(self):
        folder = self.scratch("bad")
        self.put("server", folder)
        server = self.serve_from(folder)
        before = self.shown(server)
        shutil.copyfile(key("client"), os.path.join(folder, "key"))
        line = server.wait_for_log("cannot be used, those before stay in use")
        self.assertIn("error", line)
        self.assertIn("--tls-key: ", line)
        server.signal(signal.SIGHUP)
        server.wait_for_log("not reloaded")
        self.assertEqual(self.shown(server), before)
        self.put("renewed", folder)
        self.eventually(lambda: self.shown(server) != before)
        self.assertEqual(server.stderr().count("have changed and cannot be used"), 1)


if __name__ == "__main__":
    main()
