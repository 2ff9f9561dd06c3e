"""What is wrong with the arguments of TLS is said before anything is sent."""

import os
import pathlib
import stat
import tempfile
import unittest
from unittest import mock

import time_client
from time_client import TlsOptions, UsageError

from .command_line import run
from .fake_server import FakeClock, FakeServer, assert_says, serve
from .tls_server import key, pem, setUpModule, tls  # noqa: F401


class UsageTest(unittest.TestCase):
    ENDPOINT = "nowhere.invalid:1"

    def check(self, tls, *parts, endpoint=ENDPOINT):
        for make in (time_client.TimeClient, time_client.BoundedClock,
                     time_client.TimestampSource):
            with self.assertRaises(UsageError) as caught:
                make(endpoint, tls=tls)
            assert_says(self, caught.exception, *parts)

    def test_only_a_bool_or_options(self):
        for value in (None, 1, "yes", {"ca": "x"}):
            self.check(value, "it must be True, False or a TlsOptions")

    def test_paths(self):
        for field in ("ca", "cert", "key"):
            for value in (None, 5, "a\0b", b"a\0b"):
                self.check(TlsOptions(**{field: value}),
                           f"TlsOptions.{field} ", "the path of a file")
        with FakeServer(tls(serve(FakeClock("x")))) as server, \
                time_client.connect(server.endpoint, tls=TlsOptions(
                    ca=pathlib.Path(pem("ca")))) as client:
            self.assertEqual(client.get_time(), "x")

    def test_what_does_nothing_without_tls(self):
        for field in ("ca", "cert", "key", "server_name"):
            self.check(TlsOptions(**{field: "x"}, on=False),
                       f"TlsOptions.{field} does nothing without TLS: use "
                       "tls=True, or write the endpoint as tls:host:port")

    def test_a_certificate_and_its_key_go_together(self):
        self.check(TlsOptions(cert=pem("client")),
                   "TlsOptions.cert without TlsOptions.key: name the "
                   "certificate's key, or the same file if it holds both")
        self.check(TlsOptions(key=key("client")),
                   "TlsOptions.key without TlsOptions.cert: name the key's "
                   "certificate")

    def test_names(self):
        for name in ("a b", "a/b", "[::1]", "a\nb", ".a", "x" * 64, "a..b",
                     5, None):
            self.check(TlsOptions(server_name=name),
                       "TlsOptions.server_name ", "a host's name has no space")
        self.check(True, "'tls:.a:1': the host is no name", endpoint=".a:1")

    def test_a_unix_socket_needs_a_name(self):
        for options, endpoint in ((True, "unix:/run/t.sock"),
                                  (False, "tls:unix:/run/t.sock")):
            self.check(options, "'tls:unix:/run/t.sock': a unix socket has no "
                       "name that its server's certificate could be for: use "
                       "TlsOptions.server_name", endpoint=endpoint)

    def test_files_that_cannot_be_used(self):
        with tempfile.TemporaryDirectory() as folder:
            rubbish = os.path.join(folder, "rubbish")
            with open(rubbish, "w", encoding="ascii") as file:
                file.write("-----BEGIN CERTIFICATE-----\nrubbish\n")
            nothing = os.path.join(folder, "nothing")
            open(nothing, "w").close()
            for path in (rubbish, nothing, folder, f"{folder}/none",
                         key("client")):
                self.check(TlsOptions(ca=path),
                           f"TlsOptions.ca: the CA '{path}' cannot be used: ",
                           "; name a readable PEM file with the certificates "
                           "to trust")
                self.check(TlsOptions(cert=path, key=key("client")),
                           f"TlsOptions.cert: the certificate '{path}' "
                           "cannot be used: ",
                           "; name a readable PEM file, the certificate "
                           "itself first")
            for path in (rubbish, nothing, folder, f"{folder}/none",
                         pem("client"), key("locked")):
                self.check(TlsOptions(cert=pem("client"), key=path),
                           f"TlsOptions.key: the key '{path}' cannot be used: ",
                           "; name a readable PEM file with the certificate's "
                           "private key, without a password")
            self.check(TlsOptions(cert=pem("locked"), key=key("locked")),
                       "without a password")
            self.check(TlsOptions(ca=f"{folder}/none"),
                       "No such file or directory")
            self.check(TlsOptions(cert=pem("client"), key=key("server")),
                       "key values mismatch; name the key that belongs to "
                       f"the certificate {pem('client')}")
            self.check(TlsOptions(cert=pem("client"), key=key("server-ec")),
                       f"TlsOptions.key: the key '{key('server-ec')}' cannot "
                       "be used: ", "; name the key that belongs to the "
                       f"certificate {pem('client')}")

    @unittest.skipIf(os.geteuid() == 0, "root reads every file")
    def test_a_file_that_may_not_be_read(self):
        with tempfile.NamedTemporaryFile() as file:
            os.chmod(file.name, stat.S_IWUSR)
            self.check(TlsOptions(ca=file.name), "Permission denied")

    def test_one_file_may_hold_certificate_and_key(self):
        with tempfile.TemporaryDirectory() as folder:
            both = os.path.join(folder, "both")
            with open(both, "w", encoding="ascii") as file:
                for path in (pem("client"), key("client")):
                    with open(path, encoding="ascii") as part:
                        file.write(part.read())
            with FakeServer(tls(serve(FakeClock("x")), "server",
                                "ca")) as server, \
                    time_client.connect(server.endpoint, tls=TlsOptions(
                        ca=pem("ca"), cert=both, key=both)) as client:
                self.assertEqual(client.get_time(), "x")

    def test_files_are_read_once(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "ca")
            os.symlink(pem("ca"), path)
            with FakeServer(tls(serve(FakeClock("x"), calls=1))) as server, \
                    time_client.connect(server.endpoint, tls=TlsOptions(
                        ca=path)) as client:
                os.unlink(path)
                for _ in range(3):
                    self.assertEqual(client.get_time(), "x")

    def test_no_keys_are_written(self):
        with tempfile.TemporaryDirectory() as folder, \
                mock.patch.dict(os.environ, {"SSLKEYLOGFILE":
                                             f"{folder}/keys"}), \
                FakeServer(tls(serve(FakeClock("x")))) as server, \
                time_client.connect(server.endpoint, tls=TlsOptions(
                    ca=pem("ca"))) as client:
            client.get_time()
            self.assertEqual(os.listdir(folder), [])


