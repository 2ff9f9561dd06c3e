"""time-client and TLS: its flags, what it says when the two ends do not agree, and servers
that have too much to do.

TIME_CLIENT is the path of the program, TIMESERVICE_CERTIFICATES the folder of certificates.py.
"""

import os
import ssl
import subprocess
import unittest

from fake_time_server import OVERLOADED, FakeTimeServer

PROGRAM = os.environ["TIME_CLIENT"]
CERTIFICATES = os.environ["TIMESERVICE_CERTIFICATES"]
NOON = "Tue Nov 24 21:30:56 2026\n"
LEAVE_OUT = "leave --tls and tls: out, or find the TLS port"


def pem(name):
    return os.path.join(CERTIFICATES, name)


def server_tls(name="server", client_ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem(f"{name}.pem"), pem(f"{name}.key"))
    if client_ca:
        context.load_verify_locations(pem(client_ca))
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def run(*arguments, **variables):
    """Exit code, stdout and stderr of a run that must end within 30 s."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TIME_CLIENT_")}
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=30, check=False,
                          env={**clean, "LC_ALL": "C.UTF-8", **variables}, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


class Tls(unittest.TestCase):
    def refused(self, server, *arguments):
        """What it says of a connection that does not come about."""
        code, out, err = run("--endpoint", f"tls:{server.endpoint}", "--retries=0", *arguments, "get_time")
        head = f"time-client: tls:{server.endpoint}: connect: "
        self.assertEqual((code, out, err[:len(head)]), (3, "", head))
        return err[len(head):].rstrip("\n")

    def test_every_command_takes_tls(self):
        with FakeTimeServer(tls=server_tls()) as server:
            for command in ("now", "exchange", "status", "timestamps", "zones", "check", ("watch", "--count=1"),
                            ("to-local", "1"), ("from-local", "noon"), ("periods", "--from=1", "--until=9"),
                            ("bench", "--seconds=0.1", "--connections=2")):
                with self.subTest(command):
                    words = (command,) if isinstance(command, str) else command
                    code, out, err = run("--tls", "--tls-ca", pem("ca.pem"), "--endpoint", server.endpoint, *words)
                    self.assertIn((code, err), ((0, ""), (1, "")) if command == "check" else ((0, ""),))
                    self.assertNotEqual(out, "")

    def test_an_endpoint_may_say_it(self):
        with FakeTimeServer(tls=server_tls()) as server:
            self.assertEqual(run("--endpoint", f"tls:{server.endpoint}", "--tls-ca", pem("ca.pem"), "get_time"),
                             (0, NOON, ""))

    def test_all_of_it_may_come_from_the_environment(self):
        with FakeTimeServer(tls=server_tls(client_ca="ca.pem")) as server:
            variables = {"TIME_CLIENT_ENDPOINT": server.endpoint, "TIME_CLIENT_TLS": "yes",
                         "TIME_CLIENT_TLS_CA": pem("ca.pem"), "TIME_CLIENT_TLS_CERT": pem("client.pem"),
                         "TIME_CLIENT_TLS_KEY": pem("client.key"), "TIME_CLIENT_TLS_SERVER_NAME": "localhost"}
            self.assertEqual(run("get_time", **variables), (0, NOON, ""))
            code, _, err = run("get_time", "--tls=no", **variables)
            self.assertEqual(code, 2)
            self.assertIn("--tls-ca does nothing without TLS", err)

    def test_the_search_for_a_dialect_goes_over_tls(self):
        for framed in (False, True):
            with FakeTimeServer(framed=framed, tls=server_tls()) as server:
                self.assertEqual(run("--endpoint", f"tls:{server.endpoint}", "--tls-ca", pem("ca.pem"),
                                     "--protocol=auto", "--transport=auto", "get_time"), (0, NOON, ""))

    def test_the_search_for_a_dialect_ends_where_tls_fails(self):
        with FakeTimeServer(tls=server_tls("expired")) as server:
            self.assertIn("has expired", self.refused(server, "--tls-ca", pem("ca.pem"), "--transport=auto"))
            self.assertEqual(server.connections, 1)

    def test_the_search_for_a_dialect_goes_from_tls_to_a_plain_endpoint(self):
        with FakeTimeServer(tls=server_tls("expired")) as first, FakeTimeServer() as second:
            self.assertEqual(run("--endpoint", f"tls:{first.endpoint}", "--endpoint", second.endpoint, "--tls-ca",
                                 pem("ca.pem"), "--transport=auto", "get_time"), (0, NOON, ""))

    def test_what_is_wrong_with_a_certificate_is_told(self):
        for name, said in (("expired", "has expired: renew it"), ("wrong-name", "is not for '127.0.0.1': is it"),
                           ("impostor", "is signed by an unknown CA, or the server leaves out one between")):
            with self.subTest(name), FakeTimeServer(tls=server_tls(name)) as server:
                self.assertIn(f"the server's certificate {said}", self.refused(server, "--tls-ca", pem("ca.pem")))

    def test_a_client_certificate_is_shown_and_asked_for(self):
        with FakeTimeServer(tls=server_tls(client_ca="ca.pem")) as server:
            ask = ("--tls-ca", pem("ca.pem"))
            self.assertEqual(self.refused(server, *ask),
                             "the server wants a client certificate: name one in --tls-cert and --tls-key")
            stranger = ("--tls-cert", pem("stranger.pem"), "--tls-key", pem("stranger.key"))
            self.assertIn("does not accept this client's certificate", self.refused(server, *ask, *stranger))
            client = ("--tls-cert", pem("client.pem"), "--tls-key", pem("client.key"))
            self.assertEqual(run("--endpoint", f"tls:{server.endpoint}", *ask, *client, "get_time"), (0, NOON, ""))

    def test_tls_at_a_plain_port_is_told(self):
        with FakeTimeServer() as server:
            self.assertEqual(self.refused(server), f"the server closed the connection in the TLS handshake: it may "
                                                   f"take no TLS: {LEAVE_OUT}")

    def test_a_plain_client_at_a_port_that_takes_tls_only_is_told(self):
        for protocol in ("binary", "auto"):
            with self.subTest(protocol), FakeTimeServer(behave="refuse plain") as server:
                code, _, err = run("--endpoint", server.endpoint, "--retries=2", "--protocol", protocol, "get_time")
                self.assertEqual(server.connections, 3)  # no dialect is looked for at such a port
                self.assertEqual((code, err), (
                    3, f"time-client: {server.endpoint}: connect: the server takes TLS only: use --tls, or write "
                       f"the endpoint as tls:{server.endpoint}\n"))

    def test_a_plain_client_is_told_by_a_server_that_knows_nothing_of_it(self):
        with FakeTimeServer(tls=server_tls()) as server:
            code, _, err = run("--endpoint", server.endpoint, "--retries=0", "get_time")
            # OpenSSL answers with an alert; whether that comes before its reset is chance.
            if code != 1:
                self.assertEqual(code, 3)
                self.assertIn("the server takes TLS only: use --tls, or write the endpoint as tls:", err)


class Usage(unittest.TestCase):
    def test_flags_that_cannot_be_meant_are_refused(self):
        endpoint = "--endpoint=tls:localhost:1"
        for arguments, said in (
                (["--tls=maybe"], "--tls 'maybe' is neither yes nor no"),
                (["--tls", "--tls"], "--tls is given twice; give it once"),
                (["--tls-ca=x"], "--tls-ca does nothing without TLS: use --tls, or write the endpoint as "
                                 "tls:host:port"),
                (["--tls-server-name=x"], "--tls-server-name does nothing without TLS: use --tls, or write the "
                                          "endpoint as tls:host:port"),
                ([endpoint, "--tls-cert=x"], "--tls-cert without --tls-key: name the certificate's key, or the same "
                                             "file if it holds both"),
                ([endpoint, "--tls-key=x"], "--tls-key without --tls-cert: name the key's certificate"),
                ([endpoint, "--tls-server-name=a b"], "--tls-server-name 'a b': a host's name has no space, '/', "
                                                      "'[' or ']'; write a name or an address"),
                (["--endpoint=tls:unix:/s"], "'tls:unix:/s': a unix socket has no name that its server's certificate "
                                             "could be for: use --tls-server-name"),
                (["--tls", "--endpoint=unix:/s"], "'unix:/s': a unix socket has no name that its server's "
                                                  "certificate could be for: use --tls-server-name")):
            with self.subTest(arguments):
                self.assertEqual(run(*arguments, "get_time"), (2, "", f"time-client: {said}\n"))

    def test_a_file_that_cannot_be_used_is_wrong_usage(self):
        for flags, said in (
                (["--tls-ca=/nonexistent"], "--tls-ca: the CA '/nonexistent' cannot be used: "),
                (["--tls-cert", pem("client.pem"), "--tls-key=/nonexistent"],
                 "--tls-key: the key '/nonexistent' cannot be used: "),
                (["--tls-cert=/nonexistent", "--tls-key", pem("client.key")],
                 "--tls-cert: the certificate '/nonexistent' cannot be used: "),
                (["--tls-cert", pem("locked.pem"), "--tls-key", pem("locked.key")],
                 "--tls-key: the key '")):
            with self.subTest(flags):
                code, out, err = run("--tls", *flags, "get_time")
                self.assertEqual((code, out, err.count("\n")), (2, "", 1))
                self.assertTrue(err.startswith(f"time-client: {said}"), err)

    def test_tls_takes_no_word_behind_it(self):
        code, _, err = run("--tls", "yes", "--endpoint=localhost:1")
        self.assertEqual(code, 2)
        self.assertIn("command 'yes' is none of", err)

    def test_a_variable_that_is_neither_yes_nor_no_is_refused(self):
        self.assertEqual(run("get_time", TIME_CLIENT_TLS="1"),
                         (2, "", "time-client: TIME_CLIENT_TLS '1' is neither yes nor no\n"))


class Overloaded(unittest.TestCase):
    def test_a_call_that_was_not_run_is_made_again(self):
        with FakeTimeServer(busy=2) as server:
            self.assertEqual(run("--endpoint", server.endpoint, "get_time"), (0, NOON, ""))
            self.assertEqual(server.connections, 1)

    def test_what_the_server_says_is_told_in_the_end(self):
        with FakeTimeServer(busy=100) as server:
            self.assertEqual(run("--endpoint", server.endpoint, "--retries=1", "get_time"), (
                1, "", f"time-client: {server.endpoint}: get_time: the server replied: {OVERLOADED}\n"))

    def test_the_search_for_a_dialect_takes_it_for_an_answer(self):
        with FakeTimeServer(busy=2, framed=True) as server:
            self.assertEqual(run("--endpoint", server.endpoint, "--transport=auto", "get_time"), (0, NOON, ""))
            self.assertEqual(server.connections, 2)


if __name__ == "__main__":
    unittest.main()
