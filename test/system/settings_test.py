"""How the server is told what to do, and what it answers to what it cannot do:
flags, variables, the configuration file, --help, usage errors, endpoints."""

import contextlib
import json
import os
import re
import resource
import shlex
import shutil
import signal
import socket
import ssl
import stat
import struct
import subprocess
import time

from clock_calls import ClockCalls
from raw_client import (RawClient, exchange_request, frame, get_time_request,
                        server_send_ns_of)
from server_process import ServerProcess
from system_test import (DEFAULT_MODE, EVENT_LOOP_MODES, MODES, PATIENCE_S,
                         ROOT, SystemTest, free_port, has_ipv6, has_sanitizer,
                         main, skip)


# The defaults of --message-timeout and --write-timeout are 10 s.
WELL_BEFORE_S = 7


def threads_of(server):
    return len(os.listdir(f"/proc/{server.pid}/task"))


def calls_before_a_reply_is_taken(server):
    """How many calls of one client the server runs when that only sends. Over a
    unix socket: the kernel keeps few replies there, and many thousands over TCP."""
    with RawClient(server.endpoints[0]) as client:
        client.send_without_reading(frame(exchange_request()))
        first_taken_ns = time.time_ns()
        client.socket.shutdown(socket.SHUT_WR)
        ran_ns = server_send_ns_of(client.receive_all())
    return sum(ns < first_taken_ns for ns in ran_ns)


SWITCHES = ("oracle-init",)

CERTIFICATES = os.environ["TIMESERVICE_CERTIFICATES"]
TLS = {"listen": "tls:unix:{directory}/s", "tls-cert": CERTIFICATES + "/server.pem",
       "tls-key": CERTIFICATES + "/server.key"}
ADMIN = {"admin": "unix:{directory}/admin"}

# What shows that a setting has arrived: the settings that go with it, its value,
# and a method of SettingsTest that looks for its effect.
SETTINGS = {
    "mode": ({}, "threaded", "ready_line_has"),
    "protocol": ({}, "compact", "ready_line_has"),
    "transport": ({}, "framed", "ready_line_has"),
    "listen": ({}, "unix:{directory}/other", "listens_there"),
    "threads": ({"mode": "threadpool"}, "5", "has_threads"),
    "io-threads": ({"mode": "nonblocking"}, "5", "has_threads"),
    "max-message-size": ({}, "20", "refuses_a_get_time"),
    "max-unsent-replies": ({}, "1", "waits_until_replies_are_taken"),
    "tls-cert": (TLS, CERTIFICATES + "/server.pem", "speaks_tls"),
    "tls-key": (TLS, CERTIFICATES + "/server.key", "speaks_tls"),
    "tls-client-ca": (TLS, CERTIFICATES + "/ca.pem", "refuses_a_client_without_a_certificate"),
    "tls-handshake-timeout": (TLS, "80ms", "closes_a_client_that_greets_nobody"),
    "max-in-flight": (ADMIN, "7", "tells_its_limit"),
    "queue-timeout": (ADMIN, "7ms", "tells_its_limit"),
    "admin": ({}, "unix:{directory}/admin", "tells_it_serves"),
    "drain-delay": ({}, "12ms", "serves_on_for_so_long"),
    "max-connections": ({}, "1", "takes_one_connection"),
    "idle-timeout": ({}, "80ms", "closes_an_idle_client"),
    "message-timeout": ({}, "80ms", "closes_half_a_message"),
    "write-timeout": ({}, "80ms", "closes_a_slow_reader"),
    "drain-timeout": ({}, "1234ms", "drains_with_that_limit"),
    "max-error": ({"clock-error": "fixed:1500ms"}, "2s", "gives_a_bound_over_a_second"),
    "clock-error": ({}, "fixed:70ms", "gives_a_bound_of_70_ms"),
    # What these three bound does not happen here: that they are read is all there is.
    "upstream-error": ({}, "100ms", "serves"),
    "holdover-after": ({}, "5m", "serves"),
    "max-jump": ({}, "1h", "serves"),
    "zoneinfo": ({}, "{directory}/zones", "knows_the_zones_there"),
    "oracle-state": ({"oracle-init": "yes"}, "{directory}/timestamps", "hands_out_timestamps"),
    "oracle-init": ({"oracle-state": "{directory}/timestamps"}, "yes", "hands_out_timestamps"),
    "oracle-window": ({"oracle-init": "yes", "oracle-state": "{directory}/timestamps"}, "10m",
                      "has_a_watermark_minutes_ahead"),
    "oracle-timeout": ({"oracle-init": "yes", "oracle-state": "{directory}/timestamps"}, "1s", "hands_out_timestamps"),
    "log-level": ({}, "error", "says_no_word"),
    "log-format": ({}, "json", "logs_json"),
}