class CommandLineTest(unittest.TestCase):
    def check(self, part, *arguments, **variables):
        code, out, err = run("get_time", *arguments, **variables)
        self.assertEqual((code, out), (2, ""), err)
        self.assertRegex(err, r"\Atime_client: .*\n\Z")
        self.assertIn(part, err)

    def test_wrong_usage_is_code_2_and_names_the_flags(self):
        use = ("does nothing without TLS: use --tls, or write the endpoint "
               "as tls:host:port")
        for part, arguments in (
                (f"--tls-ca {use}", ["--tls-ca=x"]),
                (f"--tls-cert {use}", ["--tls-key=x", "--tls-cert=x"]),
                (f"--tls-key {use}", ["--tls-key=x"]),
                (f"--tls-server-name {use}", ["--tls-server-name=x"]),
                ("--tls-cert without --tls-key: name the certificate's key, "
                 "or the same file if it holds both",
                 ["--tls", "--tls-cert=x"]),
                ("--tls-key without --tls-cert: name the key's certificate",
                 ["--tls", "--tls-key=x"]),
                ("--tls-server-name 'a b': a host's name has no space, '/', "
                 "'[' or ']'; write a name or an address",
                 ["--tls", "--tls-server-name=a b"]),
                ("'tls:unix:/run/t.sock': a unix socket has no name that its "
                 "server's certificate could be for: use --tls-server-name",
                 ["--endpoint=tls:unix:/run/t.sock"]),
                ("--tls-ca: the CA '/none' cannot be used: No such file or "
                 "directory; name a readable PEM file with the certificates "
                 "to trust",
                 ["--tls", "--tls-ca=/none"]),
                ("--tls 'maybe' is neither yes nor no", ["--tls=maybe"]),
                ("--tls '' is neither yes nor no", ["--tls="]),
                ("--tls is given twice; give it once", ["--tls", "--tls"]),
                ("option '--tls-ca' is missing", ["--tls-ca", "--tls"])):
            with self.subTest(arguments):
                self.check(part, *arguments)
                self.check(part, *arguments, "--protocol=auto")

    def test_a_bad_variable_is_named(self):
        self.check("TIME_CLIENT_TLS 'maybe' is neither yes nor no",
                   TIME_CLIENT_TLS="maybe")
