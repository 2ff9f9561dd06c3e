"""What the comparison's report says of figures: ratios, noise, who is ahead; table, document
and charts."""

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import time
import unittest
import xml.etree.ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from compare_case import FAKE, P50, PATIENCE_S, RATE, ROOT, TAKEN, CompareTest, fake_client, peer  # noqa: E402
import compare  # noqa: E402
import compare_charts  # noqa: E402
from compare_ahead import ahead_of_ours  # noqa: E402
from compare_markdown import document, matrix_in  # noqa: E402
from compare_results import Results  # noqa: E402
from compare_rounds import Settings  # noqa: E402
from compare_table import terminal_table  # noqa: E402
from compare_summary import summary  # noqa: E402
from compare_view import View, number_text  # noqa: E402

sys.path.append(os.path.join(ROOT, "bench", "peers", "checks"))
from served_process import eventually  # noqa: E402


class WhatTheFiguresSay(CompareTest):
    PEERS = (peer("reactor"), peer("reactor-again"), peer("other"))

    def results_of(self, **rates):
        """Of subject -> the rounds' calls per second at 16 at a time."""
        self.results = Results(taken=dict(TAKEN))
        for key, values in rates.items():
            for number, value in enumerate(values):
                if value is not None:
                    self.results.add(f"{key.replace('_', '-')}/fake", "sixteen.rate", number, value)
        return View(self.PEERS, self.results)

    def test_a_ratio_is_to_the_reference_of_the_same_round(self):
        view = self.results_of(reactor=[100, 1000, 10], other=[50, 500, 20])
        figure = view.figure(view.pairs[2], RATE)
        self.assertEqual((figure.value, figure.worst, figure.best), (50, 20, 500))
        self.assertEqual((figure.ratio, figure.least_ratio, figure.largest_ratio), (0.5, 0.5, 2.0))

    def test_the_worst_of_a_latency_is_the_largest(self):
        results = Results()
        for number, value in enumerate((3.0, 1.0, 2.0)):
            results.add("a", "one.p50_us", number, value)
        figure = results.figure("a", P50, "b")
        self.assertEqual((figure.value, figure.worst, figure.best, figure.ratio), (2.0, 3.0, 1.0, None))

    def test_there_is_no_ratio_to_a_reference_that_failed(self):
        view = self.results_of(reactor=[100], other=[50])
        self.results.fail("reactor/fake", "sixteen", "why")
        self.assertEqual((view.figure(view.pairs[2], RATE).value, view.figure(view.pairs[2], RATE).ratio), (50, None))

    def test_clients_in_different_languages_are_not_held_against_each_other(self):
        both = (fake_client(language="C++", key="a"), fake_client(language="Python", key="b"))
        peers = (peer("reactor", clients=both), peer("other", clients=both))
        results = Results()
        for subject, value in (("reactor/a", 100), ("reactor/b", 10), ("other/a", 50), ("other/b", 20)):
            results.add(subject, "sixteen.rate", 0, value)
        view = View(peers, results)
        self.assertEqual([view.figure(pair, RATE).ratio for pair in view.pairs], [1, 1, 0.5, 2])

    def test_the_noise_is_the_ratio_of_the_control_and_is_said_to_be_much_where_it_is(self):
        for again, much in (([99, 100, 102], False), ([80, 85, 120], True), ([50, 100, 150], True)):
            view = self.results_of(reactor=[100, 100, 100], reactor_again=again)
            noise, = view.noise("Python")
            self.assertEqual((noise.metric, noise.much), (RATE, much))
            self.assertEqual((noise.figure.least_ratio, noise.figure.largest_ratio), (again[0] / 100, again[2] / 100))
            ratio = f"{again[1] / 100:.2f} ({again[0] / 100:.2f}..{again[2] / 100:.2f})"
            table, text = terminal_table(view, ""), document(view, "", "")
            self.assertIn(f"the same server under two names: 16 at a time {ratio}", table)
            self.assertEqual("MUCH of 16 at a time" in table, much)
            shown = f"**{ratio}**" if much else ratio
            self.assertIn(f"| get_time, 16 at a time, each on a connection of its own | {shown} |", text)
            self.assertEqual(view.noise("C++"), [])

    def test_it_is_said_that_the_noise_is_not_known_where_the_control_was_not_run(self):
        for rates, known in (({"reactor": [100]}, False), ({"reactor": [100], "reactor_again": [100]}, True)):
            view = self.results_of(**rates)
            self.assertEqual("noise, Python clients: not known" in terminal_table(view, ""), not known)
            self.assertEqual("Not known: the control was not measured." in document(view, "", ""), not known)

    def test_the_control_that_was_run_is_shown_beside_the_reference(self):
        view = self.measure(peer("reactor"), peer("reactor-again"), only=("sixteen", "cpu"))
        self.assertLessEqual({"sixteen.rate", "cpu.server_us"}, {noise.metric.key for noise in view.noise("Python")})

    def test_what_others_do_better_in_every_round_is_named(self):
        quiet, noisy = [100, 101, 99], [100, 90, 115]
        for rates, again, ahead in (
                ([120, 110, 130], quiet, True), ([120, 90, 130], quiet, False), ([90, 80, 70], quiet, False),
                ([120, 110, 130], noisy, False), ([120, 116, 130], noisy, True)):
            view = self.results_of(reactor=[100, 100, 100], reactor_again=again, other=rates)
            found = [(column.key, name) for column, _, name, _ in ahead_of_ours(view)]
            self.assertEqual(found, [("sixteen.rate", "the other")] if ahead else [])
            self.assertEqual("the other **1.20**" in document(view, "", ""), ahead)

    def test_lower_is_ahead_where_less_is_better(self):
        results = Results(taken=dict(TAKEN))
        for key, value in (("reactor", 10.0), ("other", 5.0), ("reactor-again", 20.0)):
            results.add(f"{key}/fake", "one.p50_us", 0, value)
        for again, ahead in ((20.0, [("one.p50_us", "the other")]), (4.0, [])):
            results.add("reactor-again/fake", "one.p50_us", 0, again)
            found = [(column.key, name) for column, _, name, _ in ahead_of_ours(View(self.PEERS, results))
                     if name == "the other"]
            self.assertEqual(found, ahead)

    def test_the_summary_has_the_best_of_each_framework(self):
        peers = (peer("reactor", framework="timeservice"), peer("other"), peer("another"))
        results = Results(taken=dict(TAKEN))
        for key, micros, rate in (("reactor", 10.0, 100), ("other", 30.0, 50), ("another", 20.0, 40)):
            results.add(f"{key}/fake", "one.p50_us", 0, micros)
            results.add(f"{key}/fake", "sixty-four.rate", 0, rate)
        lines = summary(View(peers, results))
        self.assertIn("| fake | 2.00 | 0.50 | – | – | – | – |", lines)
        self.assertIn("| timeservice, its best mode for it | 1.00 | 1.00 | – | – | – | – |", lines)

    def test_numbers_are_told_with_three_digits(self):
        for value, text in ((0.0, "0"), (0.123, "0.12"), (9.996, "10.0"), (57, "57"), (57.04, "57.0"), (123.4, "123"),
                            (9999, "9999"), (9999.7, "10.0 k"), (141234, "141 k"), (999700, "1.00 M"),
                            (4.1e6, "4.10 M")):
            self.assertEqual(number_text(value), text)