class SettingsTest(SystemTest):
    """Each setting does what it says, wherever it stands."""

    def as_flags(self, _, settings):
        return [part for name, value in settings.items()
                for part in ((f"--{name}",) if name in SWITCHES else (f"--{name}", value))], {}

    def as_variables(self, _, settings):
        return [], {"TIME_SERVER_" + name.upper().replace("-", "_"): value
                    for name, value in settings.items()}

    def as_file(self, server, settings):
        path = os.path.join(server.directory, "settings")
        with open(path, "w", encoding="utf-8") as file:
            file.write("# what it is told\n")
            for name, value in settings.items():
                file.write(f"{name} = {value}\n")
        return ["--config", path], {"TIME_SERVER_CLOCK_ERROR": ""}

    def test_every_setting_as_flag_as_variable_and_in_the_file(self):
        for write in (self.as_flags, self.as_variables, self.as_file):
            for name, (more, value, effect) in SETTINGS.items():
                with self.subTest(f"{name} {write.__name__}"):
                    server = self.server()
                    given = {key: word.format(directory=server.directory) for key, word in {**more, name: value}.items()}
                    value = given[name]
                    self.make_zones(server)
                    # In the order of the table: as flags and in a file any will do.
                    args, env = write(server, given)
                    if "listen" not in given:
                        args = [*args, f"--listen=unix:{server.directory}/s"]
                    server.start(args, env)
                    getattr(self, effect)(server, name, value, more)
                    if server.running:
                        self.assertEqual(server.stop(), 0, server.stderr())

    def make_zones(self, server):
        folder = os.path.join(server.directory, "zones")
        if not os.path.isdir(folder):
            os.mkdir(folder)
            shutil.copy("/usr/share/zoneinfo/UTC", folder)
            with open(os.path.join(folder, "tzdata.zi"), "w", encoding="ascii") as file:
                file.write("# version 1999z\nZ UTC 0 - UTC\n")

    def status_of(self, server):
        with ClockCalls(server) as calls:
            return calls.status()

    def serves(self, server, *_):
        self.status_of(server)

    def gives_a_bound_over_a_second(self, server, *_):
        self.assertGreater(self.status_of(server)[4][3], 1e9)

    def gives_a_bound_of_70_ms(self, server, *_):
        clock = self.status_of(server)[4]
        self.assertEqual((clock[3] // 10**7, clock[4]), (7, "fixed"))

    def knows_the_zones_there(self, server, *_):
        self.assertEqual(self.status_of(server)[3], "1999z")

    def hands_out_timestamps(self, server, _, value, more):
        self.assertEqual(self.status_of(server)[5][1], 1)  # SERVING

    def has_a_watermark_minutes_ahead(self, server, *_):
        status = self.status_of(server)
        self.assertGreater(status[5][4] - status[4][1], 240e9)

    def ready_line_has(self, server, name, value, _):
        self.assertIn(f"{name} {value}", server.ready_line)

    def listens_there(self, server, _, value, __):
        self.assertEqual(server.endpoints, [value])
        self.assert_good_client(server)

    @contextlib.contextmanager
    def tls_client(self, server):
        context = ssl.create_default_context(cafile=CERTIFICATES + "/ca.pem")
        with socket.socket(socket.AF_UNIX) as plain:
            plain.settimeout(PATIENCE_S)
            plain.connect(server.endpoints[0].removeprefix("tls:unix:"))
            with context.wrap_socket(plain, server_hostname="localhost") as client:
                yield client

    def speaks_tls(self, server, *_):
        with self.tls_client(server) as client:
            client.sendall(frame(get_time_request()))
            self.assertIn(b"get_time", client.recv(4096))

    def refuses_a_client_without_a_certificate(self, server, *_):
        with self.assertRaises(ssl.SSLError):
            self.speaks_tls(server)

    def closes_a_client_that_greets_nobody(self, server, *_):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(server.endpoints[0].removeprefix("tls:unix:"))
            server.wait_for_log("tls_timeout", WELL_BEFORE_S)

    def told(self, server, path):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE_S)
            client.connect(os.path.join(server.directory, "admin"))
            client.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode("ascii"))
            return b"".join(iter(lambda: client.recv(65536), b"")).decode("utf-8")

    def tells_its_limit(self, server, name, value, _):
        limits = json.loads(self.told(server, "/status").partition("\r\n\r\n")[2])["limits"]
        told = {"max-in-flight": "in_flight", "queue-timeout": "queue_timeout_ms"}[name]
        self.assertEqual(str(limits[told]), value.removesuffix("ms"))

    def tells_it_serves(self, server, *_):
        self.assertIn("200 OK", self.told(server, "/readyz"))

    def serves_on_for_so_long(self, server, _, value, __):
        self.assertEqual(server.stop(), 0)
        server.wait_for_log(f"serves on for {value[:-2]} ms")

    def has_threads(self, server, name, value, more):
        # Against the same server with one thread less.
        less = self.serve(f"--{name}", str(int(value) - 1),
                          *self.as_flags(None, more)[0])
        self.eventually(lambda: threads_of(server) == threads_of(less) + 1)

    def refuses_a_get_time(self, server, *_):
        with RawClient(server.endpoints[0]) as client:
            client.send(frame(get_time_request()))
            client.receive_all()
        server.wait_for_log("message_too_large")

    def waits_until_replies_are_taken(self, server, *_):
        # Against the same server that may hold as many as it does by default.
        other = self.serve(listen=f"unix:{server.directory}/other")
        calls = calls_before_a_reply_is_taken(server)
        self.eventually(  # on a busy machine not at once
            lambda: calls_before_a_reply_is_taken(other) > 2 * calls)

    def takes_one_connection(self, server, *_):
        with RawClient(server.endpoints[0]) as first:
            first.get_time(framed=True)
            with RawClient(server.endpoints[0]) as second:
                self.assertEqual(second.receive_all(), b"")
            first.get_time(framed=True)

    def closes_an_idle_client(self, server, *_):
        with RawClient(server.endpoints[0]) as client:
            self.assertEqual(client.receive_all(), b"")
        self.assertNotIn("message_timeout", server.stderr())

    def closes_half_a_message(self, server, *_):
        with RawClient(server.endpoints[0]) as client:
            client.send(get_time_request()[:-3])
            server.wait_for_log("message_timeout", WELL_BEFORE_S)

    def closes_a_slow_reader(self, server, *_):
        with RawClient(server.endpoints[0]) as client:
            with contextlib.suppress(ConnectionError):
                client.send_without_reading(get_time_request())
            server.wait_for_log("slow_reader", WELL_BEFORE_S)

    def drains_with_that_limit(self, server, _, value, __):
        self.assertEqual(server.stop(), 0)
        server.wait_for_log(f"at most {value[:-2]} ms")

    def says_no_word(self, server, *_):
        self.assertEqual(server.stop(), 0)
        self.assertEqual(server.stderr(), "")

    def logs_json(self, server, *_):
        self.assertEqual(server.stop(), 0)
        lines = server.stderr().splitlines()
        self.assertEqual(len(lines), 2, lines)
        for line in lines:
            self.assertEqual(set(json.loads(line)),
                             {"time", "level", "message"})

    def test_modes_that_hold_one_reply_at_a_time_wait_whatever_is_set(self):
        directory = self.server().directory
        servers = {mode: self.serve(
            "--mode", mode, "--max-unsent-replies", "1MiB",
            listen=f"unix:{directory}/{mode}") for mode in MODES}
        reactor = servers.pop("reactor")
        calls = max(map(calls_before_a_reply_is_taken, servers.values()))
        self.eventually(
            lambda: calls_before_a_reply_is_taken(reactor) > 2 * calls)

    def test_the_table_of_this_test_has_every_setting(self):
        self.assertEqual(set(re.findall(r"^  --([a-z-]+) ", help_of(self),
                                        re.MULTILINE)),
                         {*SETTINGS, "config"})

    def test_a_flag_goes_before_a_variable_and_that_before_the_file(self):
        places = {"file": "mode = threaded", "variable": "nonblocking",
                  "flag": "simple"}
        cases = {("file",): "threaded", ("variable",): "nonblocking",
                 ("flag",): "simple", ("file", "variable"): "nonblocking",
                 ("file", "flag"): "simple", ("variable", "flag"): "simple",
                 ("file", "variable", "flag"): "simple"}
        for given, mode in cases.items():
            with self.subTest(given):
                server = self.server()
                args, env = ["--listen", "127.0.0.1:0"], {}
                if "file" in given:
                    env["TIME_SERVER_CONFIG"] = os.path.join(server.directory,
                                                             "settings")
                    with open(env["TIME_SERVER_CONFIG"], "w") as file:
                        file.write(places["file"])
                if "variable" in given:
                    env["TIME_SERVER_MODE"] = places["variable"]
                if "flag" in given:
                    args += ["--mode", places["flag"]]
                server.start(args, env)
                self.assertIn(f"mode {mode},", server.ready_line)
                self.assertEqual(server.stop(), 0)

    def test_endpoints_of_one_place_replace_those_of_another(self):
        server = self.server()
        flag, first, second, from_file = (
            f"unix:{server.directory}/{name}" for name in "abcd")
        path = os.path.join(server.directory, "settings")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"listen = {from_file}\nlisten = {first}\n")
        env = {"TIME_SERVER_LISTEN": f"{first},{second}"}
        for args, env, expected in (
                (["--config", path, "--listen", flag], env, [flag]),
                (["--config", path], env, [first, second]),
                (["--config", path], {}, [from_file, first])):
            server.start(args, env)
            self.assertEqual(server.endpoints, expected)
            self.assertEqual(server.stop(), 0)

    def test_an_empty_variable_is_as_good_as_none(self):
        server = self.serve(env={"TIME_SERVER_MODE": "",
                                 "TIME_SERVER_CONFIG": ""})
        self.assertIn(f"mode {DEFAULT_MODE},", server.ready_line)


