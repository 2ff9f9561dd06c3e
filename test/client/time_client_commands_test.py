"""What time-client prints for true time, timestamps and zones. TIME_CLIENT is the path of the program."""

import json
import re
import subprocess
import time
import unittest

from fake_time_server import FakeTimeServer
from time_client_cli_test import PROGRAM, environment, refusing_port, run

HOUR_NS = 3_600_000_000_000


def run_with(lines, *arguments):
    """As run(), with standard input."""
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60, check=False,
                          env=environment(), input=lines)
    return done.returncode, done.stdout, done.stderr


class Case(unittest.TestCase):
    def setUp(self):
        self.server = FakeTimeServer()
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)

    def run_here(self, *arguments):
        return run("--endpoint", self.server.endpoint, *arguments)

    def lines(self, *arguments):
        code, out, err = self.run_here(*arguments)
        self.assertEqual((code, err), (0, ""))
        return out.splitlines()

    def check_usage(self, line, *arguments):
        self.assertEqual(self.run_here(*arguments), (2, "", f"time-client: {line}\n"))
        self.assertEqual(self.server.calls, [])


class Now(Case):
    def test_it_is_the_middle_and_half_the_width_with_the_round_trip(self):
        line, = self.lines("now")
        self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z \+- \d+\.\d+ (us|ms)  SYNCHRONIZED$")

    def test_true_time_is_in_it(self):
        before = time.time_ns()
        found = json.loads(self.lines("now", "--output=json")[0])
        after = time.time_ns()
        self.assertEqual(sorted(found), ["earliest_ns", "latest_ns", "state"])
        self.assertLess(found["earliest_ns"], after)
        self.assertGreater(found["latest_ns"], before)
        self.assertGreater(found["latest_ns"] - found["earliest_ns"], 2 * 1500)  # with the round trip

    def test_the_largest_error_goes_to_the_server_which_may_refuse(self):
        self.lines("now", "--max-error", "1.5us")
        self.assertEqual(self.server.calls[-1], ("now", {1: 1500}))
        code, out, err = self.run_here("now", "--max-error", "1499ns")
        self.assertEqual((code, out), (1, ""))
        self.assertEqual(err, f"time-client: {self.server.endpoint}: now: the clock may be off: "
                              "allow a larger error, or ask a server with a better clock\n")

    def test_durations_have_a_unit(self):
        for text, ns in (("1ns", 1), ("2us", 2000), ("0.5ms", 500_000), ("1s", 10**9), ("2m", 120 * 10**9),
                         ("24h", 24 * HOUR_NS)):
            self.run_here("now", f"--max-error={text}")
            self.assertEqual(self.server.calls[-1][1], {1: ns}, text)
        self.server.calls.clear()
        for text in ("5", "ms", "-1ms", "0ms", "25h", "1e3s", "nan s", ".5s", "5.s", "1.2.3s", "0.1ns", "5 ms", "infs"):
            self.check_usage(f"--max-error '{text}' is no duration from 1ns to 24h, such as 5ms", "now",
                             f"--max-error={text}")


class Timestamps(Case):
    def test_one_a_line_as_many_as_asked_for(self):
        self.assertEqual(self.lines("timestamps"), ["1001"])
        self.assertEqual(self.lines("timestamps", "3"), ["1002", "1003", "1004"])

    def test_json_is_a_line_for_each_range_and_a_million_is_a_call(self):
        found = [json.loads(line) for line in self.lines("timestamps", "2000001", "--output=json")]
        self.assertEqual(found, [{"first": 1001, "count": 10**6}, {"first": 10**6 + 1001, "count": 10**6},
                                 {"first": 2 * 10**6 + 1001, "count": 1}])

    def test_how_many_must_be_a_number(self):
        for word in ("0", "-1", "x", "1.5", "1000000001"):
            self.check_usage(f"timestamps '{word}' is no whole number from 1 to 1000000000", "timestamps", word)
        self.check_usage("'2' after the command 'timestamps': it takes one number", "timestamps", "1", "2")


