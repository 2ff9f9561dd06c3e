"""The commands now, timestamps, to-local, from-local, periods and zones."""

import json
import subprocess
import tempfile
import unittest

from time_client import _binding
from time_client.client import BATCH

from .command_line import program, run
from .fake_server import (PATIENCE_S, FakeClock, FakeServer, bad_request,
                          serve)


class ConversionsTest(unittest.TestCase):
    def setUp(self):
        self.clock = FakeClock()
        server = FakeServer(serve(self.clock))
        server.__enter__()
        self.addCleanup(server.__exit__)
        self.endpoint = server.endpoint

    def ask(self, *arguments):
        code, out, err = run("--endpoint", self.endpoint, *arguments)
        self.assertEqual((code, err), (0, ""))
        return out

    def refused(self, expected, *arguments):
        code, out, err = run("--endpoint", self.endpoint, *arguments)
        self.assertEqual((code, out), (expected, ""))
        self.assertRegex(err, r"\Atime_client: .*\n\Z")
        return err[len("time_client: "):-1]

    def pipe(self, text, *arguments):
        with tempfile.TemporaryFile() as file:
            file.write(text)
            file.seek(0)
            with program("--endpoint", self.endpoint, *arguments,
                         stdin=file) as running:
                out, err = running.communicate(timeout=PATIENCE_S)
        return running.returncode, out, err

    def test_now_says_the_middle_and_half_the_width(self):
        self.clock.interval = (10**18, 10**18 + 2 * 10**9)
        self.assertRegex(
            self.ask("now"),
            r"\A2001-09-09T01:46:41\.\d{9}Z \+- 1\.\d{9} s  SYNCHRONIZED\n\Z")
        found = json.loads(self.ask("now", "--output=json", "--max-error=5ms"))
        self.assertEqual(set(found), {"earliest_ns", "latest_ns", "state"})
        self.assertGreater(found["latest_ns"], 10**18 + 2 * 10**9)
        self.assertEqual(self.clock.calls["now"], [0, 5 * 10**6])

    def test_durations_have_a_unit(self):
        for text, ns in (("1ns", 1), ("1.5us", 1500), ("0.25ms", 250_000),
                         ("2s", 2 * 10**9), ("1m", 60 * 10**9),
                         ("24h", 86400 * 10**9), ("1.5ns", 2)):
            self.ask("now", "--max-error", text)
            self.assertEqual(self.clock.calls["now"].pop(), ns)
        for text in ("5", "0ms", "0.1ns", "25h", "1d", "-1s", "1e3s", "ms",
                     ".5s", "5.s", "5 s", "1.2.3s", "nans"):
            self.assertIn("is no duration from 1ns to 24h",
                          self.refused(2, "now", "--max-error", text))

    def test_timestamps_are_a_line_each_or_a_range(self):
        self.assertEqual(self.ask("timestamps"), f"{10**18}\n")
        self.assertEqual(self.ask("timestamps", "2"),
                         f"{10**18 + 1}\n{10**18 + 2}\n")
        many = self.ask("--output=json", "timestamps", "2000001")
        self.assertEqual([json.loads(line)["count"]
                          for line in many.splitlines()],
                         [10**6, 10**6, 1])
        for words in (["0"], ["-1"], ["x"], ["1", "2"]):
            self.refused(2, "timestamps", *words)

    def test_instants_are_words_or_lines(self):
        self.assertEqual(self.ask("to-local", "5", "-6", "--zone=Test/Zone"),
                         "5@Test/Zone\n-6@Test/Zone\n")
        self.assertEqual(
            json.loads(self.ask("to-local", "--output=json", "--", "-6")),
            {"instant_ns": -6, "text": "-6@UTC", "utc_offset_s": -3600,
             "abbreviation": "TST"})
        self.assertEqual(self.pipe(b"5\n-6\r\n7", "to-local"),
                         (0, "5@UTC\n-6@UTC\n7@UTC\n", ""))
        self.assertEqual(self.pipe(b"", "to-local"), (0, "", ""))

    def test_a_long_input_goes_in_batches_and_comes_out_in_order(self):
        count = 2 * BATCH + 5
        text = "".join(f"{number}\n" for number in range(count))
        for command, suffix in (("to-local", "@UTC"), ("from-local", "")):
            code, out, err = self.pipe(text.encode(), command)
            self.assertEqual((code, err), (0, ""))
            self.assertEqual(out, "".join(f"{number}{suffix}\n"
                                          for number in range(count)))

    def test_each_line_is_answered_before_the_next_is_written(self):
        with program("--endpoint", self.endpoint, "from-local",
                     stdin=subprocess.PIPE) as running:
            for line in ("5", "6"):
                running.stdin.write(line + "\n")
                running.stdin.flush()
                self.assertEqual(running.stdout.readline(), line + "\n")
            running.communicate(timeout=PATIENCE_S)
        self.assertEqual(running.returncode, 0)

    def test_the_bad_line_or_item_is_named(self):
        self.assertEqual(self.refused(1, "from-local", "5", "x"),
                         "item 2: it is bad")
        self.assertEqual(self.pipe(b"5\nx\n6\n", "from-local"),
                         (1, "5\n", "time_client: line 2: it is bad\n"))
        lines = b"5\n" * BATCH * 2 + b"\xff\n"
        code, _, err = self.pipe(lines, "from-local")
        self.assertEqual((code, err), (
            1, f"time_client: line {2 * BATCH + 1}: it is "
            "bad\n"))
        self.assertEqual(self.pipe(b"5\r\n\r\n", "to-local"),
                         (1, "5@UTC\n", "time_client: line 2: '' is no count of "
                          "nanoseconds\n"))
        self.assertEqual(self.refused(2, "to-local", "5", "x"),
                         "'x' is no count of nanoseconds")
        self.assertIn("UNKNOWN_ZONE", self.refused(
            1, "to-local", "5", "--zone=No/Where"))

    def test_a_line_without_end_is_refused(self):
        for long in (b"5" * 200_000, b"5" * 65_537 + b"\n6\n"):
            self.assertEqual(self.pipe(b"1\n2\n" + long, "to-local"), (
                1, "1@UTC\n2@UTC\n", "time_client: line 3: it is longer than "
                "64 KiB; write one value on each line\n"))
        self.clock.from_local = lambda texts, *_: [
            _binding.idl.ResolvedTime(len(texts[0]), 1, 0)]
        self.assertEqual(self.pipe(b"5" * 65_536 + b"\n", "from-local"),
                         (0, "65536\n", ""))

    def test_the_lines_before_the_first_bad_one_are_answered(self):
        """The second is refused by the server, the third is no number: which
        is found first is not which comes first."""
        lowest = str(-1 << 63).encode()
        for bad in (b"x\n", b"x\n" + lowest + b"\n"):
            self.assertEqual(
                self.pipe(b"1\n2\n" + bad, "to-local"),
                (1, "1@UTC\n2@UTC\n",
                 "time_client: line 3: 'x' is no count of nanoseconds\n"))
        self.assertEqual(
            self.pipe(b"1\n2\n" + lowest + b"\nx\n", "to-local"),
            (1, "1@UTC\n2@UTC\n", "time_client: line 3: it is bad\n"))
        self.assertEqual(self.pipe(b"bad\n1\n", "from-local"),
                         (1, "", "time_client: line 1: it is bad\n"))

    def test_an_index_beyond_the_list_is_no_line(self):
        self.clock.failure = bad_request(3, 7)
        code, out, err = self.pipe(b"1\n2\n", "from-local")
        self.assertEqual((code, out), (1, ""))
        self.assertRegex(err, r"from_local on .*: it is bad \(BAD_TEXT\)\n")

    def test_local_times_are_resolved_as_the_policy_says(self):
        self.assertEqual(self.ask("from-local", "7", "--policy=later",
                                  "--format=%s", "--zone=UTC"), "7\n")
        self.assertEqual(self.clock.calls["from_local"],
                         [(["7"], "UTC", "%s", 3)])
        self.assertEqual(
            json.loads(self.ask("from-local", "7", "--output=json")),
            {"text": "7", "instant_ns": 7, "kind": "UNIQUE",
             "utc_offset_s": -3600})
        self.refused(2, "from-local", "7", "--policy=LATER")

    def test_periods_of_instants_and_texts(self):
        self.assertEqual(
            self.ask("periods", "--zone=Test/Zone", "--from=0",
                     "--until=2000000000000"),
            "1970-01-01T00:00:00.000000000Z .. "
            "1970-01-01T00:16:40.000000000Z +01:00 ONE\n"
            "1970-01-01T00:16:40.000000000Z .. "
            "1970-01-01T00:33:20.000000000Z +02:00 TWO\n")
        self.assertEqual(
            json.loads(self.ask("periods", "--from", "-5", "--until=5",
                                "--output=json")),
            {"start_ns": -5, "end_ns": 5, "utc_offset_s": 3600,
             "abbreviation": "ONE"})
        self.assertEqual(self.ask("periods", "--from=5", "--until=5"), "")
        self.assertEqual(self.refused(2, "periods", "--from=5"),
                         "periods: needs --from and --until")

    def test_periods_take_a_bare_date_and_name_the_flag_of_a_bad_one(self):
        asked = []

        def resolve(texts, zone, format, policy):
            asked.extend(texts)
            if not texts[0][0].isdigit():
                raise bad_request(3, 0)
            return [_binding.idl.ResolvedTime(5, 1, 0)]

        self.clock.from_local = resolve
        self.ask("periods", "--from=2026-01-01", "--until=2026-01-01T12:00")
        self.assertEqual(asked, ["2026-01-01T00:00:00", "2026-01-01T12:00"])
        for flag, good in (("--from", "--until=5"), ("--until", "--from=5")):
            self.assertEqual(
                self.refused(1, "periods", good, flag, "soon"),
                f"{flag} 'soon': it is bad; write nanoseconds since 1970, or "
                "ISO 8601 in UTC, such as 2026-01-01 or 2026-01-01T12:00")

    def test_zones(self):
        self.assertEqual(self.ask("zones"), "Test/Zone\nUTC\n")
        self.assertEqual(json.loads(self.ask("zones", "--output=json")),
                         {"zones": ["Test/Zone", "UTC"]})

    def test_flags_of_other_commands_are_refused(self):
        for words in (("now", "--zone=UTC"), ("to-local", "--policy=later"),
                      ("zones", "--format=%s"), ("exchange", "--warning=1s"),
                      ("get_time", "5")):
            self.refused(2, *words)