def run(*args, env=None):
    settings = {name: value for name, value in os.environ.items()
                if not name.startswith("TIME_SERVER_")}
    return subprocess.run(
        [os.environ["TIME_SERVER"], *args], env={**settings, **(env or {})},
        timeout=PATIENCE_S, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, encoding="utf-8")


def help_of(test):
    done = run("--help")
    test.assertEqual((done.returncode, done.stderr), (0, ""))
    return done.stdout


class HelpTest(SystemTest):
    def test_help_wins_over_everything_else_that_is_said(self):
        for args in (["--help"], ["-h"], ["--mode", "nope", "--help"]):
            with self.subTest(args):
                done = run(*args, env={"TIME_SERVER_MODE": "nope"})
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn("--listen ENDPOINT", done.stdout)

    def test_help_lists_the_modes_of_this_test(self):
        _, _, after = help_of(self).partition("--mode")
        modes, _, _ = after.partition("\n  --")
        self.assertEqual(re.findall(r"\n +(\w+)", modes), list(MODES))

    def test_help_keeps_each_flag_apart_from_its_text(self):
        for line in help_of(self).splitlines():
            if line.startswith("  --") and not line.startswith("  --version"):
                with self.subTest(line):
                    self.assertRegex(line, r"^  --[a-z-]+( [A-Z]+)? +[a-z]")

    def test_help_tells_the_exit_codes_and_the_variables(self):
        text = help_of(self)
        for words in ("0 drained", "1 could not start", "2 wrong settings",
                      "3 calls were still", r"128 \+ N",
                      "TIME_SERVER_MAX_MESSAGE_SIZE"):
            self.assertRegex(text, words)

    def test_version(self):
        done = run("--version")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"\Atime-server \d+\.\d+\.\d+\n\Z")


