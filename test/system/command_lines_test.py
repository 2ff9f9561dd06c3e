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
import subprocess
import sys

from system_test import PATIENCE_S, SystemTest, interpreter_with, main, skip

_HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON_CLIENT = os.path.join(_HERE, "..", "..", "client", "python")
sys.path.insert(0, os.path.join(_HERE, "..", "client"))
from fake_time_server import FakeTimeServer  # noqa: E402

LIBRARIES = ("thriftpy2", "thriftpy")
SETTINGS = {name: value for name, value in os.environ.items()
            if not name.startswith("TIME_CLIENT_")}


class CommandLine:
    """One of the programs."""

    def __init__(self, name, *command, **variables):
        self.name = name
        self._command = command
        self._environment = {**SETTINGS, **variables, "LC_ALL": "C.UTF-8"}

    def start(self, *arguments, **variables):
        return subprocess.Popen(
            [*self._command, *arguments], encoding="utf-8",
            env={**self._environment, **variables}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *arguments, **variables):
        return result_of(self.start(*arguments, **variables))


def result_of(running):
    """Exit code, stdout, stderr."""
    with running:
        out, err = running.communicate(timeout=PATIENCE_S)
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
        kept = ("samples", "discarded", "state", "server_error_ns")
        return {key: value if key in kept or value is None
                else type(value).__name__ for key, value in result.items()}

    def test_the_real_server_is_told_alike(self):
        server = self.serve()
        ask = ("--endpoint", server.endpoints[0], "--output=json")
        for command in ("get_time", "exchange", "status"):
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
            row = re.fullmatch(r"  (\S+( [A-Z]+)?) +(.*)", line)
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
                    if name != "--timeout SECONDS":
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
              for value in ("soon", "nan", "0", "-1", "1e9", "1s", "0x1")),
            *(["status", "--retries", value]
              for value in ("2.5", "-1", "101", "+1")),
            ["--retries=1", "status", "--retries=2"],
            ["--samples=0", "exchange"], ["--samples=10001", "exchange"],
            ["--samples=3", "get_time"], ["--interval=1", "exchange"],
            ["--interval=0", "watch"], ["--count=-1", "watch"])
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
                         "local host:9090", "unix:", "unix:/" + "x" * 107):
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
                r" unix:/path")


if __name__ == "__main__":
    main()
