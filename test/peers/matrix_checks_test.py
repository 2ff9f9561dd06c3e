"""Each check of the feature matrix tells a system that does from one that does not.

Environment: as system_test.py.
"""

import contextlib
import importlib
import os
import socket
import socketserver
import sys
import threading
import time
import unittest
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peer_process import ROOT  # noqa: E402
from system_test import main, skip  # noqa: E402

sys.path.insert(0, os.path.join(ROOT, "bench", "peers", "checks"))
import check_any_object  # noqa: E402
import check_deadline  # noqa: E402
import check_deadline_told  # noqa: E402
import check_drain  # noqa: E402
import check_health  # noqa: E402
import check_hostile_memory  # noqa: E402
import check_metrics  # noqa: E402
import check_slow_handlers  # noqa: E402
import check_timeout  # noqa: E402
import check_tls  # noqa: E402
import check_without_idl  # noqa: E402
import client_bytes  # noqa: E402
import library_clients  # noqa: E402
from cpp_compiler import first_error  # noqa: E402
from hostile_bytes import by_family  # noqa: E402
from matrix_answer import Missing  # noqa: E402
from served_process import NotReady, ServedProcess, eventually  # noqa: E402
from thrift_link import ThriftLink  # noqa: E402

FAILING_SERVER = os.path.join(ROOT, "test", "peers", "failing_thrift_server.py")


class Fake:
    """A system of the fake server that fails at `failings`."""

    def __init__(self, *failings, library="timeservice", family="thrift"):
        self.library, self.family, self._failings = library, family, failings
        self.column = self.label = "fake"
        self.name = ""

    def missing(self):
        return ""

    def serve(self, *flags):
        return ServedProcess([sys.executable, FAILING_SERVER, *flags, *self._failings])

    def open(self, port, timeout_s=1.5):
        return ThriftLink(port, timeout_s, framed=False)


# Which failings must turn which check's answer; without any it must be the first one.
SERVER_CHECKS = {
    "check_idle_clients": ("yes", {"starves": "no"}),
    "check_drain": ("yes", {"loses": "no", "ends-badly": "no"}),
    "check_slow_handlers": ("yes", {}),
    "check_deadline": ("yes", {"abandoned": "no"}),
    "check_pipelining": ("yes", {"reorders": "no", "forgets": "no"}),
    "check_multiplexing": ("no", {"reorders": "yes", "forgets": "no"}),
    "check_hostile_bytes": ("yes", {"dies": "no", "stalls": "no"}),
    "check_dialects": ("1 protocol", {}),
}


class ChecksOfServers(unittest.TestCase):
    def test_a_good_server_passes_and_one_that_fails_does_not(self):
        for name, (good, bad) in SERVER_CHECKS.items():
            check = importlib.import_module(name).check
            for failing, value in [((), good), *(((failing,), value) for failing, value in bad.items())]:
                # Who fails would be waited for.
                module = importlib.import_module(name)
                patience = mock.patch.object(module, "PATIENCE_S", 0.5) if failing and hasattr(
                    module, "PATIENCE_S") and name != "check_deadline" else contextlib.nullcontext()
                with self.subTest(name, failing=failing), patience:
                    answer = check(Fake(*failing)).checked()
                    self.assertEqual(answer.value, value, answer)
                    self.assertEqual("died" in answer.evidence, failing == ("dies",), answer)

    def test_a_server_that_is_ready_too_early_is_waited_for(self):
        answers = iter((False, False, True))
        with ServedProcess([sys.executable, FAILING_SERVER], lambda port: next(answers)) as server:
            self.assertTrue(server.alive)
        self.assertEqual(list(answers), [])

    def test_a_library_whose_threads_end_by_themselves_may_let_them(self):
        class Patient(Fake):
            def serve_by(self, runner, *flags):
                return Fake().serve(*flags)

        answer = check_drain.check(Patient("loses", library="thriftpy2")).checked()
        self.assertEqual(answer.value, "yes")
        self.assertRegex(answer.evidence, "daemons: 4 of 4")

    def test_handlers_that_wait_hold_up_others_where_there_is_one_thread(self):
        class OneThread(Fake):
            def serve(self, *flags):
                return super().serve("--threads", "1", *flags)

        self.assertEqual(check_slow_handlers.check(OneThread()).value, "no")

    def test_a_server_without_a_queue_begins_no_call_late(self):
        class ManyThreads(Fake):
            def serve(self, *flags):
                return super().serve()

        self.assertEqual(check_deadline.check(ManyThreads()).checked().value, "n/a")

    def test_each_family_gets_garbage_and_sizes_and_halves(self):
        for family, kinds in by_family().items():
            for what in ("garbage", "of (2|4) GiB", "of 90 MB", "half"):
                with self.subTest(family, what=what):
                    self.assertRegex("\n".join(kinds), what)
            self.assertEqual(len(set(kinds.values())), len(kinds))

    def test_memory_is_what_the_server_takes(self):
        def megabytes(*failings):
            return float(check_hostile_memory.check(Fake(*failings)).checked().value.split()[0])

        self.assertLess(megabytes(), 30)
        # What it takes within 0.3 s is less where the machine is busy.
        self.assertTrue(eventually(lambda: megabytes("hoards") > 60, 60.0))
        self.assertEqual(check_hostile_memory.check(Fake("dies")).value, "no")

    def test_a_server_that_does_not_start_is_no_answer(self):
        with self.assertRaises(NotReady), ServedProcess([sys.executable, "-c", "raise SystemExit(3)"]):
            pass