class UsageErrorTest(SystemTest):
    """One line on stderr: what is wrong, where it stands, what to do. Exit 2."""

    def check(self, args, *said, env=None):
        """`said`: what the line must have, in this order."""
        with self.subTest(" ".join(args) or str(env)):
            done = run(*args, env=env)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertRegex(done.stderr, r"\Atime-server: [^\n]+\n\Z")
            self.assertRegex(done.stderr, ".*".join(said))

    def test_names_that_are_not_there(self):
        self.check(["--nope", "1"], "'--nope'", "--help")
        self.check(["--mod", "simple"], "'--mod'", "--help")
        for name in ("mode", "protocol", "transport", "log-level",
                     "log-format"):
            self.check([f"--{name}", "nope"], f"--{name}", "'nope'",
                       r"\w+ \| \w+")
        self.check(["--mode", "Simple"], "--mode", "'Simple'", "simple")
        for mode in MODES:
            self.check(["--mode", "nope"], "--mode", mode)

    def test_endpoints(self):
        form = (r"host:port, \[v6-address\]:port or unix:/path, behind tls: for TLS; \*:port or :port "
                "is every address")
        for value in ("", "localhost", "127.0.0.1:", "127.0.0.1:http",
                      "127.0.0.1:65536", "127.0.0.1:-1", "::1:9090",
                      "[::1:9090", "[::1]", "[]:9090", "unix:",
                      "unix:/" + "x" * 108):
            self.check(["--listen", value], "--listen",
                       re.escape(f"'{value}'"), form)
        self.check(["--listen", "127.0.0.1:0", "--listen", "nope"], "--listen",
                   "'nope'", form)
        self.check(["--listen", "127.0.0.1:0,"], "--listen", "''", form)

    def test_quantities(self):
        for name in ("threads", "io-threads", "max-connections"):
            for value in ("many", "-1", "1.5", "4k", "", "9" * 30):
                self.check([f"--{name}", value], f"--{name}",
                           re.escape(f"'{value}'"), "a whole number")
        for name in ("max-message-size", "max-unsent-replies"):
            for value in ("big", "1XB", "1.5MiB", "-1", "", "9" * 30):
                self.check([f"--{name}", value], f"--{name}",
                           re.escape(f"'{value}'"), "such as 65536")
            for value in ("0", "257MiB", "9999GiB"):
                self.check([f"--{name}", value], f"--{name}", f"'{value}'",
                           "between 1 and 256MiB")
        for name in ("idle", "message", "write", "drain"):
            for value in ("5", "5x", "-5s", "1.5s", "soon", "9" * 30 + "s"):
                self.check([f"--{name}-timeout", value], f"--{name}-timeout",
                           re.escape(f"'{value}'"), "such as 250ms")

    def test_what_is_given_twice(self):
        for name, value in (("mode", "simple"), ("threads", "2"),
                            ("max-message-size", "1MiB"), ("config", "x")):
            self.check([f"--{name}", value, f"--{name}={value}"], f"--{name}",
                       "2 times", "once")

    def test_what_is_left_out_or_too_much(self):
        self.check(["--mode"], "--mode", "--help")
        self.check(["simple"], "flag", "--help")
        self.check(["--mode", "simple", "threaded"], "flag", "--help")

    def test_what_a_mode_cannot_do(self):
        self.check(["--mode", "nonblocking", "--transport", "buffered"],
                   "--mode nonblocking", "--transport buffered", "use",
                   "framed", "threadpool")
        for mode in ("simple", "threaded"):
            self.check(["--threads", "4", "--mode", mode], "--threads",
                       f"--mode {mode}", "use",
                       "threadpool, nonblocking, reactor")
        self.check(["--max-in-flight", "1", "--mode", "simple"],
                   "--max-in-flight", "--mode simple", "leave it out",
                   "threaded, threadpool, nonblocking, reactor")
        for mode in MODES:
            if mode not in EVENT_LOOP_MODES:
                self.check(["--io-threads", "2", "--mode", mode],
                           "--io-threads", f"--mode {mode}", "use",
                           ", ".join(EVENT_LOOP_MODES))
        self.check(["--threads", "0", "--mode", "threadpool"], "--threads 0",
                   "at least 1")
        for mode in EVENT_LOOP_MODES:
            self.check(["--io-threads", "0", "--mode", mode],
                       "--io-threads 0", "at least 1")
        self.check(["--max-connections", "0"], "--max-connections 0",
                   "at least 1")

    def test_variables(self):
        self.check([], "TIME_SERVER_MODE", "'nope'", "simple", env={
            "TIME_SERVER_MODE": "nope"})
        self.check([], "TIME_SERVER_MAX_CONNECTIONS", "'many'", "number", env={
            "TIME_SERVER_MAX_CONNECTIONS": "many"})
        self.check([], "TIME_SERVER_LISTEN", "'nope'", "host:port", env={
            "TIME_SERVER_LISTEN": "127.0.0.1:0,nope"})
        self.check([], "TIME_SERVER_CONFIG /nowhere/settings", "read", "No such",
                   env={"TIME_SERVER_CONFIG": "/nowhere/settings"})

    def test_the_file(self):
        directory = self.server().directory
        path = os.path.join(directory, "settings")
        for text, *said in (
                ("nope = 1\n", ":1: ", "'nope = 1' is no setting", "--help"),
                ("\nmode = nope\n", ":2: mode", "'nope'", "simple"),
                ("[server]\nmode = simple\n", ":1: ", "server", "--help"),
                ("mode simple\n", ":1: ", "mode simple", "mode = "),
                ("mode = simple\nmode = simple\n", ":2: mode", "2 times",
                 "once"),
                ("threads = many\n", ":1: threads", "'many'", "number"),
                ("config = other\n", ":1: ", "config", "--help")):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            self.check(["--config", path], re.escape(path), *said)
        for missing, why in (("/nowhere/settings", "No such file"),
                             (directory, "Is a directory")):
            self.check(["--config", missing], "--config", missing, "read", why)

    def test_an_endpoint_that_is_given_twice(self):
        path = f"unix:{self.server().directory}/s"
        self.check(["--listen", f"{path},{path}"], "--listen", path, "twice",
                   "once")
        port = free_port()
        for first, second, named in (
                ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
                ("localhost", "127.0.0.1", "127.0.0.1"),
                ("127.0.0.1", "*", "127.0.0.1"),
                ("", "127.0.0.1", "127.0.0.1"),
                ("0.0.0.0", "0.0.0.0", "0.0.0.0")):
            self.check(["--listen", f"{first}:{port}",
                        "--listen", f"{second}:{port}"],
                       "--listen", re.escape(f"{second}:{port}"),
                       f"{named}:{port} is given twice", "once")


