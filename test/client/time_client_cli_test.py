"""What time-client prints and how it exits. TIME_CLIENT is the path of the program."""

import json
import os
import re
import signal
import socket
import subprocess
import unittest

from fake_time_server import FakeTimeServer

PROGRAM = os.environ["TIME_CLIENT"]
HOUR_NS = 3_600_000_000_000
COMMANDS = ("get_time | now | exchange | check | timestamps | to-local | from-local | periods | zones | status | "
            "watch | bench")


def environment(**more):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TIME_CLIENT_")}
    return {**clean, "LC_ALL": "C.UTF-8", **more}


def run(*arguments, **variables):
    """Exit code, stdout and stderr of a run that must end within 30 s."""
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=30, check=False,
                          env=environment(**variables), stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


def refusing_port():
    """A bound port that does not listen: it refuses while the socket lives."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound, f"127.0.0.1:{bound.getsockname()[1]}"


class Output(unittest.TestCase):
    def test_get_time_prints_just_the_text(self):
        with FakeTimeServer() as server:
            self.assertEqual(run("--endpoint", server.endpoint, "get_time"), (0, "Tue Nov 24 21:30:56 2026\n", ""))

    def test_get_time_does_nothing_to_the_terminal(self):
        with FakeTimeServer(text="a\x1b[2Jb\nc") as server:
            self.assertEqual(run("--endpoint", server.endpoint, "get_time"), (0, "a?[2Jb?c\n", ""))

    def test_get_time_as_json_even_if_it_is_no_utf8(self):
        with FakeTimeServer(text=b"\xff noon") as server:
            code, out, err = run("--endpoint", server.endpoint, "--output", "json", "get_time")
            self.assertEqual((code, json.loads(out), err), (0, {"time": "\ufffd noon"}, ""))

    def test_exchange_prints_offset_and_delay_with_their_bound(self):
        with FakeTimeServer() as server:
            code, out, err = run("--endpoint", server.endpoint, "exchange")
            number = r"\d+\.\d{3,9} (us|ms|s)"
            self.assertRegex(out, rf"^offset [+-]{number} ± {number} \(delay {number}, best of 8\), "
                                  r"server state SYNCHRONIZED, error bound 1\.500 us\n$")
            self.assertEqual((code, err), (0, ""))

    def test_exchange_says_when_the_server_gives_no_bound(self):
        with FakeTimeServer(state=0, error_ns=-1) as server:
            _, out, _ = run("--endpoint", server.endpoint, "exchange", "--samples", "2")
            self.assertRegex(out, r"best of 2\), server state UNKNOWN, no error bound\n$")

    def test_a_state_of_the_future_is_unknown(self):
        with FakeTimeServer(state=42) as server:
            for command in ("status", "exchange"):
                _, out, _ = run("--endpoint", server.endpoint, command)
                self.assertRegex(out, r"state UNKNOWN, no error bound\n")

    def test_exchange_as_json_measures_within_its_bound(self):
        for ahead in (0, HOUR_NS, -HOUR_NS):
            with self.subTest(ahead=ahead), FakeTimeServer(ahead_ns=ahead) as server:
                code, out, err = run("--endpoint", server.endpoint, "--output=json", "exchange", "--samples", "3")
                self.assertEqual((code, err, out.count("\n")), (0, "", 1))
                found = json.loads(out)
                self.assertEqual(sorted(found), ["bound_ns", "client_error_ns", "delay_ns", "discarded", "offset_ns",
                                                 "samples", "server_error_ns", "state"])
                self.assertEqual(found["client_error_ns"], abs(found["offset_ns"]) + found["bound_ns"] + 1500)
                self.assertLessEqual(abs(found["offset_ns"] - ahead), found["bound_ns"])
                self.assertEqual((found["delay_ns"] + 1) // 2, found["bound_ns"])
                self.assertEqual((found["samples"], found["discarded"], found["server_error_ns"], found["state"]),
                                 (3, 0, 1500, "SYNCHRONIZED"))

    def test_an_hour_is_told_in_seconds(self):
        with FakeTimeServer(ahead_ns=-HOUR_NS) as server:
            _, out, _ = run("--endpoint", server.endpoint, "exchange")
            self.assertRegex(out, r"^offset -(3600|3599)\.\d{9} s ± ")

    def test_status(self):
        with FakeTimeServer() as server:
            self.assertEqual(run("--endpoint", server.endpoint, "status"), (
                0,
                "version 9.8.7\n"
                "started 1970-01-01T00:00:00.000000500Z\n"
                "tzdb    2025b\n"
                "clock   2001-09-09T01:46:40.000000001Z, state SYNCHRONIZED, error bound 1.500 us\n"
                "source  kernel, 2 steps, TAI-UTC 37 s, leap second +1\n"
                "oracle  SERVING, last 123, watermark 456, ahead 0.007 us, leader other:9090\n",
                ""))

    def test_status_as_json(self):
        with FakeTimeServer() as server:
            code, out, err = run("--endpoint", server.endpoint, "--output", "json", "status")
            self.assertEqual((code, err), (0, ""))
            self.assertEqual(json.loads(out), {
                "version": "9.8.7", "started_ns": 500, "tzdb_version": "2025b",
                "clock": {"now_ns": 1_000_000_000_000_000_001, "state": "SYNCHRONIZED", "error_ns": 1500,
                          "bound_source": "kernel", "steps": 2, "tai_offset_s": 37, "pending_leap_s": 1},
                "oracle": {"role": "SERVING", "leader": "other:9090", "last_timestamp": 123, "watermark": 456,
                           "ahead_ns": 7}})

    def test_a_bound_that_is_not_promised_is_null_in_json(self):
        with FakeTimeServer(error_ns=-1) as server:
            ask = ("--endpoint", server.endpoint, "--output", "json")
            for command in (("exchange",), ("watch", "--count", "1")):
                found = json.loads(run(*ask, *command)[1])
                self.assertIsNone(found["server_error_ns"])
                self.assertIsNone(found["client_error_ns"])
            self.assertIsNone(json.loads(run(*ask, "status")[1])["clock"]["error_ns"])

    def test_flags_may_stand_before_and_after_the_command(self):
        with FakeTimeServer(framed=True) as server:
            for arguments in (["--transport", "framed", "get_time", "--endpoint", server.endpoint],
                              ["get_time", "--transport=framed", "--endpoint", server.endpoint],
                              ["--transport=framed", "--endpoint", server.endpoint, "--", "get_time"]):
                self.assertEqual(run(*arguments), (0, "Tue Nov 24 21:30:56 2026\n", ""))

    def test_help_and_version_go_to_standard_output(self):
        code, out, err = run("--help")
        self.assertEqual((code, err), (0, ""))
        for word in ("--endpoint", "--samples", "TIME_CLIENT_TIMEOUT", "Exit codes", *COMMANDS.split(" | ")):
            self.assertIn(word, out)
        code, out, err = run("--version")
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, r"^time-client \d+\.\d+\.\d+\n$")

    def test_a_full_disk_is_an_error(self):
        with FakeTimeServer() as server, open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([PROGRAM, "--endpoint", server.endpoint, "get_time"], stdout=full, timeout=30,
                                  stderr=subprocess.PIPE, text=True, env=environment(), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "^time-client: standard output: .*No space left on device\n$")


    def test_standard_streams_that_are_closed_are_one_line(self):
        """And what is printed goes to no socket that got their number: to the server, it would be a reply."""
        unwritable = "time-client: standard output: cannot be written: Bad file descriptor\n"
        unreadable = "time-client: standard input: cannot be read: Bad file descriptor\n"
        the_time = "Tue Nov 24 21:30:56 2026\n"
        for words, closing, expected in (
                (["get_time"], ">&-", (1, "", unwritable)), (["--help"], ">&-", (1, "", unwritable)),
                (["check"], ">&-", (3, "", unwritable)), (["noon"], "2>&-", (2, "", "")),
                (["noon"], "2>/dev/full", (2, "", "")), (["get_time"], "2>&-", (0, the_time, "")),
                (["get_time"], "<&-", (0, the_time, "")), (["to-local"], "<&-", (1, "", unreadable))):
            with self.subTest(words, closing=closing), FakeTimeServer() as server:
                done = subprocess.run(["/bin/sh", "-c", f'exec "$0" "$@" {closing}', PROGRAM, "--endpoint",
                                       server.endpoint, *words], capture_output=True, text=True, timeout=30, check=False,
                                      env=environment(), stdin=subprocess.DEVNULL)
                self.assertEqual((done.returncode, done.stdout, done.stderr), expected)

    def test_a_reader_that_has_gone_ends_it_without_a_word(self):
        with FakeTimeServer() as server, subprocess.Popen(
                [PROGRAM, "--endpoint", server.endpoint, "watch", "--interval=10ms"], stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True, env=environment(), stdin=subprocess.DEVNULL) as running:
            running.stdout.readline()
            running.stdout.close()
            self.assertEqual(running.stderr.read(), "")
        self.assertEqual(running.returncode, -signal.SIGPIPE)


class Failures(unittest.TestCase):
    def check(self, code, line, *arguments, **variables):
        """Nothing on stdout, and one line on stderr that matches."""
        found, out, err = run(*arguments, **variables)
        self.assertEqual((found, out, err.count("\n")), (code, "", 1), err)
        self.assertRegex(err, rf"^time-client: {line}\n$")

    def test_cannot_connect_is_3(self):
        bound, endpoint = refusing_port()
        with bound:
            self.check(3, f"{re.escape(endpoint)}: connect: connection refused: nothing listens there; .*",
                       "--endpoint", endpoint, "--retries", "1", "get_time")

    def test_timed_out_is_4(self):
        with FakeTimeServer(behave="keep silent") as server:
            self.check(4, f"{re.escape(server.endpoint)}: receive: no reply within 200 ms: .*try --transport framed",
                       "--endpoint", server.endpoint, "--timeout", "0.2", "get_time")

    def test_a_timeout_may_have_a_unit(self):
        with FakeTimeServer(behave="keep silent") as server:
            for timeout, ms in (("200ms", 200), ("0.3s", 300), ("0.005m", 300), (".25", 250)):
                self.check(4, f"{re.escape(server.endpoint)}: receive: no reply within {ms} ms: .*",
                           "--endpoint", server.endpoint, "--timeout", timeout, "get_time")

    def test_a_closed_connection_is_1(self):
        with FakeTimeServer(behave="close") as server:
            self.check(1, f"{re.escape(server.endpoint)}: receive: the server closed the connection: .*",
                       "--endpoint", server.endpoint, "--retries", "0", "get_time")

    def test_a_reset_connection_is_1(self):
        with FakeTimeServer(behave="reset") as server:
            self.check(1, f"{re.escape(server.endpoint)}: receive: the server reset the connection: .*",
                       "--endpoint", server.endpoint, "--retries", "0", "get_time")

    def test_an_unknown_host_and_an_absent_socket_are_3(self):
        host = "x" * 70  # a label has at most 63 letters: the resolver asks nobody
        self.check(3, f"{host}:1: resolve: unknown host: .*", "--endpoint", f"{host}:1", "--retries", "0", "get_time")
        self.check(3, "unix:/nonexistent/s: connect: no such socket: .*", "--endpoint", "unix:/nonexistent/s",
                   "--retries", "0", "get_time")

    def test_another_service_is_1(self):
        with FakeTimeServer(behave="reply HTTP") as server:
            self.check(1, f"{re.escape(server.endpoint)}: receive: no binary reply over buffered transport .*",
                       "--endpoint", server.endpoint, "get_time")

    def test_an_older_server_is_1(self):
        with FakeTimeServer(methods=("get_time",)) as server:
            self.check(1, f"{re.escape(server.endpoint)}: exchange: the server replied: Invalid method name: "
                          "the server is older than this client, .*", "--endpoint", server.endpoint, "exchange")

    def test_a_usage_error_is_2_and_says_what_would_be_right(self):
        rows = [
            ([], rf"no command; name one of {re.escape(COMMANDS)}.*"),
            (["noon"], rf"command 'noon' is none of {re.escape(COMMANDS)}.*"),
            (["status", "status"], "'status' after the command 'status': it takes nothing"),
            (["--bogus", "status"], "'--bogus' is no flag; the flags are --endpoint, .*"),
            (["--end", "a:1", "status"], "'--end' is no flag; .*"),
            (["--protocol", "xml", "status"], r"--protocol 'xml' is none of auto \| binary \| compact \| json"),
            (["--transport", "http", "status"], r"--transport 'http' is none of auto \| buffered \| framed"),
            (["--output", "xml", "status"], r"--output 'xml' is none of text \| json"),
            (["--timeout", "soon", "status"], "--timeout 'soon' is no number of seconds from 0.001 to 1800, nor such "
             "a time with its unit, as 500ms or 1m"),
            (["--timeout", "31m", "status"], "--timeout '31m' is no number .*"),
            (["--timeout", "0.9ms", "status"], "--timeout '0.9ms' is no number .*"),
            (["--timeout", "5 s", "status"], "--timeout '5 s' is no number .*"),
            (["--timeout", "nan", "status"], "--timeout 'nan' is no number .*"),
            (["--timeout", "0", "status"], "--timeout '0' is no number .*"),
            (["--timeout", "-1", "status"], "--timeout '-1' is no number .*"),
            (["--timeout", "1e9", "status"], "--timeout '1e9' is no number .*"),
            (["--retries", "2.5", "status"], "--retries '2.5' is no whole number from 0 to 100"),
            (["--retries", "1", "--retries", "2", "status"], "--retries is given twice; give it once"),
            (["--samples", "0", "exchange"], "--samples '0' is no whole number from 1 to 10000"),
            (["--samples", "3", "get_time"], "--samples does nothing with get_time; it is for exchange, check, watch"),
            (["--endpoint", "noport", "status"], "--endpoint 'noport': no port; .*"),
            (["--endpoint", ":9090", "status"], "--endpoint ':9090': .*write localhost:9090"),
            (["--endpoint", "a b:1", "status"], "--endpoint 'a b:1': a host's name has no space, .*"),
            (["--endpoint", "//a:1", "status"], "--endpoint '//a:1': a host's name has no space, .*"),
            (["--endpoint", "a:0", "status"], "--endpoint 'a:0': nothing can listen on port 0; .*"),
            (["--endpoint"], ".*--endpoint.*missing; see time-client --help"),
        ]
        for arguments, line in rows:
            with self.subTest(arguments=arguments):
                self.check(2, line, *arguments)

    def test_a_bad_variable_is_named(self):
        self.check(2, "TIME_CLIENT_RETRIES 'x' is no whole number from 0 to 100", "status", TIME_CLIENT_RETRIES="x")


class Environment(unittest.TestCase):
    def test_flags_are_taken_from_the_environment_and_several_endpoints_too(self):
        bound, refusing = refusing_port()
        with bound, FakeTimeServer(framed=True) as server:
            code, out, err = run("status", TIME_CLIENT_ENDPOINT=f"{refusing},{server.endpoint}",
                                 TIME_CLIENT_TRANSPORT="framed", TIME_CLIENT_OUTPUT="json", TIME_CLIENT_SAMPLES="4")
            self.assertEqual((code, err), (0, ""))
            self.assertEqual(json.loads(out)["version"], "9.8.7")

    def test_a_flag_wins(self):
        with FakeTimeServer() as server:
            self.assertEqual(run("--endpoint", server.endpoint, "--transport", "buffered", "get_time",
                                 TIME_CLIENT_ENDPOINT="nonsense", TIME_CLIENT_TRANSPORT="framed"),
                             (0, "Tue Nov 24 21:30:56 2026\n", ""))

    def test_an_empty_variable_is_none(self):
        with FakeTimeServer() as server:
            code, _, err = run("--endpoint", server.endpoint, "get_time", TIME_CLIENT_PROTOCOL="")
            self.assertEqual((code, err), (0, ""))


class Auto(unittest.TestCase):
    """--protocol auto and --transport auto; test/system/auto_client_test.py tries them on the real server."""

    AUTO = ("--protocol", "auto", "--transport", "auto")

    def check(self, code, line, connections, server, *arguments):
        found, out, err = run("--endpoint", server.endpoint, *arguments)
        self.assertEqual((found, out, err.count("\n")), (code, "", 1), err)
        self.assertRegex(err, rf"^time-client: {re.escape(server.endpoint)}: {line}\n$")
        self.assertEqual(server.connections, connections)

    def test_framed_binary_is_tried_first(self):
        with FakeTimeServer(framed=True) as server:
            self.assertEqual(run("--endpoint", server.endpoint, *self.AUTO, "get_time"),
                             (0, "Tue Nov 24 21:30:56 2026\n", ""))
            self.assertEqual(server.connections, 2)  # to find out, and to call

    def test_either_alone_may_be_auto_and_every_command_takes_it(self):
        for auto in (self.AUTO, ("--transport", "auto")):
            for command in (["get_time"], ["exchange"], ["status"], ["watch", "--count", "2", "--interval", "0.01"]):
                with self.subTest(auto=auto, command=command), FakeTimeServer() as server:
                    code, _, err = run("--endpoint", server.endpoint, "--retries", "0", *auto, *command)
                    self.assertEqual((code, err, server.connections), (0, "", 3))
        with FakeTimeServer() as server:
            self.assertEqual(run("--endpoint", server.endpoint, "--protocol", "auto", "get_time")[0], 0)
            self.assertEqual(server.connections, 2)

    def test_without_auto_there_is_no_search(self):
        with FakeTimeServer() as server:
            self.assertEqual(run("--endpoint", server.endpoint, "get_time")[0], 0)
            self.assertEqual(server.connections, 1)

    def test_the_environment_may_say_auto(self):
        with FakeTimeServer(framed=True) as server:
            code, _, err = run("--endpoint", server.endpoint, "status", TIME_CLIENT_PROTOCOL="auto",
                               TIME_CLIENT_TRANSPORT="auto")
            self.assertEqual((code, err), (0, ""))

    def test_all_refused_is_1_and_one_line(self):
        everything = (r"get_time: every dialect was refused \(framed binary, buffered binary, framed compact, buffered "
                      r"compact, framed json, buffered json\): check --protocol and --transport, .*")
        for refusal in ("close", "refuse", "reply HTTP"):
            with self.subTest(refusal), FakeTimeServer(behave=refusal, framed=True) as server:
                self.check(1, everything, 6, server, "--retries", "0", *self.AUTO, "status")

    def test_a_server_that_closed_every_time_is_searched_again_as_it_may_be_starting(self):
        with FakeTimeServer(behave="close") as server:
            self.check(1, "get_time: every dialect was refused .*", 3 * 2, server, "--retries", "2", "--transport",
                       "auto", "get_time")

    def test_a_timeout_ends_the_search(self):
        with FakeTimeServer(behave="keep silent", framed=True) as server:
            self.check(4, "receive: no reply within 200 ms: .*", 1, server, "--timeout", "0.2", *self.AUTO, "get_time")

    def test_a_refused_connection_ends_the_search(self):
        bound, endpoint = refusing_port()
        with bound:
            code, out, err = run("--endpoint", endpoint, "--retries", "0", *self.AUTO, "get_time")
        self.assertEqual((code, out, err.count("\n")), (3, "", 1))
        self.assertRegex(err, r"^time-client: 127\.0\.0\.1:\d+: connect: connection refused: ")

    def test_an_answer_that_is_no_refusal_ends_the_search(self):
        with FakeTimeServer(framed=True, methods=()) as server:
            self.check(1, "get_time: the server replied: .*", 1, server, *self.AUTO, "get_time")

    def test_the_next_endpoint_is_searched_and_called(self):
        bound, refusing = refusing_port()
        with bound, FakeTimeServer(behave="close") as closing, FakeTimeServer(framed=True) as server:
            self.assertEqual(run("--endpoint", refusing, "--endpoint", closing.endpoint, "--endpoint", server.endpoint,
                                 "--retries", "0", *self.AUTO, "get_time"), (0, "Tue Nov 24 21:30:56 2026\n", ""))
            self.assertEqual((closing.connections, server.connections), (6, 2))

    def test_a_server_that_starts_meanwhile_is_found(self):
        bound, endpoint = refusing_port()
        with bound:
            port = bound.getsockname()[1]
            program = subprocess.Popen([PROGRAM, "--endpoint", endpoint, "--retries", "30", *self.AUTO, "get_time"],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
            with self.assertRaises(subprocess.TimeoutExpired):
                program.wait(0.3)  # it is still trying
        with FakeTimeServer(framed=True, port=port):
            self.assertEqual((*program.communicate(timeout=30), program.returncode),
                             ("Tue Nov 24 21:30:56 2026\n", "", 0))


class Failover(unittest.TestCase):
    def test_the_next_endpoint_answers(self):
        bound, refusing = refusing_port()
        with bound, FakeTimeServer() as server:
            self.assertEqual(run("--endpoint", refusing, "--endpoint", server.endpoint, "get_time"),
                             (0, "Tue Nov 24 21:30:56 2026\n", ""))


class Watch(unittest.TestCase):
    LINE = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z offset [+-].* ± .* \(delay .*, best of 1\)\n$"

    def start(self, *arguments):
        program = subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env=environment(), stdin=subprocess.DEVNULL)
        self.addCleanup(program.stderr.close)
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        return program

    def test_count_lines_then_the_end(self):
        with FakeTimeServer() as server:
            code, out, err = run("--endpoint", server.endpoint, "watch", "--count", "3", "--interval", "0.01",
                                 "--samples", "1")
            self.assertEqual((code, err, out.count("\n")), (0, "", 3))
            for line in out.splitlines(keepends=True):
                self.assertRegex(line, self.LINE)

    def test_json_lines_carry_the_time(self):
        with FakeTimeServer() as server:
            _, out, _ = run("--endpoint", server.endpoint, "watch", "--count", "2", "--interval", "0.01", "--output",
                            "json")
            times = [json.loads(line)["time_ns"] for line in out.splitlines()]
            self.assertEqual(len(times), 2)
            self.assertLess(times[0], times[1])

    def test_a_restart_of_the_server_is_survived(self):
        with FakeTimeServer() as server:
            program = self.start("--endpoint", server.endpoint, "watch", "--interval", "0.05", "--samples", "1",
                                 "--retries", "0")
            self.assertRegex(program.stdout.readline(), self.LINE)
        self.assertRegex(program.stderr.readline(), r"^time-client: 127\.0\.0\.1:\d+: ")
        with FakeTimeServer(port=server.port):
            # The first may be from before the restart.
            for _ in range(5):
                self.assertRegex(program.stdout.readline(), self.LINE)
            program.send_signal(signal.SIGTERM)
            self.assertEqual(program.wait(10), 0)

    def test_it_ends_with_0_on_a_signal_even_while_a_call_waits(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number=number), FakeTimeServer() as server:
                program = self.start("--endpoint", server.endpoint, "watch", "--interval", "0.01", "--samples", "1",
                                     "--timeout", "25")
                self.assertRegex(program.stdout.readline(), self.LINE)
                server.behave = "keep silent"
                program.send_signal(number)
                self.assertEqual(program.wait(10), 0)

    def test_if_no_line_succeeded_the_exit_code_says_why(self):
        bound, endpoint = refusing_port()
        with bound:
            code, out, err = run("--endpoint", endpoint, "--retries", "0", "watch", "--count", "2", "--interval",
                                 "0.01")
            self.assertEqual((code, out, err.count("\n")), (3, "", 2))


if __name__ == "__main__":
    unittest.main()