@contextlib.contextmanager
def http_server(answers):
    """A process with a port of HTTP, in this process: path to body; else 404."""
    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            request = self.rfile.readline().split()
            body = answers.get(request[1].decode()) if len(request) == 3 else None
            self.wfile.write(b"HTTP/1.0 404 No\r\n\r\n" if body is None else b"HTTP/1.0 200 OK\r\n\r\n" + body)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        process = mock.MagicMock()
        process.__enter__.return_value = process
        process.port = server.server_address[1]
        process.listening_ports.return_value = [process.port]
        try:
            yield process
        finally:
            server.shutdown()


class ChecksOfLibraries(unittest.TestCase):
    def answer_of(self, module, answers):
        with http_server(answers) as process, mock.patch.object(module, "operator_server", lambda system: process):
            fake = Fake()
            fake.open = mock.MagicMock()
            return module.check(fake).checked()

    def test_a_health_check_is_one_that_answers_200(self):
        self.assertEqual(self.answer_of(check_health, {}).value, "no")
        self.assertEqual(self.answer_of(check_health, {"/readyz": b"serving"}).value, "yes")

    def test_metrics_are_counted_and_prose_is_none(self):
        self.assertEqual(self.answer_of(check_metrics, {}).value, "no")
        self.assertEqual(self.answer_of(check_metrics, {"/metrics": b"<p>It works!</p>\n"}).value, "no")
        told = {"/metrics": b'# HELP a b\na 1\nb{c="d e"} 2\n'}
        self.assertEqual(self.answer_of(check_metrics, told).value, "2 series")

    def test_a_client_that_does_not_stop_waiting_has_no_timeout(self):
        def patient(port, timeout_s):
            time.sleep(4 * timeout_s)
            raise TimeoutError

        def careless(port, timeout_s):
            pass

        def hasty(port, timeout_s):
            raise TimeoutError

        for client in (patient, careless, hasty):
            with self.subTest(client.__name__), mock.patch.object(check_timeout, "TIMEOUT_S", 0.1), \
                    mock.patch.dict(library_clients.CLIENTS, timeservice=client):
                self.assertEqual(check_timeout.check(Fake()).checked().value, "no")

    def test_bytes_that_tell_a_deadline_are_noticed(self):
        def telling(port, timeout_s):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(b"call" if timeout_s is None else b"call within 5 s")
                connection.recv(1)

        with mock.patch.dict(library_clients.CLIENTS, timeservice=telling):
            self.assertEqual(client_bytes.sent_by("timeservice", None), b"call")
            self.assertEqual(client_bytes.sent_by("timeservice", 5.0), b"call within 5 s")
            self.assertRegex(check_deadline_told.check(Fake()).checked().evidence, "differ")

    def test_a_server_without_tls_or_a_client_that_trusts_all_is_no_tls(self):
        def plain(library, certificate, key):
            return [sys.executable, FAILING_SERVER]

        with mock.patch.object(check_tls, "command", plain):
            self.assertEqual(check_tls.check(Fake()).checked().value, "no")
        with mock.patch.object(check_tls, "_by_socket", lambda *arguments: "TLSv1.3"), \
                mock.patch.object(check_tls, "command", plain):
            self.assertRegex(check_tls.check(Fake()).evidence, "not trusted")
            self.assertEqual(check_tls.check(Fake()).value, "no")


class Compiled(unittest.TestCase):
    def test_the_compiler_refuses_a_plain_object_for_what_it_is_alone(self):
        try:
            self.assertEqual(first_error(check_without_idl.program("apache-cpp", ": apache::thrift::TProcessor")), "")
            self.assertRegex(first_error(check_without_idl.program("apache-cpp")), "Handler")
            self.assertEqual(first_error(check_any_object.program("apache-cpp", '"text"')), "")
            self.assertNotEqual(first_error(check_any_object.program("apache-cpp")), "")
        except Missing as missing:
            skip("C++ programs of the matrix", str(missing))


if __name__ == "__main__":
    main()
