"""The two command lines, time-client in C++ and time_client in Python, are one:
the same arguments give the same exit code, the same output, and say as much.

    TIME_SERVER=... TIME_CLIENT=... python3 command_lines_test.py

Also run under each Thrift library that is installed, since that is all that may
differ between one Python and another.
"""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys

from system_test import PATIENCE_S, SystemTest, interpreter_with, main, skip

_HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON_CLIENT = os.path.join(_HERE, "..", "..", "client", "python")
sys.path.insert(0, os.path.join(_HERE, "..", "client"))
from fake_time_server import FakeTimeServer  # noqa: E402

LIBRARIES = ("thriftpy2", "thriftpy")
CERTIFICATES = os.environ.get("TIMESERVICE_CERTIFICATES", "")
SETTINGS = {name: value for name, value in os.environ.items()
            if not name.startswith("TIME_CLIENT_")}


class CommandLine:
    """One of the programs."""

    def __init__(self, name, *command, **variables):
        self.name = name
        self._command = command
        self._environment = {**SETTINGS, **variables, "LC_ALL": "C.UTF-8"}

    def start(self, *arguments, stdin=subprocess.DEVNULL, **variables):
        return subprocess.Popen(
            [*self._command, *arguments], encoding="utf-8",
            env={**self._environment, **variables}, stdin=stdin,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *arguments, **variables):
        return result_of(self.start(*arguments, **variables))


def result_of(running, lines=None):
    """Exit code, stdout, stderr. `lines` go to stdin."""
    with running:
        out, err = running.communicate(lines, timeout=PATIENCE_S)
    return running.returncode, out, err


CPP = CommandLine("time-client", os.environ["TIME_CLIENT"])


def python_command_lines():
    """One for each library that is there."""
    found = []
    for library in LIBRARIES:
        python = interpreter_with(library)
        if python is not None:
            found.append(CommandLine(
                "time_client", python, "-m", "time_client",
                PYTHONPATH=PYTHON_CLIENT, TIME_CLIENT_THRIFT=library))
    return found


def pem(name):
    return os.path.join(CERTIFICATES, f"{name}.pem")


def key(name):
    return os.path.join(CERTIFICATES, f"{name}.key")


class TlsTimeServer(FakeTimeServer):
    """One behind TLS. What `client_ca` has signed is asked of clients, if that
    is given."""

    def __init__(self, certificate="server", client_ca="", **settings):
        super().__init__(**settings)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pem(certificate), key(certificate))
        if client_ca:
            self._context.load_verify_locations(pem(client_ca))
            self._context.verify_mode = ssl.CERT_REQUIRED

    def _serve(self, connection):
        try:
            # A copy: the other one ends this, at last.
            with self._context.wrap_socket(connection.dup(),
                                           server_side=True) as stream:
                super()._serve(stream)
        except OSError:
            pass  # the client does not like the certificate


class BothTest(SystemTest):
    """The helpers; without tests."""

    @classmethod
    def setUpClass(cls):
        cls.pythons = python_command_lines()
        if not cls.pythons:
            skip("the Python command line",
                 "neither thriftpy2 nor thriftpy is installed")

    def run_all(self, *arguments, **variables):
        """What C++ gives, and then what each Python does."""
        started = [line.start(*arguments, **variables)
                   for line in (CPP, *self.pythons)]
        return [result_of(running) for running in started]

    def assert_same(self, code, *arguments, **variables):
        """All exit with the code. Their outputs and errors."""
        results = self.run_all(*arguments, **variables)
        self.assertEqual([result[0] for result in results],
                         [code] * len(results), results)
        for _, out, err in results:
            if code == 0:
                self.assertEqual(err, "")
            else:
                self.assertEqual(out, "")
                self.assertEqual(err.count("\n"), 1, err)
        return [out if code == 0 else err for _, out, err in results]

    def assert_same_of_lines(self, code, lines, *arguments):
        """As assert_same(), with stdin; and what is printed is equal, but for
        the programs' names."""
        results = [result_of(line.start(*arguments, stdin=subprocess.PIPE),
                             lines) for line in (CPP, *self.pythons)]
        results = [(found, out, err.replace(f"{CPP.name}: ", "time_client: "))
                   for found, out, err in results]
        self.assertEqual(results[0][0], code, results[0])
        self.assertEqual(results, results[:1] * len(results))

    def assert_equal_output(self, *arguments, **variables):
        first, *others = self.assert_same(0, *arguments, **variables)
        self.assertTrue(first)
        self.assertEqual(others, [first] * len(others))


