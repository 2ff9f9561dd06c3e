"""The comparison measures what it says, and tells nothing of a run that had an error or a wrong
reply in it."""

import json
import math
import os
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from compare_case import (  # noqa: E402
    FAKE, FIELDS, P50, P99, PATIENCE_S, RATE, CompareTest, fake_client, peer, printing, printing_in_turn)
import compare_idle  # noqa: E402
from catalog import Peer, Program  # noqa: E402
from compare_process import Failed, run_client  # noqa: E402
from compare_scenarios import METRICS, SCENARIOS, metric  # noqa: E402
from compare_table import terminal_table  # noqa: E402


class WhatIsMeasured(CompareTest):
    def test_every_metric_has_a_figure_of_every_round_and_of_a_peer_that_answers_right(self):
        view = self.measure(peer("reactor"), rounds=2)
        self.assertEqual(self.results.failures, {})
        pair = view.pairs[0]
        for column in METRICS:
            if column.scenario in ("cost", "idle"):  # which a made-up peer has none of
                continue
            with self.subTest(column.key):
                subject = "reactor" if column.scenario == "start" else "reactor/fake"
                rounds = ["0"] if column.scenario == "wire" else ["0", "1"]
                if column.key.endswith("p99_us"):
                    continue  # there may be fewer than 100 calls in so short a time
                self.assertEqual(list(self.results.values[subject][column.key]), rounds)
                figure = view.figure(pair, column)
                self.assertGreaterEqual(figure.value, 0)
                if column.key != "wire.set_up":
                    self.assertGreater(figure.value, 0)

    def test_bytes_are_counted_without_those_of_connecting(self):
        greeted = peer("greeted", "--greeting", "1000", clients=(fake_client("--greeting", "1000"),))
        view = self.measure(peer("reactor"), greeted, only=("wire",))
        for pair, set_up in zip(view.pairs, (0, 1000)):
            self.assertEqual(view.figure(pair, metric("wire.sent")).value, len("get_time \n"))
            self.assertEqual(view.figure(pair, metric("wire.received")).value, len(time.ctime() + "\n"))
            self.assertEqual(view.figure(pair, metric("wire.set_up")).value, set_up)

    def test_the_servers_processor_time_is_that_of_its_threads_and_children_during_the_calls_alone(self):
        view = self.measure(peer("reactor", "--busy", "4"), peer("child", "--busy", "4", "--child"),
                            peer("sleepy", "--slow", "50", "--begin", "1000"), only=("sixteen", "cpu"))
        busy, child, sleepy = (view.figure(pair, metric("cpu.server_us")).value for pair in view.pairs)
        self.assertGreater(busy, 3500)
        self.assertGreater(child, 3500)
        self.assertLess(sleepy, 2500)
        # The client's is none of it.
        self.assertLess(view.figure(view.pairs[0], metric("cpu.client_us")).value, 3500)

    def test_the_processor_time_of_a_call_has_none_of_connecting_in_it(self):
        view = self.measure(peer("reactor", "--welcome", "50"), only=("sixteen", "cpu"))
        self.assertLess(view.figure(view.pairs[0], metric("cpu.server_us")).value, 2000)

    def test_what_a_framework_cannot_is_no_failure_and_has_no_figure(self):
        view = self.measure(peer("reactor", clients=(fake_client("--no-window"),)), only=("shared",))
        self.assertTrue(self.results.right)
        self.assertIsNone(view.figure(view.pairs[0], metric("shared.rate")))
        self.assertEqual(view.lacking(view.pairs[0], metric("shared.rate")), "it knows no such thing")

    def test_a_peer_that_is_not_there_is_said_and_is_no_failure(self):
        absent = Peer("absent", "absent", "fake", "C++", Program(("/nowhere/server",)), (fake_client(),))
        no_library = Peer("bare", "bare", "fake", "Python", Program((sys.executable, FAKE), "no_such_library"),
                          (fake_client(),))
        view = self.measure(absent, no_library)
        self.assertEqual(view.pairs, [])
        self.assertRegex(self.results.absent["absent/fake"], "^/nowhere/server is missing: ")
        self.assertRegex(self.results.absent["bare/fake"], "cannot import no_such_library$")
        text = terminal_table(view, "")
        self.assertIn("NOT THERE: absent/fake: /nowhere/server is missing", text)
        self.assertTrue(self.results.right)

    def test_a_p99_is_given_of_a_hundred_calls_and_more(self):
        for calls in (99, 100):
            client = printing(json.dumps({**FIELDS, "calls": calls}))
            view = self.measure(peer("reactor", clients=(client,)), only=("one",))
            missing = [view.figure(view.pairs[0], column) is None for column in (P50, P99)]
            self.assertEqual(missing, [False, calls < 100])

    def test_there_is_no_p99_where_one_round_had_too_few_calls_for_it(self):
        for number, rounds in enumerate(((99, 100), (100, 99), (100, 100))):
            # Each run takes a line of the file.
            with open(self.path(f"left{number}"), "w", encoding="utf-8") as file:
                file.writelines(json.dumps({**FIELDS, "calls": calls}) + "\n" for calls in rounds)
            client = printing_in_turn(self.path(f"left{number}"))
            view = self.measure(peer("reactor", clients=(client,)), rounds=2, only=("one",))
            missing = [view.figure(view.pairs[0], column) is None for column in (P50, P99)]
            self.assertEqual(missing, [False, 99 in rounds])

    def test_idle_clients_have_called_once_and_stay_until_the_end(self):
        for framed, head in ((False, b""), (True, b"\0\0\0\x15")):
            with socket.create_server(("127.0.0.1", 0)) as listener:
                def answer(calls=3):
                    for _ in range(calls):
                        client = listener.accept()[0]
                        clients.append(client)
                        heard.append(client.recv(100))
                        client.sendall(b"a reply")

                clients, heard = [], []
                server = threading.Thread(target=answer)
                server.start()
                with compare_idle.idle_clients(listener.getsockname()[1], 3, framed):
                    server.join(PATIENCE_S)
                    self.assertEqual(heard, 3 * [head + b"\x80\1\0\1\0\0\0\x08get_time\0\0\0\0\0"])
                    for client in clients:
                        client.setblocking(False)
                        self.assertRaises(BlockingIOError, client.recv, 1)
                for client in clients:
                    client.setblocking(True)
                    self.assertEqual(client.recv(1), b"")
                    client.close()

    def test_an_idle_client_that_is_not_served_is_a_failure(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            closer = threading.Thread(target=lambda: listener.accept()[0].close())
            closer.start()
            with self.assertRaisesRegex(Failed, "^0 idle clients were served"):
                with compare_idle.idle_clients(listener.getsockname()[1], 1, framed=False):
                    self.fail("it was not served")
            closer.join(PATIENCE_S)

    def test_a_server_is_asked_once_to_end(self):
        self.measure(peer("reactor", "--stops", self.path("stops")), only=("one",))
        with open(self.path("stops"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "stop\n")

    def test_no_round_begins_for_which_there_is_no_time(self):
        self.measure(peer("reactor"), rounds=5, budget_s=0, only=("sixteen",))
        self.assertEqual(self.results.taken["rounds"], 1)
        self.assertEqual(list(self.results.values["reactor/fake"]["sixteen.rate"]), ["0"])


class WhatFails(CompareTest):
    def test_a_wrong_reply_leaves_no_figure_of_its_scenario_and_harms_no_other(self):
        view = self.measure(peer("reactor"), peer("liar", "--fault", "wrong:echo"),
                            only=("sixteen", "echo", "prices"))
        self.assert_only_failures([("liar/fake", "echo")])
        self.assert_failed("liar/fake", "echo", r"^[1-9]\d* wrong replies$")
        right, liar = view.pairs
        self.assertIsNone(view.figure(liar, metric("echo.p50_us")))
        self.assertIsNotNone(view.figure(right, metric("echo.p50_us")))
        self.assertIsNotNone(view.figure(liar, RATE).ratio)

    def test_one_failure_voids_the_rounds_before_it(self):
        view = self.measure(peer("reactor", "--fault", "wrong:wait", "--from-start", "2", "--starts",
                                 self.path("starts")), rounds=2, only=("wait",))
        self.assertEqual(list(self.results.values["reactor/fake"]["wait.rate"]), ["0"])
        self.assert_only_failures([("reactor/fake", "wait")])
        self.assertIsNone(view.figure(view.pairs[0], metric("wait.rate")))

    def test_an_error_is_told_with_what_the_client_said(self):
        self.measure(peer("reactor", "--fault", "error:prices"), only=("echo", "prices"))
        self.assert_only_failures([("reactor/fake", "prices")])
        self.assertFalse([line for line in self.said if "ended with" in line])
        self.assert_failed("reactor/fake", "prices", "^1 errors, .*the server closed the connection")

    def test_no_figure_is_got_from_get_time_where_it_fails_and_none_of_processor_time(self):
        self.measure(peer("reactor", "--fault", "wrong:get_time"))
        self.assert_only_failures([("reactor/fake", scenario) for scenario in (
            "one", "sixteen", "sixty-four", "shared", "cpu", "first", "wire")])

    def test_a_client_that_hangs_is_ended(self):
        self.measure(peer("reactor", "--fault", "hang:echo"), patience_s=5, only=("echo",))
        self.assert_failed("reactor/fake", "echo", "^the client had no end within 5")

    def test_a_server_that_dies_fails_what_follows_and_no_other_peer(self):
        self.measure(peer("reactor"), peer("mortal", "--fault", "die:echo"), only=("sixteen", "echo", "prices"))
        self.assert_failed("mortal/fake", "echo", "errors")
        self.assert_failed("mortal/fake", "prices", "^the server has ended with 9")
        self.assertEqual(set(self.results.failures), {"mortal/fake", "mortal"}, self.results.failures)
        self.assertIn("sixteen.rate", self.results.values["mortal/fake"])

    def test_a_server_that_is_never_ready_or_cannot_start_fails_all(self):
        self.measure(peer("mute", "--never-ready", "--pids", self.path("pids")), peer("broken", "--no-such-flag"),
                     patience_s=5)
        self.assert_failed("mute", "start", "^the server was not ready within 5 s")
        self.assert_failed("broken", "start", "unrecognized arguments: --no-such-flag")
        for scenario in (scenario for scenario in SCENARIOS if not scenario.idle):
            self.assert_failed("broken/fake", scenario.key, "unrecognized arguments")
        self.assert_gone(self.path("pids"))

    def test_a_clients_word_is_not_taken_for_more_than_it_is(self):
        for name, client, why in (
                ("a right line and exit code 1", printing(json.dumps(FIELDS), 1), "^the client ended with 1"),
                ("exit code 0 and errors", printing(json.dumps({**FIELDS, "errors": 2})), "^2 errors"),
                ("exit code 0 and wrong replies", printing(json.dumps({**FIELDS, "wrong": 2})), "^2 wrong replies"),
                ("no calls", printing(json.dumps({**FIELDS, "calls": 0})), "what is no figure"),
                ("no time", printing(json.dumps({**FIELDS, "seconds": 0})), "what is no figure"),
                ("no latency", printing(json.dumps({**FIELDS, "p50_us": None})), "what is no figure"),
                ("NaN calls", printing(json.dumps({**FIELDS, "calls": math.nan})), "what is no figure"),
                ("half a call", printing(json.dumps({**FIELDS, "calls": 0.5})), "what is no figure"),
                ("calls in words", printing(json.dumps({**FIELDS, "calls": "nine"})), "what is no figure"),
                ("NaN seconds", printing(json.dumps({**FIELDS, "seconds": math.nan})), "what is no figure"),
                ("endless", printing(json.dumps({**FIELDS, "seconds": math.inf})), "what is no figure"),
                ("NaN p99", printing(json.dumps({**FIELDS, "p99_us": math.nan})), "what is no figure"),
                ("no p99", printing(json.dumps({**FIELDS, "p99_us": None})), "what is no figure"),
                ("a p99 below its p50", printing(json.dumps({**FIELDS, "p99_us": 0.5})), "what is no figure"),
                ("no processor time", printing(json.dumps({**FIELDS, "client_cpu_seconds": None})), "no figure"),
                ("two lines", printing(2 * (json.dumps(FIELDS) + "\n")), "what is no figure"),
                ("exit code 3 and no reason", printing(json.dumps(FIELDS), 3), "^the client ended with 3"),
                ("an exception", printing_in_turn(self.path("none")), "^the client ended with 1: .*none"),
                ("other connections", printing(json.dumps({**FIELDS, "connections": 3})), "what is no figure"),
                ("no JSON", printing("all is well"), "what is no figure: all is well"),
                ("other JSON", printing("[1]"), "what is no figure"),
                ("nothing", printing(""), "what is no figure: nothing")):
            with self.subTest(name), self.assertRaisesRegex(Failed, why):
                run_client(client.program.command, PATIENCE_S, connections=1)
        answer = run_client(printing(json.dumps(FIELDS)).program.command, PATIENCE_S, connections=1)
        self.assertEqual((answer.calls, answer.rate), (9, 90))

    def test_a_client_that_makes_other_calls_than_it_was_asked_for_is_not_believed(self):
        self.measure(peer("reactor", clients=(printing(json.dumps(FIELDS)),)), only=("first", "wire"))
        self.assert_failed("reactor/printing", "first", "made 9 calls where 1 were asked for")
        self.assert_failed("reactor/printing", "wire", "made 9 calls where 200 were asked for")


if __name__ == "__main__":
    unittest.main()
