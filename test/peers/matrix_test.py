"""This project answers the feature matrix as it promises, and what is written says what was
seen, where we lose too.

Environment: as system_test.py, generated_code.py and catalog.py.
"""

import glob
import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from generated_code import generate  # noqa: E402
from peer_process import PATIENCE_S, ROOT  # noqa: E402
from system_test import main, need_compiler, skip  # noqa: E402

PEERS = os.path.join(ROOT, "bench", "peers")
CHECKS = os.path.join(PEERS, "checks")
sys.path[:0] = [CHECKS, PEERS]
sys.path.append(os.path.join(PEERS, "python"))
generate()
from matrix_answer import Answer, Missing, figure, no, yes  # noqa: E402
from matrix_markdown import losses, matrix_markdown, matrix_table  # noqa: E402
from matrix_rows import LESS, MORE, ROWS  # noqa: E402
from matrix_run import run  # noqa: E402
from matrix_systems import System, ways_of  # noqa: E402
from served_process import eventually  # noqa: E402

# What this project answers, by check: a figure's unit stands for the figure.
OURS = {
    "check_getting_started": "lines", "check_documentation": "words", "check_languages": "languages",
    "check_maintenance": "no", "check_streaming": "no", "check_timeout": "yes", "check_constants": "yes",
    "check_deadline_told": "no", "check_deadline": "no", "check_drain": "yes", "check_idle_clients": "yes",
    "check_slow_handlers": "no", "check_hostile_bytes": "yes", "check_hostile_memory": "MB", "check_tls": "yes",
    "check_health": "yes", "check_metrics": "series", "check_reflection": "no", "check_dialects": "6 protocols",
    "check_pipelining": "yes", "check_multiplexing": "no",
}
# Where another mode of ours answers otherwise.
OTHERWISE = {
    ("check_slow_handlers", "reactor with 16 threads"): "yes", ("check_slow_handlers", "threadpool"): "yes",
    ("check_dialects", "nonblocking"): "3 protocols",
}


class Ours(unittest.TestCase):
    def check(self, module, system, value):
        row = next(row for row in ROWS if row.module == module)
        why = system.missing_library() if row.of_libraries else system.missing()
        if why:
            skip("the matrix of this project", why)
        if module in ("check_languages", "check_streaming", "check_constants"):
            need_compiler("the matrix of this project")
        try:
            answer = row.check(system)
        except Missing as missing:
            skip(row.name, str(missing))
        self.assertTrue(answer.value == value or answer.value.endswith(" " + value), f"{row.name}: {answer}")
        return answer

    def test_it_answers_as_it_promises(self):
        for module, value in OURS.items():
            with self.subTest(module):
                answer = self.check(module, ways_of("ours")[0], value)
                if module == "check_hostile_memory":
                    self.assertLess(float(answer.value.split()[0]), 16, answer)

    def test_other_modes_answer_otherwise_only_where_they_say_so(self):
        modes = [system for system in ways_of("ours")[1:] if system.name != "simple"]
        for system in modes:
            for module in ("check_drain", "check_idle_clients", "check_slow_handlers", "check_dialects",
                           "check_pipelining", "check_hostile_bytes"):
                value = OTHERWISE.get((module, system.name), OURS[module])
                if module == "check_slow_handlers" and system.name == "threaded":
                    value = "yes"
                with self.subTest(module, mode=system.name):
                    self.check(module, system, value)

    def test_apaches_servers_are_asked_with_their_protocol_that_knows_several(self):
        for column in ("Thrift C++", "Thrift Python"):
            with self.subTest(column):
                self.check("check_dialects", ways_of(column)[0], "4 protocols")

    def test_every_row_has_a_promise_or_is_slow(self):
        self.assertEqual({row.module for row in ROWS if row.quick} - set(OURS) - {"check_numpy"}, set())


def children(pid):
    """Whichever of its threads started them."""
    found = []
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(path, encoding="ascii") as file:
                found += map(int, file.read().split())
        except OSError:  # the thread has ended
            continue
    return found


def results_of(rows, systems, quick=False):
    said = []
    return run(rows, systems, quick, said.append), said


def fake_row(check, better="", library=False, name="check_fake"):
    module = mock.MagicMock(ROW="Does | it <work>?", HOW="it is tried", LIBRARY=library, check=check)
    row = mock.MagicMock(module=name, group="Group", better=better, of_libraries=library)
    row.name, row.how = module.ROW, module.HOW
    row.check = lambda system: check(system).checked()
    return row