class CallsTest(BothTest):
    def test_what_is_no_measurement_is_the_same_to_the_letter(self):
        for command, settings in (
                ("get_time", {"text": "21 Uhr \u00e4\x1b[2J\x7f\n"}),
                ("status", {}), ("status", {"error_ns": -1}),
                ("status", {"state": 3}), ("status", {"state": 42})):
            with FakeTimeServer(**settings) as server:
                for output in ("text", "json"):
                    with self.subTest(command, output=output, **settings):
                        self.assert_equal_output("--endpoint", server.endpoint,
                                                 command, "--output", output)

    def test_timestamps_and_zones_are_the_same_to_the_letter(self):
        commands = (
            ["to-local", "0", "-1", "179555585612345678",
             "--zone=Europe/Berlin", "--format=%F %T"],
            ["from-local", "2026-11-24 21:30", "\u00e4", "--policy=later"],
            ["zones"], ["periods", "--zone=Zulu", "--from=-5", "--until=1"],
            ["periods", "--from=2026-01-01", "--until=2026-06-01T00:00:00+00:00"],
            ["to-local", *map(str, range(2500))])
        with FakeTimeServer() as server:
            for command in commands:
                for output in ("text", "json"):
                    with self.subTest(command[:4], output=output):
                        self.assert_equal_output("--endpoint", server.endpoint,
                                                 *command, "--output", output)

    def test_timestamps_are_written_alike(self):
        for count in ([], ["3"], ["1000001"]):
            for output in ("text", "json"):
                results = []
                for line in (CPP, *self.pythons):
                    with FakeTimeServer() as server:
                        results.append(line.run(
                            "timestamps", *count, "--endpoint",
                            server.endpoint, "--output", output))
                self.assertEqual(results[0][0], 0)
                self.assertEqual(results, results[:1] * len(results))

    def test_now_is_written_alike(self):
        with FakeTimeServer(error_ns=10**9) as server:
            shapes = [re.sub(r"\d+\.\d+ s ", "1.0 s ",
                             re.sub(r"[\d:.T-]{29}Z", "Z", out))
                      for out in self.assert_same(
                          0, "now", "--endpoint", server.endpoint)]
            self.assertEqual(shapes, ["Z +- 1.0 s  SYNCHRONIZED\n"] * len(shapes))
            kinds = [self.kind(json.loads(out)) for out in self.assert_same(
                0, "now", "--output=json", "--endpoint", server.endpoint)]
            self.assertEqual(kinds, kinds[:1] * len(kinds))
            for line in self.assert_same(1, "now", "--max-error=999ms",
                                         "--endpoint", server.endpoint):
                self.assertIn("the clock may be off", line)

    def test_lines_of_standard_input_are_answered_and_named_alike(self):
        rows = (
            (0, "", ["to-local"]), (0, "", ["from-local"]),
            (0, "1\n-2\r\n3", ["to-local", "--zone=Zulu", "--output=json"]),
            (0, "a\n\nb\n", ["from-local"]),
            (1, "1\nx\n", ["to-local"]), (1, "1\r\n\r\n", ["to-local"]),
            (1, f"1\n2\n{2 * 10**18}\n", ["to-local"]),
            (1, f"1\nx\n{2 * 10**18}\n", ["to-local"]),
            (1, f"1\n{2 * 10**18}\nx\n", ["to-local", "--output=json"]),
            (1, "".join(f"{n}\n" for n in range(1500)) + "x\n", ["to-local"]),
            (1, "1\n" + "5" * 65537 + "\n", ["to-local"]),
            (1, "1\n" + "5" * 200000, ["to-local"]),
            (1, "a\nbad\n", ["from-local"]))
        with FakeTimeServer() as server:
            for code, lines, command in rows:
                with self.subTest(command, lines=lines):
                    self.assert_same_of_lines(
                        code, lines, "--endpoint", server.endpoint, *command)

    def test_a_bad_word_is_named_alike(self):
        with FakeTimeServer() as server:
            for command in (["to-local", "1", str(2 * 10**18)],
                            ["from-local", "a", "b", "bad"],
                            ["periods", "--from=bad", "--until=1"],
                            ["periods", "--until=bad", "--from=1"]):
                with self.subTest(command):
                    lines = self.assert_same(1, "--endpoint", server.endpoint,
                                             *command)
                    lines[0] = lines[0].replace(CPP.name, "time_client")
                    self.assertEqual(lines, lines[:1] * len(lines))
            for line in self.assert_same(1, "--endpoint", server.endpoint,
                                         "from-local", "a", "--zone=Nowhere"):
                self.assertIn("no such zone", line)

    def check_check(self, code, *arguments, **settings):
        """The verdicts in text, without their numbers."""
        with FakeTimeServer(**settings) as server:
            results = self.run_all("check", "--endpoint", server.endpoint,
                                   *arguments)
        self.assertEqual([(result[0], result[2]) for result in results],
                         [(code, "")] * len(results), results)
        return [out for _, out, _ in results]

    def test_check_has_the_same_codes_words_and_keys(self):
        hour_ns = 3600 * 10**9
        wide = ("--warning=1m", "--critical=2m")
        rows = ((0, wide, {}), (2, (), {"ahead_ns": hour_ns}),
                (1, ("--warning=1s", "--critical=2h"), {"ahead_ns": -hour_ns}),
                (2, ("--critical=10ms",), {"error_ns": 5 * 10**7}),
                (3, (), {"error_ns": -1}), (3, (), {"state": 3}),
                (0, (*wide, "--against=server"), {"error_ns": -1}),
                (2, (), {"error_ns": hour_ns}))
        for code, flags, settings in rows:
            with self.subTest(settings, flags=flags):
                shapes = [re.sub(r"[+-]?\d+\.\d+ (us|ms|s)\b", "9.9 us", out)
                          for out in self.check_check(code, *flags, **settings)]
                self.assertEqual(shapes, shapes[:1] * len(shapes))
                kinds = [self.kind(json.loads(out)) for out in
                         self.check_check(code, "--output=json", *flags, **settings)]
                self.assertEqual(kinds, kinds[:1] * len(kinds))

    def test_check_does_not_know_where_nobody_answers(self):
        for out in self.check_check(3, "--timeout=0.3", behave="keep silent"):
            self.assertRegex(out, "^UNKNOWN: .*127.0.0.1:.*\n$")
        for out in self.check_check(3, "--timeout=0.3", "--output=json",
                                    behave="keep silent"):
            self.assertEqual(sorted(json.loads(out)), [
                "message", "off_by_at_most_ns", "verdict"])

    def test_check_tells_wrong_usage_on_standard_output(self):
        for arguments in (["check", "x"], ["check", "--against=me"],
                          ["check", "--warning=2s"], ["check", "--warning=soon"],
                          ["check", "--bogus"]):
            results = self.run_all(*arguments)
            for code, out, err in results:
                self.assertEqual((code, err, out.count("\n")), (3, "", 1), out)
                self.assertTrue(out.startswith("UNKNOWN: "), out)
            if "--bogus" not in arguments:
                self.assertEqual(results, results[:1] * len(results))

    def test_measurements_have_the_same_keys_and_words(self):
        for error_ns in (1500, -1):
            with FakeTimeServer(error_ns=error_ns,
                                ahead_ns=-3600 * 10**9) as server:
                for command in (["exchange"], ["watch", "--count=2",
                                               "--interval=0.01"]):
                    with self.subTest(command, error=error_ns):
                        self.check_measurement(server.endpoint, *command)

    def check_measurement(self, endpoint, *command):
        arguments = ("--endpoint", endpoint, "--samples", "3", *command)
        shapes = [re.sub(r"\d", "9", out)
                  for out in self.assert_same(0, *arguments)]
        # The units of small times differ by chance.
        shapes = [re.sub(r"9+\.9+ (us|ms)", "9.9 us", shape)
                  for shape in shapes]
        self.assertEqual(shapes, shapes[:1] * len(shapes))
        kinds = [[self.kind(json.loads(line)) for line in out.splitlines()]
                 for out in self.assert_same(0, *arguments, "--output=json")]
        self.assertEqual(kinds, kinds[:1] * len(kinds))

    @staticmethod
    def kind(result):
        """The keys, and what does not depend on the moment."""
        kept = ("samples", "discarded", "state", "server_error_ns", "verdict",
                "message")
        return {key: value if key in kept or value is None
                else type(value).__name__ for key, value in result.items()}

    def test_the_real_server_is_told_alike(self):
        server = self.serve()
        ask = ("--endpoint", server.endpoints[0], "--output=json")
        for command in ("get_time", "exchange", "status", "zones"):
            keys = [set(json.loads(out))
                    for out in self.assert_same(0, *ask, command)]
            self.assertEqual(keys, keys[:1] * len(keys))

    def test_each_failure_has_its_code(self):
        rows = ((1, "buffered", {"behave": "close"}),
                (1, "buffered", {"behave": "reset"}),
                (1, "buffered", {"behave": "reply HTTP"}),
                (1, "buffered", {"behave": "refuse"}),
                (1, "buffered", {"methods": ()}),
                (1, "buffered", {"framed": True}),
                (4, "buffered", {"behave": "keep silent"}),
                (1, "auto", {"behave": "close"}),
                (1, "auto", {"methods": ()}),
                (4, "auto", {"behave": "keep silent"}))
        for code, transport, settings in rows:
            with self.subTest(settings, transport=transport), \
                    FakeTimeServer(**settings) as server:
                for line in self.assert_same(
                        code, "--endpoint", server.endpoint, "--transport",
                        transport, "--retries=0", "--timeout=0.3",
                        "get_time"):
                    self.assertIn(server.endpoint, line)

    def test_no_connection_has_its_code(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            refused = f"127.0.0.1:{unused.getsockname()[1]}"
            for endpoint, *command in (
                    (refused, "get_time"), (refused, "watch", "--count=1"),
                    (refused, "get_time", "--transport=auto"),
                    (f"{'x' * 70}:1", "get_time"),
                    ("unix:/nonexistent/s", "get_time")):
                with self.subTest(endpoint, command=command):
                    for line in self.assert_same(3, "--endpoint", endpoint,
                                                 "--retries=0", *command):
                        self.assertIn(endpoint, line)

    def test_flags_stand_anywhere_and_in_the_environment(self):
        with FakeTimeServer(framed=True) as server:
            for arguments in (
                    ["--transport=framed", "get_time", "--endpoint"],
                    ["get_time", "--transport", "framed", "--endpoint"]):
                self.assert_equal_output(*arguments, server.endpoint)
            self.assert_equal_output(
                "status", TIME_CLIENT_ENDPOINT=f"127.0.0.1:1,{server.endpoint}",
                TIME_CLIENT_TRANSPORT="framed", TIME_CLIENT_OUTPUT="json",
                TIME_CLIENT_TIMEOUT="20", TIME_CLIENT_SAMPLES="nonsense",
                TIME_CLIENT_RETRIES="")

    def test_a_variable_that_is_no_setting_is_warned_of(self):
        with FakeTimeServer() as server:
            for code, out, err in self.run_all(
                    "get_time", "--endpoint", server.endpoint,
                    TIME_CLIENT_TIMEOUTS="1s", TIME_CLIENT_COLOUR="red",
                    TIME_CLIENT_IN_FLIGHT="3", TIME_CLIENT_PORT="9090",
                    TIME_CLIENT_ZON=""):
                self.assertEqual((code, out.count("\n")), (0, 1))
                self.assertEqual(
                    sorted(line.partition(": ")[2]
                           for line in err.splitlines()),
                    ["TIME_CLIENT_COLOUR is no setting and is ignored: "
                     "see --help",
                     "TIME_CLIENT_TIMEOUTS is no setting and is ignored: "
                     "did you mean TIME_CLIENT_TIMEOUT?"])

    def test_watch_ends_with_0_on_a_signal(self):
        with FakeTimeServer() as server:
            for line in (CPP, *self.pythons):
                for number in (signal.SIGINT, signal.SIGTERM):
                    with self.subTest(line.name, number=number), line.start(
                            "watch", "--endpoint", server.endpoint,
                            "--interval=0.01") as running:
                        running.stdout.readline()
                        running.send_signal(number)
                        _, err = running.communicate(timeout=PATIENCE_S)
                        self.assertEqual((running.returncode, err), (0, ""))


class TlsTest(BothTest):
    """No Thrift library has a part in it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        del cls.pythons[1:]
        if not os.path.exists(os.path.join(CERTIFICATES, "made")):
            skip("the command lines over TLS", "there are no certificates: "
                 "build the target test_certificates, which needs openssl")

    def test_tls_is_asked_for_alike(self):
        ca = f"--tls-ca={pem('ca')}"
        with TlsTimeServer("server", "ca") as server:
            client = (ca, "--tls-cert", pem("client"), "--tls-key",
                      key("client"))
            for arguments in (
                    ("--tls", "status", "--endpoint", server.endpoint),
                    ("status", "--endpoint", server.endpoint, "--tls=yes",
                     "--tls-server-name=localhost"),
                    ("status", "--endpoint", f"tls:{server.endpoint}"),
                    ("status", "--endpoint", f"tls:{server.endpoint}",
                     "--tls=no")):
                with self.subTest(arguments):
                    self.assert_equal_output(*arguments, *client)
            self.assert_equal_output(
                "status", TIME_CLIENT_ENDPOINT=server.endpoint,
                TIME_CLIENT_TLS="yes", TIME_CLIENT_TLS_CA=pem("ca"),
                TIME_CLIENT_TLS_CERT=pem("client"),
                TIME_CLIENT_TLS_KEY=key("client"))
        with TlsTimeServer(framed=True) as server:
            self.assert_equal_output("--tls", ca, "status", "--endpoint",
                                     server.endpoint, "--protocol=auto",
                                     "--transport=auto")
        with FakeTimeServer() as server:
            self.assert_equal_output("--tls=no", "status", "--endpoint",
                                     server.endpoint, TIME_CLIENT_TLS="yes")

    def test_why_there_is_no_tls_is_told_in_the_same_words(self):
        ca = f"--tls-ca={pem('ca')}"
        find = "leave --tls and tls: out, or find the TLS port"
        name = "name one in --tls-cert and --tls-key"
        rows = (
            ("the server's certificate has expired: renew it on the server, "
             "or set this machine's clock right", TlsTimeServer("expired"),
             [ca]),
            ("the server's certificate is not for '127.0.0.1': is it the "
             "right server? then name it as its certificate does, in "
             "subjectAltName, or use --tls-server-name",
             TlsTimeServer("wrong-name"), [ca]),
            ("the server's certificate is not for 'a.example': is it the "
             "right server? then name it as its certificate does, in "
             "subjectAltName, or use --tls-server-name", TlsTimeServer(),
             [ca, "--tls-server-name=a.example"]),
            ("the server's certificate is not for 'localhost': is it the "
             "right server? then name it as its certificate does, in "
             "subjectAltName, or use --tls-server-name",
             TlsTimeServer("no-names"), [ca, "--tls-server-name=localhost"]),
            *(("the server's certificate is signed by an unknown CA, or the "
               "server leaves out one between: is it the right server? then "
               "name its CA's certificate in --tls-ca",
               server, flags)
              for server, flags in ((TlsTimeServer("impostor"), [ca]),
                                    (TlsTimeServer(), []))),
            (f"the server wants a client certificate: {name}",
             TlsTimeServer("server", "ca"), [ca]),
            ("the server does not accept this client's certificate (unknown "
             "ca): name one that a CA of the server has signed in --tls-cert "
             "and --tls-key", TlsTimeServer("server", "ca"),
             [ca, "--tls-cert", pem("stranger"), "--tls-key",
              key("stranger")]),
            ("the server closed the connection in the TLS handshake: it may "
             f"take no TLS: {find}", FakeTimeServer(), [ca]))
        for number, (text, server, flags) in enumerate(rows):
            # Each other one by the search for a dialect, which has a say, too.
            search = ["--protocol=auto"] if number % 2 else []
            with self.subTest(text), server:
                for line in self.assert_same(
                        3, "--tls=yes", "--endpoint", server.endpoint,
                        "--retries=0", "status", *flags, *search):
                    self.assertIn(f"tls:{server.endpoint}: ", line)
                    self.assertIn(f": {text}\n".lower(), line.lower())

    def test_the_next_endpoint_has_its_turn_where_tls_fails(self):
        with TlsTimeServer("impostor") as impostor, \
                TlsTimeServer("server", "other-ca") as closed, \
                TlsTimeServer() as server:
            for auto in ((), ("--transport=auto",)):
                self.assert_equal_output(
                    "--tls", "--tls-ca", pem("ca"), "status",
                    *(f"--endpoint={each.endpoint}"
                      for each in (impostor, closed, server)),
                    "--retries=0", *auto)

    def test_files_that_cannot_be_used_are_told_alike(self):
        flag = f"--tls-cert={pem('client')}"
        rows = (
            (["--tls-ca=/nothing"], "--tls-ca: the CA '/nothing' cannot be "
             "used: No such file or directory; name a readable PEM file with "
             "the certificates to trust"),
            (["--tls-cert=/nothing", "--tls-key=/x"], "--tls-cert: the "
             "certificate '/nothing' cannot be used: No such file or "
             "directory; name a readable PEM file, the certificate itself "
             "first"),
            ([flag, "--tls-key", key("server")], "--tls-key: the key "
             f"'{key('server')}' cannot be used: key values mismatch; name "
             f"the key that belongs to the certificate {pem('client')}"),
            ([flag, "--tls-key", key("server-ec")], "--tls-key: the key "
             f"'{key('server-ec')}' cannot be used: ...; name the key that "
             f"belongs to the certificate {pem('client')}"),
            ([flag, "--tls-key", key("locked")], "--tls-key: the key "
             f"'{key('locked')}' cannot be used: ...; name a readable PEM "
             "file with the certificate's private key, without a password"))
        for flags, text in rows:
            start, _, end = text.partition("...")
            for line in self.assert_same(2, "--tls=yes", "status", *flags):
                self.assertIn(f": {start}", line)
                self.assertTrue(line.endswith(f"{end}\n"), line)


class WordsTest(BothTest):
    """What no server is needed for, and no Thrift library has a part in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        del cls.pythons[1:]

    def sections(self, text):
        """The lines of --help that describe something, by heading and name."""
        found = {}
        for line in text.splitlines():
            heading = re.fullmatch(r"(\w[\w ]*)( \(default\))?:", line)
            row = re.fullmatch(r"  (\S+( [A-Z]+)?)  +(.*)", line)
            # The manual page and the completion find them by the blanks.
            self.assertTrue(row or not line.startswith("  "), line)
            if heading:
                found[heading.group(1)] = rows = {}
            elif row:
                rows[row.group(1)] = row.group(3)
        return found

    def only_cpp(self):
        """The commands that Python lacks, and the flags for those alone."""
        ours, theirs = (self.sections(line.run("--help")[1])
                        for line in (CPP, self.pythons[0]))
        commands = set(ours["Commands"]) - set(theirs["Commands"])
        flags = {name.split()[0][2:] for name, text in ours["Flags"].items()
                 if text.split(":")[0] in commands}
        return commands | flags

    def test_both_have_the_same_version(self):
        numbers = [out.split()[1] for out in self.assert_same(0, "--version")]
        self.assertEqual(numbers, numbers[:1] * len(numbers))

    def test_what_both_have_is_described_alike(self):
        ours, *others = map(self.sections, self.assert_same(0, "--help"))
        self.assertEqual(sorted(ours["Exit codes"]), list("01234"))
        lacking = self.only_cpp()
        for theirs in others:
            for heading in ("Commands", "Flags", "Output formats",
                            "Exit codes"):
                common = {name: text for name, text in ours[heading].items()
                          if name.split()[0].lstrip("-") not in lacking}
                self.assertEqual(set(theirs[heading]), set(common))
                for name, text in theirs[heading].items():
                    # What a timeout is for differs: see the READMEs.
                    if name != "--timeout TIME":
                        self.assertEqual(text, common[name])

    def test_the_exit_codes_of_the_readme_are_those_of_help(self):
        with open(os.path.join(_HERE, "..", "..", "README.md"),
                  encoding="utf-8") as file:
            table = dict(re.findall(r"^\| (\d) \| (.*) \|$", file.read(),
                                    re.MULTILINE))
        for text in self.assert_same(0, "--help"):
            self.assertEqual(self.sections(text)["Exit codes"], table)

    def test_wrong_usage_has_its_code_and_the_same_words(self):
        rows = (
            [], ["noon"], ["status", "status"], ["--bogus", "status"],
            ["--end", "a:1", "status"], ["-x"], ["--", "--help"],
            ["--protocol", "xml", "status"], ["status", "--transport=http"],
            ["--output", "xml", "status"], ["--endpoint"],
            *(["--timeout", value, "status"]
              for value in ("soon", "nan", "0", "-1", "1e9", "0x1", "31m",
                            "0.9ms", "0s", "5 s", "5sec", "-1s", "1e1s")),
            *(["status", "--retries", value]
              for value in ("2.5", "-1", "101", "+1")),
            ["--retries=1", "status", "--retries=2"],
            ["--samples=0", "exchange"], ["--samples=10001", "exchange"],
            ["--samples=3", "get_time"], ["--interval=1", "exchange"],
            ["timestamps", "0"], ["timestamps", "x"], ["timestamps", "-1"],
            ["timestamps", "1", "2"], ["zones", "UTC"], ["to-local", "x"],
            ["to-local", "9223372036854775808"], ["to-local", ""],
            ["zones", "--zone=UTC"], ["to-local", "--policy=later"],
            ["from-local", "a", "--policy=guess"], ["periods", "--from=1"],
            ["periods", "--until=1"], ["exchange", "--warning=1s"],
            *(["now", f"--max-error={value}"]
              for value in ("5", "ms", "0ms", "25h", ".5s", "5.s", "1e3s",
                            "-1ms", "nans", "5 ms")),
            ["--interval=0", "watch"], ["--count=-1", "watch"],
            ["status", "--tls-server-name=x"],
            ["status", "--tls-key=x", "--tls-ca=x"],
            *(["status", "--tls", *flags] for flags in (
                ["--tls=no"], ["--tls-cert=x"], ["--tls-key=x"],
                ["--tls-server-name=a b"])),
            ["status", "--endpoint=tls:unix:/s"], ["status", "--tls=maybe"],
            ["--tls", "noon"])
        for arguments in rows:
            with self.subTest(arguments):
                first, *others = self.assert_same(2, *arguments)
                first = first.replace(CPP.name, "time_client")
                for name in self.only_cpp():
                    first = re.sub(rf"( \||,) (--)?{name}\b", "", first)
                self.assertEqual(others, [first] * len(others))

    def test_the_same_endpoints_are_refused_and_each_form_is_named(self):
        for endpoint in ("", "localhost", "9090", ":9090", "*:9090",
                         "localhost:", "localhost:0", "localhost:65536",
                         "localhost:-1", "localhost:+1", "localhost:http",
                         "::1:9090", "[::1]", "[::1]9090", "[::1:9090",
                         "[]:9090", "http://localhost:9090", "//a:9090",
                         "http://a", "a:1,b:1", "[::1]:1,[::1]:2", "a,b:1",
                         "local host:9090", "unix:", "unix:/" + "x" * 107,
                         "tls:a:0", "tls::9443", "tls:a", "tls:unix:",
                         "TLS:a:1", "tls:tls:a:1", "tls:::1:1"):
            with self.subTest(endpoint):
                for line in self.assert_same(2, "--endpoint", endpoint,
                                             "status"):
                    self.assertIn(f": --endpoint '{endpoint}': ", line)
        for line in (*self.assert_same(2, "--endpoint=localhost", "status"),
                     *self.assert_same(2, "status",
                                       TIME_CLIENT_ENDPOINT="localhost")):
            self.assertRegex(
                line, r"time.client: (--endpoint|TIME_CLIENT_ENDPOINT) "
                r"'localhost': no port; .*host:port, \[v6.*\]:port.*"
                r" unix:/path, behind tls: for TLS")


if __name__ == "__main__":
    main()