class UnknownVariableTest(SystemTest):
    """A variable that is no setting is a warning, and the server serves."""

    def test_it_is_named_in_a_line_of_the_log(self):
        server = self.serve(env={"TIME_SERVER_THREAD": "4"})
        self.assert_good_client(server)
        lines = server.stderr().splitlines()
        self.assertEqual(len(lines), 1, lines)
        self.assertRegex(lines[0], r"warning: TIME_SERVER_THREAD is .* ignored"
                                   r".* TIME_SERVER_THREADS\b")

    def test_none_of_those_that_compose_takes_is_warned_of(self):
        with open(os.path.join(ROOT, "docker", ".env.example"),
                  encoding="utf-8") as file:
            env = dict(re.findall(r"^(TIME_SERVER_\w+)=(.*)$", file.read(),
                                  re.MULTILINE))
        self.assertIn("TIME_SERVER_PORT", env)
        self.assertEqual(self.serve(env=env).stderr(), "")


class ReadyLineTest(SystemTest):
    def test_it_names_the_mode_and_what_is_taken(self):
        for mode, transports in MODES.items():
            server = self.serve("--mode", mode)
            taken = "auto" if len(transports) > 1 else transports[0]
            self.assertRegex(
                server.ready_line,
                rf"\Aready: listening on 127\.0\.0\.1:[1-9]\d*; mode {mode}, "
                rf"protocol auto, transport {taken}\Z")
            self.assert_good_client(server)
            self.assertEqual(server.stop(), 0)
            self.assertEqual(server.stdout_lines, [server.ready_line])

    def test_every_endpoint_is_named_and_served(self):
        server = self.server()
        listen = ["127.0.0.1:0", f"unix:{server.directory}/s", "127.0.0.1:0"]
        if has_ipv6():
            listen.append("[::1]:0")
        for mode in MODES:
            with self.subTest(mode):
                server.start(["--mode", mode, "--listen", ",".join(listen[:2]),
                              *(f"--listen={one}" for one in listen[2:])])
                self.assertEqual([re.sub(r":[1-9]\d*$", ":0", endpoint)
                                  for endpoint in server.endpoints], listen)
                self.assertEqual(len(set(server.endpoints)), len(listen))
                for endpoint in server.endpoints:
                    with RawClient(endpoint) as client:
                        client.get_time(framed=True)
                self.assertEqual(server.stop(), 0)

    def test_a_given_port_is_the_one_that_is_bound(self):
        first = self.serve()
        port = first.port
        self.assertEqual(first.stop(), 0)
        # Connections of the first may linger in the kernel: no obstacle.
        second = self.serve(listen=f"127.0.0.1:{port}")
        self.assertEqual(second.endpoints, [f"127.0.0.1:{port}"])

    def test_localhost_is_every_address_of_that_name_on_one_port(self):
        v4, v6 = "127.0.0.1 localhost\n", "::1 localhost\n"
        for hosts, expected in (
                (v4, ["127.0.0.1"]),
                (v4 + v6, ["127.0.0.1", "[::1]"]),
                # Resolvers give an address as often as it stands there.
                (v4 + v4 + v6, ["127.0.0.1", "[::1]"])):
            with self.subTest(hosts):
                if "[::1]" in expected and not has_ipv6():
                    continue
                server = self.server_where(hosts)
                server.start(["--listen", "localhost:0"])
                self.assertEqual(sorted(server.endpoints), sorted(
                    f"{address}:{server.port}" for address in expected))
                for endpoint in server.endpoints:
                    with RawClient(endpoint) as client:
                        client.get_time(framed=True)
                self.assertEqual(server.stop(), 0)

    def server_where(self, hosts):
        """A server that sees `hosts` in the place of /etc/hosts."""
        directory = self.server().directory
        hosts_file = os.path.join(directory, "hosts")
        with open(hosts_file, "w", encoding="utf-8") as file:
            file.write(hosts)
        mounted = ["unshare", "--map-root-user", "--mount", "sh", "-c",
                   f"mount --bind {hosts_file} /etc/hosts && exec \"$0\" \"$@\""]
        try:
            subprocess.run([*mounted, "true"], check=True, timeout=PATIENCE_S,
                           stderr=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError):
            skip("what localhost may resolve to",
                 "this user may not mount in a namespace of its own",
                 excused=True)
        program = os.path.join(directory, "program")
        with open(program, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\nexec {shlex.join(mounted)} "
                       f'{shlex.quote(os.environ["TIME_SERVER"])} "$@"\n')
        os.chmod(program, 0o700)
        server = ServerProcess(program)
        self.addCleanup(server.__exit__, None, None, None)
        return server