class TheReport(CompareTest):
    def shown(self):
        results = Results(taken={**TAKEN, "peers": ["reactor", "other"]})
        for number, value in enumerate((100, 110, 90)):
            results.add("reactor/fake", "sixteen.rate", number, value)
            results.add("other/fake", "sixteen.rate", number, 50 + 5 * number)
        results.fail("other/fake", "echo", "7 wrong replies")
        results.lack("other/fake", "shared", "it | cannot")
        results.absent["gone/fake"] = "it is <gone>"
        results.unmeasured["rpyc, cost.build_s"] = "it does not compile"
        self.results = results
        return View((peer("reactor"), peer("other")), results)

    def test_the_document_tells_figures_ratios_and_why_there_is_none(self):
        text = document(self.shown(), "charts", "THE MATRIX")
        for expected in ("| the reactor | 100 (90..110) | 1.00 |",
                         "| the other | 55 (50..60) | 0.50 (0.50..0.67) |",
                         "failed: 7 wrong replies", "- **failed**: other/fake, echo: 7 wrong replies",
                         "- no: other/fake, shared: it | cannot", "- not there: gone/fake: it is <gone>",
                         "- not measured: rpyc, cost.build_s: it does not compile",
                         "2026-01-02", "a machine", "- fake: 1.0", "Some runs failed"):
            self.assertIn(expected, text)
        self.assertEqual(matrix_in(text), "THE MATRIX")
        rows = [line for line in text.splitlines() if line.startswith("|")]
        for line in rows:
            self.assertRegex(line, r"^\|.*\|$")
        self.assertTrue(text.endswith("\n") and not text.endswith("\n\n"))

    def test_all_rows_of_a_table_are_as_wide_as_its_head(self):
        width = 0
        for line in document(self.shown(), "", "").splitlines():
            cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
            self.assertTrue(width in (0, cells) or cells == 0, line)
            width = cells

    def test_the_terminal_tells_failures_in_the_place_of_figures(self):
        text = terminal_table(self.shown(), "THE SUMMARY")
        self.assertRegex(text, r"(?m)^the other < Python .*55 ×0\.50 .*\bno\b.*FAILED")
        self.assertIn("FAILED: other/fake, echo: 7 wrong replies", text)
        self.assertIn("THE SUMMARY", text)

    def test_peers_that_are_not_there_are_told_together_and_so_is_what_that_does_to_ratios(self):
        results = Results(taken=dict(TAKEN), absent={"reactor/fake": "why", "other/fake": "why", "a/b": "else"})
        for peers, no_ratios in ((("reactor", "third"), True), (("reactor", "other"), False)):
            text = terminal_table(View([peer(key) for key in peers], results), "")
            self.assertIn("NOT THERE: reactor/fake, other/fake: why\nNOT THERE: a/b: else", text)
            self.assertEqual("NOT THERE: reactor: no ratios" in text, no_ratios)

    def test_every_chart_is_well_formed_and_has_bars_as_long_as_the_figures(self):
        view = self.shown()
        for chart in compare_charts.CHARTS:
            root = xml.etree.ElementTree.fromstring(compare_charts.chart_svg(view, chart, "taken <here>"))
            self.assertEqual(root.attrib["width"], "1100")
            self.assertIn("taken <here>", "".join(root.itertext()))
            bars = [float(bar.attrib["width"]) for bar in root.iter("{http://www.w3.org/2000/svg}rect")][1:]
            self.assertEqual(bars, [420.0, 231.0] if chart.name == "comparison-throughput" else [])

    def test_a_bar_that_would_hide_all_others_is_cut_and_says_so(self):
        results = Results(taken=dict(TAKEN))
        for key, value in (("reactor", 10.0), ("other", 90.0), ("slow", 9000.0)):
            results.add(f"{key}/fake", "one.p50_us", 0, value)
        svg = compare_charts.chart_svg(View((peer("reactor"), peer("other"), peer("slow")), results),
                                       compare_charts.CHARTS[0], "")
        widths = [float(width) for width in re.findall(r'<rect x="370" y="\d+" width="([\d.]+)"', svg)]
        self.assertEqual(widths, [42.0, 378.0, 420.0])
        self.assertEqual(re.findall("▸ [^<]*", svg), ["▸ 9000, ratio 900"])

    def run_main(self, *arguments, peers):
        output, said = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(said):
            try:
                code = compare.main(list(arguments), peers)
            except SystemExit as end:
                code = end.code
        return code, output.getvalue(), said.getvalue()

    def files(self):
        return ("--out", self.path("c.md"), "--json", self.path("f.json"), "--matrix", self.path("none.json"))

    def test_a_run_prints_the_table_and_writes_all_and_can_be_shown_again(self):
        peers = (peer("reactor"), peer("liar", "--fault", "wrong:echo"))
        with open(self.path("c.md"), "w", encoding="utf-8") as file:
            file.write(document(self.shown(), "", "WHAT THE MATRIX SAID"))
        kept, compare.KEPT = compare.KEPT, self.folder
        self.addCleanup(setattr, compare, "KEPT", kept)
        code, output, _ = self.run_main("--quick", "--rounds", "1", "--seconds", "0.2", *self.files(), peers=peers)
        self.assertEqual(code, 1)
        self.assertIn("FAILED: liar/fake, echo", output)
        with open(self.path("c.md"), encoding="utf-8") as file:
            first = file.read()
        self.assertEqual(matrix_in(first), "WHAT THE MATRIX SAID")
        self.assertIn("| 9 |", first.replace("**", ""))  # lines of the smallest program
        self.assertEqual(sorted(os.listdir(self.path("charts"))),
                         sorted(f"{chart.name}.svg" for chart in compare_charts.CHARTS))
        for name in re.findall(r"\]\((charts/[^)]+)\)", first):
            self.assertTrue(os.path.exists(self.path(name)), name)
        code, again, _ = self.run_main("--from", self.path("f.json"), *self.files(), peers=peers)
        self.assertEqual((code, again), (1, output))
        with open(self.path("c.md"), encoding="utf-8") as file:
            self.assertEqual(file.read(), first)

    def test_wrong_flags_are_refused_with_what_there_is(self):
        for flags, said in ((("--peers", "reactor,nobody"), "no peer nobody; there are reactor"),
                            (("--scenarios", "song"), "no scenario song; there are one, sixteen,"),
                            (("--rounds", "0"), "--rounds is at least 1"),
                            (("--seconds", "0"), "--seconds more than 0")):
            code, _, error = self.run_main(*flags, *self.files(), peers=(peer("reactor"),))
            self.assertEqual(code, 2)
            self.assertIn(said, error)

    def start_comparison(self, *flags):
        """Of a server with these flags, in a process of its own."""
        driver = ("import runpy, sys; sys.path[:0] = [sys.argv[1], sys.argv[2]]; "
                  "import catalog, compare, compare_case as t; "
                  "catalog.PEERS = (t.peer('reactor', '--pids', sys.argv[3], *sys.argv[5:]),); "
                  "sys.argv[1:] = ['--json', sys.argv[4], '--rounds', '1', '--out', sys.argv[4] + '.md']; "
                  "runpy.run_path(compare.__file__, run_name='__main__')")
        process = subprocess.Popen(
            [sys.executable, "-c", driver, os.path.dirname(FAKE), os.path.join(ROOT, "bench", "peers"),
             self.path("pids"), self.path("f.json"), *flags],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def assert_ended_by(self, process, number):
        self.assertEqual(process.wait(PATIENCE_S), 128 + number, process.stderr.read())
        self.assert_gone(self.path("pids"))

    def test_a_terminated_comparison_leaves_no_process(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            process = self.start_comparison("--fault", "hang:get_time")
            for line in process.stderr:
                if "one call at a time" in line:
                    break
            process.send_signal(number)
            self.assert_ended_by(process, number)

    def test_a_server_that_is_starting_is_ended_at_once(self):
        process = self.start_comparison("--never-ready")
        self.assertTrue(eventually(lambda: os.path.exists(self.path("pids")) and os.path.getsize(self.path("pids")),
                                   PATIENCE_S))
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        self.assert_ended_by(process, signal.SIGTERM)
        self.assertLess(time.monotonic() - begun, Settings(1, 1, 0, 0).patience_s)

    def test_a_second_signal_does_not_keep_servers_from_being_ended(self):
        process = self.start_comparison("--fault", "hang:get_time", "--stops", self.path("stops"))
        for line in process.stderr:
            if "one call at a time" in line:
                break
        process.send_signal(signal.SIGTERM)
        # The server has been asked to end, and takes its time.
        self.assertTrue(eventually(lambda: os.path.exists(self.path("stops")), PATIENCE_S))
        process.send_signal(signal.SIGINT)
        self.assert_ended_by(process, signal.SIGTERM)


if __name__ == "__main__":
    unittest.main()