class ToLocal(Case):
    def test_words_are_instants(self):
        self.assertEqual(self.lines("to-local", "5", "-7", "--zone", "Europe/Berlin", "--format", "%F"),
                         ["Europe/Berlin|%F|5", "Europe/Berlin|%F|-7"])
        self.assertEqual(self.lines("to-local", "-1"), ["UTC||-1"])
        self.assertEqual(self.lines("to-local", "--", "-1"), ["UTC||-1"])

    def test_json_is_a_line_each(self):
        found = [json.loads(line) for line in self.lines("to-local", "5", "6", "--output=json")]
        self.assertEqual(found[1], {"instant_ns": 6, "text": "UTC||6", "utc_offset_s": -3600, "abbreviation": "ABC"})
        self.assertEqual(len(found), 2)

    def test_without_words_lines_are_read_any_number_in_batches(self):
        size = 25_000
        code, out, err = run_with("".join(f"{number}\n" for number in range(size)), "--endpoint",
                                  self.server.endpoint, "to-local")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out.splitlines(), [f"UTC||{number}" for number in range(size)])
        self.assertLess(len(self.server.calls), 200)
        self.assertEqual(max(len(arguments[1]) for _, arguments in self.server.calls), 1000)

    def test_more_words_than_a_call_takes_are_several_calls(self):
        words = [str(number) for number in range(2500)]
        self.assertEqual(self.lines("to-local", *words), [f"UTC||{number}" for number in range(2500)])
        code, out, err = self.run_here("to-local", *words[:2400], str(2 * 10**18))
        self.assertEqual((code, out, err), (1, "", "time-client: item 2401: that is too late\n"))

    def test_each_line_is_answered_when_it_has_come(self):
        program = subprocess.Popen([PROGRAM, "--endpoint", self.server.endpoint, "to-local"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True, env=environment())
        with program:
            for number in range(3):
                program.stdin.write(f"{number}\r\n")
                program.stdin.flush()
                self.assertEqual(program.stdout.readline(), f"UTC||{number}\n")
            program.stdin.write("9")  # the last line may lack its end
            program.stdin.close()
            self.assertEqual(program.stdout.read(), "UTC||9\n")
        self.assertEqual(program.returncode, 0)

    def test_no_lines_are_no_error(self):
        self.assertEqual(run_with("", "--endpoint", self.server.endpoint, "to-local"), (0, "", ""))

    def test_a_bad_line_is_named(self):
        late = 2 * 10**18
        long = "it is longer than 64 KiB; write one value on each line"
        for lines, good, why in (
                (f"1\n2\n{late}\n4\n", 2, "line 3: that is too late"),
                ("1\r\nx\r\n", 1, "line 2: 'x' is no count of nanoseconds"),
                ("1\n\n", 1, "line 2: '' is no count of nanoseconds"),
                ("x\n1\n", 0, "line 1: 'x' is no count of nanoseconds"),
                # Which of two is found first is not which comes first.
                (f"1\n2\nx\n{late}\n", 2, "line 3: 'x' is no count of nanoseconds"),
                (f"1\n2\n{late}\nx\n", 2, "line 3: that is too late"),
                ("1" * 70_000, 0, f"line 1: {long}"),
                ("1\n2\n" + "1" * 70_000, 2, f"line 3: {long}"),
                ("1\n2\n" + "1" * 65_537 + "\n4\n", 2, f"line 3: {long}")):
            code, out, err = run_with(lines, "--endpoint", self.server.endpoint, "to-local")
            self.assertEqual((code, err), (1, f"time-client: {why}\n"))
            self.assertEqual(out, "".join(f"UTC||{number + 1}\n" for number in range(good)))
        longest = run_with("1" * 65_536 + "\n", "--endpoint", self.server.endpoint, "from-local")
        self.assertEqual(longest, (0, "65536\n", ""))
        lines = "".join(f"{number}\n" for number in range(5000)) + f"{2 * 10**18}\n"
        code, out, err = run_with(lines, "--endpoint", self.server.endpoint, "to-local")
        self.assertEqual((code, err), (1, "time-client: line 5001: that is too late\n"))
        self.assertEqual(out, "".join(f"UTC||{number}\n" for number in range(5000)))

    def test_a_word_that_is_none_is_wrong_usage(self):
        for word in ("x", "1.5", "", "9223372036854775808"):
            self.check_usage(f"'{word}' is no count of nanoseconds", "to-local", "1", word)


class FromLocal(Case):
    def test_words_are_texts(self):
        self.assertEqual(self.lines("from-local", "abc", "a b", "--", "-x"), ["3", "3", "2"])

    def test_the_policy_zone_and_format_go_to_the_server(self):
        for number, policy in enumerate(("reject", "compatible", "earlier", "later")):
            self.assertEqual(self.lines("from-local", "abc", "--policy", policy, "--zone=Zulu", "--format=%s"),
                             [str(number * 1000 + 3)])
            self.assertEqual(self.server.calls[-1][1], {1: ["abc"], 2: "Zulu", 3: "%s", 4: number})
        self.server.calls.clear()
        self.check_usage("--policy 'guess' is none of reject | compatible | earlier | later", "from-local", "a",
                         "--policy", "guess")

    def test_json_is_a_line_each(self):
        line, = self.lines("from-local", "\u00e4b", "--output=json")
        self.assertEqual(json.loads(line), {"text": "\u00e4b", "instant_ns": 2, "kind": "UNIQUE",
                                            "utc_offset_s": 7200})

    def test_a_bad_item_is_named_by_its_number_and_the_message(self):
        code, out, err = self.run_here("from-local", "abc", "bad")
        self.assertEqual((code, out, err), (1, "", "time-client: item 2: it is bad\n"))
        code, out, err = run_with("a\nb\nbad\n", "--endpoint", self.server.endpoint, "from-local")
        self.assertEqual((code, out, err), (1, "1\n1\n", "time-client: line 3: it is bad\n"))

    def test_what_is_wrong_with_no_item_is_the_call_s_failure(self):
        code, out, err = self.run_here("from-local", "abc", "--zone=Nowhere")
        self.assertEqual((code, out, err), (1, "", f"time-client: {self.server.endpoint}: from_local: no such zone: "
                                                   "correct the request\n"))


class Zones(Case):
    def test_zones_are_a_line_each_and_one_object(self):
        self.assertEqual(self.lines("zones"), ["Africa/Abidjan", "UTC", "Zulu"])
        self.assertEqual(json.loads(self.lines("zones", "--output=json")[0]),
                         {"zones": ["Africa/Abidjan", "UTC", "Zulu"]})

    def test_periods_are_a_line_each(self):
        self.assertEqual(self.lines("periods", "--zone=Zulu", "--from", "-2", "--until=1000000000"), [
            "1969-12-31T23:59:59.999999998Z .. 1970-01-01T00:00:00.499999999Z +05:30 ABC",
            "1970-01-01T00:00:00.499999999Z .. 1970-01-01T00:00:01.000000000Z -01:00:01 Zulu"])
        found = [json.loads(line) for line in self.lines("periods", "--from=0", "--until=10", "--output=json")]
        self.assertEqual(found, [
            {"start_ns": 0, "end_ns": 5, "utc_offset_s": 19800, "abbreviation": "ABC"},
            {"start_ns": 5, "end_ns": 10, "utc_offset_s": -3601, "abbreviation": "UTC"}])
        self.assertEqual(self.lines("periods", "--from=5", "--until=5"), [])

    def test_ends_may_be_texts_which_the_server_reads_in_utc(self):
        self.lines("periods", "--from", "2026-01-01T00:00", "--until", "2026-01-01T00:00:00")
        self.assertEqual(self.server.calls[0], ("from_local", {1: ["2026-01-01T00:00"], 2: "UTC", 3: "", 4: 0}))
        self.assertEqual(self.server.calls[-1], ("zone_periods", {1: "UTC", 2: 16, 3: 19}))

    def test_a_bare_date_is_its_midnight(self):
        self.lines("periods", "--from=2026-01-01", "--until=2026-1-01")
        self.assertEqual([arguments[1] for name, arguments in self.server.calls if name == "from_local"],
                         [["2026-01-01T00:00:00"], ["2026-1-01"]])

    def test_an_end_that_cannot_be_read_is_named_with_its_flag(self):
        for flag, other in (("--from", "--until=5"), ("--until", "--from=5")):
            code, out, err = self.run_here("periods", other, flag, "bad")
            self.assertEqual((code, out, err), (
                1, "", f"time-client: {flag} 'bad': it is bad; write nanoseconds since 1970, or ISO 8601 in UTC, such "
                       "as 2026-01-01 or 2026-01-01T12:00\n"))

    def test_both_ends_are_needed(self):
        self.check_usage("periods: needs --from and --until", "periods", "--from=1")
        self.check_usage("periods: needs --from and --until", "periods", "--until=1")

    def test_flags_of_others_are_refused(self):
        for arguments, line in (
                (["zones", "--zone=UTC"], "--zone does nothing with zones; it is for to-local, from-local, periods"),
                (["to-local", "--policy=later"], "--policy does nothing with to-local; it is for from-local"),
                (["now", "--warning=1s"], "--warning does nothing with now; it is for check"),
                (["zones", "UTC"], "'UTC' after the command 'zones': it takes nothing")):
            self.check_usage(line, *arguments)


class Check(unittest.TestCase):
    NUMBER = r"\d+\.\d{3,9} (us|ms|s)"

    def check(self, code, line, *arguments, **settings):
        with FakeTimeServer(**settings) as server:
            found, out, err = run("--endpoint", server.endpoint, "check", *arguments)
        self.assertEqual((found, err, out.count("\n")), (code, "", 1), out)
        self.assertRegex(out, f"^{line}\n$")

    def measured(self, sign):
        return rf"\(offset \{sign}{self.NUMBER}, bound {self.NUMBER}, server 1\.500 us\)"

    def test_a_clock_that_is_right_is_ok(self):
        self.check(0, rf"OK: clock is off by at most {self.NUMBER} \(offset [+-]{self.NUMBER}, bound {self.NUMBER}, "
                      r"server 1\.500 us\)", "--warning=30s", "--critical=1m")

    def test_a_clock_that_is_off_is_a_warning_or_critical_either_way(self):
        for ahead, sign in ((HOUR_NS, "+"), (-HOUR_NS, "-")):
            self.check(1, f"WARNING: clock is off by at most {self.NUMBER} {self.measured(sign)}", "--warning=59m",
                       "--critical=2h", ahead_ns=ahead)
            self.check(2, f"CRITICAL: clock is off by at most {self.NUMBER} {self.measured(sign)}", ahead_ns=ahead)

    def test_the_server_s_own_bound_counts_unless_it_is_the_reference(self):
        self.check(2, "CRITICAL: .*server 7200.000000000 s.*", error_ns=2 * HOUR_NS)
        self.check(0, rf"OK: clock is off by at most {self.NUMBER} \(offset [+-]{self.NUMBER}, bound {self.NUMBER}\)",
                   "--against=server", "--warning=30s", "--critical=1m", error_ns=2 * HOUR_NS)

    def test_without_a_bound_of_the_server_it_is_unknown_unless_that_does_not_count(self):
        for settings, why in (({"error_ns": -1}, "SYNCHRONIZED: the clock may be off"), ({"state": 3}, "UNSYNCHRONIZED")):
            self.check(3, rf"UNKNOWN: the server gives no bound on its own error, state {why} \(offset .*, bound .*\)",
                       **settings)
            self.check(0, "OK: .*", "--against", "server", "--warning=30s", "--critical=1m", **settings)

    def test_the_warning_is_at_most_critical_unless_given(self):
        for critical, error_ns, code in (("10ms", 50_000_000, 2), ("30s", 50_000_000, 0), ("30s", 200_000_000, 1)):
            # Against the wall clock of the same machine, so what is off is the bound.
            with self.subTest(critical=critical, error=error_ns):
                self.check(code, ".*", f"--critical={critical}", error_ns=error_ns)

    def test_whatever_fails_is_unknown_in_one_line_on_standard_output(self):
        bound, endpoint = refusing_port()
        with bound:
            for arguments in (["--retries=0"], ["--retries=0", "--transport=auto"]):
                code, out, err = run("check", "--endpoint", endpoint, *arguments)
                self.assertEqual((code, err, out.count("\n")), (3, "", 1))
                self.assertRegex(out, "^UNKNOWN: .*: connect: connection refused: ")
        self.check(3, "UNKNOWN: .*: receive: no reply within 200 ms: .*", "--timeout=0.2", behave="keep silent")
        for arguments, line in ((["check", "--bogus"], "'--bogus' is no flag; .*"),
                                (["check", "x"], "'x' after the command 'check': it takes nothing"),
                                (["check", "--warning=2s"], "--warning must not be above --critical"),
                                (["check", "--against=me"], r"--against 'me' is none of true-time \| server")):
            code, out, err = run(*arguments)
            self.assertEqual((code, err), (3, ""))
            self.assertRegex(out, f"^UNKNOWN: {line}\n$")

    def test_a_full_disk_is_unknown(self):
        with FakeTimeServer() as server, open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([PROGRAM, "--endpoint", server.endpoint, "check"], stdout=full, timeout=30,
                                  stderr=subprocess.PIPE, text=True, check=False, env=environment())
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, "^time-client: standard output: cannot be written: .*\n$")

    def test_json_has_the_verdict_and_the_comparison(self):
        with FakeTimeServer(ahead_ns=HOUR_NS) as server:
            code, out, _ = run("--endpoint", server.endpoint, "check", "--output=json", "--samples=3")
        found = json.loads(out)
        self.assertEqual((code, found["verdict"], found["samples"]), (2, "CRITICAL", 3))
        self.assertEqual(found["off_by_at_most_ns"], found["client_error_ns"])
        with FakeTimeServer(error_ns=-1) as server:
            code, out, _ = run("--endpoint", server.endpoint, "check", "--output=json")
        found = json.loads(out)
        self.assertEqual((code, found["verdict"], found["off_by_at_most_ns"]), (3, "UNKNOWN", None))
        self.assertIn("offset_ns", found)
        self.assertEqual(found["message"], "the server gives no bound on its own error, state SYNCHRONIZED: the clock "
                                           "may be off")
        bound, endpoint = refusing_port()
        with bound:
            code, out, _ = run("--endpoint", endpoint, "--retries=0", "check", "--output=json")
        found = json.loads(out)
        self.assertEqual((code, found["verdict"], found["off_by_at_most_ns"]), (3, "UNKNOWN", None))
        self.assertTrue(re.search("connection refused", found["message"]))


if __name__ == "__main__":
    unittest.main()