class CannotListenTest(SystemTest):
    """One line on stderr that names the endpoint. Exit 1."""

    def check_failure(self, endpoint, *said):
        with self.subTest(endpoint):
            done = run("--listen", endpoint)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertRegex(done.stderr, r"\Atime-server: --listen: [^\n]+\n\Z")
            self.assertRegex(done.stderr, ".*".join(
                (re.escape(endpoint), *said)))
            return done.stderr

    def test_a_port_that_is_taken(self):
        server = self.serve()
        self.check_failure(server.endpoints[0], "in use",
                           "choose another endpoint")
        self.assert_good_client(server)

    def test_a_unix_path_that_a_server_listens_at(self):
        server = self.server()
        server.start(["--listen", f"unix:{server.directory}/s"])
        self.check_failure(server.endpoints[0], "in use",
                           "choose another endpoint")
        self.assert_good_client(server)  # its socket file is still there
        self.assertEqual(server.stop(), 0)

    def test_a_path_that_cannot_be_a_socket(self):
        directory = self.server().directory
        self.check_failure(f"unix:{directory}/missing/s", "No such")
        file = os.path.join(directory, "file")
        with open(file, "w", encoding="utf-8") as stream:
            stream.write("mine")
        self.assertNotIn("another program listens there",
                         self.check_failure(f"unix:{file}"))
        with open(file, encoding="utf-8") as stream:
            self.assertEqual(stream.read(), "mine")
        self.check_failure(f"unix:{directory}")

    def test_an_address_that_is_not_of_this_host(self):
        self.check_failure("198.51.100.1:0", "address")

    def test_nothing_listens_when_one_endpoint_of_two_cannot(self):
        server = self.server()
        path = f"{server.directory}/s"
        done = run("--listen", f"unix:{path}", "--listen",
                   f"unix:{server.directory}/missing/s")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertFalse(os.path.exists(path))

    def test_the_socket_file_of_a_killed_server_is_taken_over(self):
        for mode in MODES:
            with self.subTest(mode):
                server = self.server()
                path = os.path.join(server.directory, "s")
                args = ["--mode", mode, "--listen", f"unix:{path}"]
                server.start(args)
                server.signal(signal.SIGKILL)
                self.assertEqual(server.wait(), -signal.SIGKILL)
                self.assertTrue(stat.S_ISSOCK(os.stat(path).st_mode))
                server.start(args)
                self.assert_good_client(server)
                self.assertEqual(server.stop(), 0)