class TheRun(unittest.TestCase):
    ONE = System("ours", "reactor", "timeservice", "thrift", "reactor")
    TWO = System("ours", "threadpool", "timeservice", "thrift", "threadpool")
    OTHER = System("other", "", "rpyc", "rpyc", "rpyc")

    def setUp(self):
        for name in ("missing", "missing_library"):
            patched = mock.patch.object(System, name, lambda system: "")
            patched.start()
            self.addCleanup(patched.stop)

    def test_an_opinion_is_no_answer(self):
        for value in ("good", "Yes", "", "about 5"):
            with self.subTest(value), self.assertRaises(ValueError):
                Answer(value, "evidence").checked()
        for evidence in ("", "  ", "two\nlines"):
            with self.subTest(evidence), self.assertRaises(ValueError):
                yes(evidence).checked()

    def test_a_check_that_breaks_is_a_failure_and_no_answer(self):
        def broken(system):
            raise RuntimeError("oh")

        results, _ = results_of([fake_row(broken)], [self.ONE])
        self.assertEqual(results["rows"][0]["cells"]["ours"]["value"], "not run")
        self.assertEqual(len(results["failures"]), 1)
        self.assertRegex(results["failures"][0], "RuntimeError: oh")

    def test_what_is_not_installed_is_not_run_and_no_failure(self):
        def missing(system):
            raise Missing("no protoc")

        results, _ = results_of([fake_row(missing)], [self.ONE])
        self.assertEqual(results["rows"][0]["cells"]["ours"], {"value": "not run", "evidence": "no protoc", "ways": []})
        self.assertEqual(results["failures"], [])

    def test_what_cannot_be_called_is_not_run_and_nothing_is_asked(self):
        asked = []
        for library, name in ((False, "missing"), (True, "missing_library")):
            with mock.patch.object(System, name, lambda system: "no rpyc"):
                results, _ = results_of([fake_row(asked.append, library=library)], [self.ONE])
            self.assertEqual(results["rows"][0]["cells"]["ours"]["evidence"], "no rpyc")
        self.assertEqual(asked, [])

    def test_a_way_of_serving_that_answers_otherwise_is_told(self):
        row = fake_row(lambda system: yes("a") if system.name == "reactor" else no("b"))
        results, _ = results_of([row], [self.ONE, self.TWO])
        self.assertEqual(results["rows"][0]["cells"]["ours"]["ways"],
                         [{"name": "threadpool", "value": "no", "evidence": "b"}])
        self.assertIn("threadpool: no", matrix_markdown(results))
        self.assertIn("threadpool: no: b", matrix_table(results))
        megabytes = {"reactor": "0.5 MB", "threadpool": "0.7 MB", "": "170 MB"}
        row = fake_row(lambda system: Answer(megabytes[system.name], "c"), LESS)
        results_mb, _ = results_of([row], [self.ONE, self.TWO, self.OTHER._replace(column="ours")])
        self.assertEqual([way["value"] for way in results_mb["rows"][0]["cells"]["ours"]["ways"]], ["170 MB"])
        row = fake_row(lambda system: yes("a") if system.name == "reactor" else no("b"))
        results, said = results_of([row], [self.ONE, self.TWO], quick=True)
        self.assertEqual((results["rows"][0]["cells"]["ours"]["ways"], len(said)), ([], 1))

    def test_where_we_lose_is_said(self):
        def answers(ours, other):
            return lambda system: ours if system.column == "ours" else other

        for ours, other, better, lost in (
                (no("x"), yes("y"), "", True), (yes("x"), no("y"), "", False), (yes("x"), yes("y"), "", False),
                (figure(9, "lines", "x"), figure(5, "lines", "y"), LESS, True),
                (figure(1000, "words", "x"), figure(5, "words", "y"), MORE, False),
                (figure(5, "words", "x"), figure(1000, "words", "y"), MORE, True),
                (figure(0.4, "MB", "x"), figure(0.3, "MB", "y"), LESS, True),
                (no("x"), figure(3, "series", "y"), MORE, True)):
            with self.subTest(ours=ours.value, other=other.value):
                results, _ = results_of([fake_row(answers(ours, other), better)], [self.ONE, self.OTHER])
                self.assertEqual(len(losses(results)), int(lost))
                self.assertEqual("In no row." in matrix_markdown(results), not lost)

    def test_what_servers_said_cannot_break_the_table(self):
        results, _ = results_of([fake_row(lambda system: yes("a | b <img> `c` [d](e)"))], [self.ONE])
        text = matrix_markdown(json.loads(json.dumps(results)))
        self.assertIn(r"a \| b \<img\> \`c\` \[d\](e)", text)
        table = [line for line in text.splitlines() if line.startswith("| ")]
        self.assertEqual({line.replace(r"\|", "").count("|") for line in table}, {3})

    def test_wrong_flags_are_refused(self):
        for words in (["--columns", "CORBA"], ["--rows", "no-such-check"]):
            done = subprocess.run([sys.executable, os.path.join(CHECKS, "run.py"), *words], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=PATIENCE_S)
            if "is missing" in done.stderr:
                skip("run.py", done.stderr.strip())
            self.assertEqual((done.returncode, done.stdout), (2, ""), done)
            self.assertRegex(done.stderr, r"\Arun\.py: no [^\n]+\n\Z")

    def test_a_run_that_is_ended_leaves_no_server(self):
        with subprocess.Popen([sys.executable, os.path.join(CHECKS, "run.py"), "--rows", "slow_handlers", "--columns",
                               "ours"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True) as process:
            self.addCleanup(process.kill)
            servers = []
            eventually(lambda: process.poll() is not None or servers.extend(children(process.pid)) or servers,
                       PATIENCE_S)
            process.terminate()
            said = process.communicate(timeout=PATIENCE_S)[1]
        if "is missing" in said or "is not there" in said:
            skip("run.py", said.strip())
        self.assertEqual((process.returncode, bool(servers)), (128 + signal.SIGTERM, True), said)
        for server in servers:
            self.assertRaises(ProcessLookupError, os.kill, server, 0)

    def test_answers_are_written_as_json(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "new", "matrix.json")
            done = subprocess.run([sys.executable, os.path.join(CHECKS, "run.py"), "--rows", "getting_started",
                                   "--columns", "ours,RPyC", "--json", file], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=PATIENCE_S)
            if "is missing" in done.stderr:
                skip("run.py", done.stderr.strip())
            self.assertEqual(done.returncode, 0, done)
            with open(file, encoding="utf-8") as text:
                results = json.load(text)
        self.assertEqual(results["columns"], ["ours", "RPyC"])
        self.assertIn("Getting started", done.stdout)
        self.assertIn("### Where we lose", matrix_markdown(results))


if __name__ == "__main__":
    main()