class LogTest(SystemTest):
    def test_text_lines(self):
        server = self.serve()
        self.assertEqual(server.stop(), 0)
        for line in server.stderr().splitlines():
            self.assertRegex(line, r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z "
                                   r"(info|warning|error): \S")

    def test_json_lines_with_a_message_that_holds_quotes(self):
        # The server runs out of descriptors, and says at which endpoint: a path
        # with every character that JSON writes in its own way.
        if has_sanitizer("ubsan"):
            skip("a server without descriptors",
                 "the sanitizer takes some for its own checks, and fails",
                 excused=True)
        server = self.server()
        path = server.directory + '/say "hi" \\ \t é'
        server.start(["--log-format", "json", "--listen", f"unix:{path}"])
        with RawClient(server.endpoints[0]) as old:
            old.get_time(framed=True)
            with without_descriptors(server), RawClient(server.endpoints[0]):
                server.wait_for_log("Too many open files")
                old.get_time(framed=True)
        self.assert_good_client(server)  # as soon as it can
        self.assertEqual(server.stop(), 0)
        lines = [json.loads(line) for line in server.stderr().splitlines()]
        for line in lines:
            self.assertRegex(line["time"], r"\A\d{4}-\d\d-\d\dT[\d:.]+Z\Z")
            self.assertIn(line["level"], ("info", "warning"))
        self.assertTrue(any(f"unix:{path}" in line["message"]
                            for line in lines), lines)


    def test_json_lines_of_calls_have_a_member_for_each_field(self):
        server = self.serve("--log-format", "json", "--log-level", "debug")
        name = b'no "such"\n\xff'
        with RawClient(server.endpoints[0]) as client:
            client.get_time(framed=True)
            client.send(frame(struct.pack(">II", 0x80010001, len(name)) + name
                              + struct.pack(">IB", 1, 0)))
            server.wait_for_log("unknown_method")
        self.assertEqual(server.stop(), 0)
        lines = [json.loads(line) for line in server.stderr().splitlines()]
        calls = [line for line in lines if line["message"] == "call"]
        self.assertEqual([(call["method"], call["outcome"]) for call in calls],
                         [("get_time", "reply"), ('no "such"\n\ufffd', "unknown_method")])
        for call in calls:
            self.assertEqual(call["peer"].partition(":")[0], "127.0.0.1")
            self.assertEqual((call["protocol"], call["transport"]), ("binary", "framed"))
            for number in ("waited_us", "took_us", "bytes_in", "bytes_out"):
                self.assertGreaterEqual(call[number], 0)
            self.assertGreater(call["bytes_out"], call["bytes_in"])


@contextlib.contextmanager
def without_descriptors(server):
    """While it lasts, the server can open no further descriptor."""
    limits = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    taken = {int(name) for name in os.listdir(f"/proc/{server.pid}/fd")}
    next_one = min(set(range(len(taken) + 1)) - taken)
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (next_one, limits[1]))
    try:
        yield
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, limits)


if __name__ == "__main__":
    main()
