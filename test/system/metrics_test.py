"""What /metrics says is what happened, and as Prometheus reads it."""

import datetime
import json
import math
import os
import shutil
import struct
import subprocess

from admin_client import Metrics, admin_endpoint, status
from oracle_process import OracleProcess
from raw_client import RawClient, frame, get_time_request, message, string_field
from system_test import (MODES, MODES_AND_TRANSPORTS, PATIENCE_S, SystemTest,
                         ROOT, main, skip)

ADMIN = ("--admin", "127.0.0.1:0")


def i32_field(field, number):
    return struct.pack("!Bhi", 8, field, number)


class PromtoolTest(SystemTest):
    def test_prometheus_finds_nothing_wrong_with_them(self):
        # Installed, or unpacked by ./dev setup.
        folders = [os.path.join(ROOT, "build", "daemons", "usr", "bin")]
        promtool = shutil.which("promtool", path=os.pathsep.join([os.environ["PATH"], *folders]))
        if promtool is None:
            skip("what Prometheus says of the metrics",
                 "promtool (package prometheus) is not there: ./dev setup fetches it")
        for mode in MODES:
            with self.subTest(mode):
                server = self.server()
                oracle = OracleProcess(server, "--mode", mode, "--listen",
                                       "127.0.0.1:0", *ADMIN)
                with RawClient(oracle.server.endpoints[1]) as client:
                    client.get_time(framed=True)
                text = Metrics(admin_endpoint(server)).text
                done = subprocess.run(
                    [promtool, "check", "metrics"], input=text,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    encoding="utf-8", timeout=PATIENCE_S, check=False)
                self.assertEqual((done.returncode, done.stdout), (0, ""))
                self.assertEqual(server.stop(), 0)


class NumbersTest(SystemTest):
    def test_calls_errors_and_bytes_are_those_of_the_clients(self):
        for mode, transport in MODES_AND_TRANSPORTS:
            with self.subTest(f"{mode} {transport}"):
                self.check_numbers(mode, transport == "framed")

    def check_numbers(self, mode, framed):
        server = self.serve("--mode", mode, *ADMIN)
        admin = admin_endpoint(server)
        wrap = frame if framed else bytes
        requests = [wrap(get_time_request())] * 20 + [wrap(message(*call)) for call in [
            ("get_timestamps", 1, i32_field(1, 1)),   # there is no oracle
            ("get_timestamps", 1, i32_field(1, 0)),   # out of range
            ("to_local", 1, string_field(2, b"Atlantis")),
            ("to_local", 1, string_field(2, b"Atlantis")),
            ("zone_periods", 1, string_field(1, b"Atlantis")),
            ("now", 1),
            ("sing", 1),                              # there is no such method
        ]]
        received = 0
        with RawClient(server.endpoints[0]) as client:
            for request in requests:
                client.send(request)
                received += self.reply_bytes(client, framed)
        with RawClient(server.endpoints[0]) as client:
            client.send(b"GET / HTTP/1.1\r\n\r\n")
            received += len(client.receive_all())
        self.eventually(lambda: Metrics(admin).of("connections_open") == 0)
        self.eventually(lambda: Metrics(admin).of(
            "call_duration_seconds_count", method="TimeService.now") == 1)
        now = Metrics(admin)

        calls = {"get_time": 20, "get_timestamps": 2, "to_local": 2,
                 "zone_periods": 1, "now": 1}
        for method, count in calls.items():
            name = f"TimeService.{method}"
            self.assertEqual(now.of("calls_total", method=name), count, method)
            self.assertEqual(now.of("call_duration_seconds_count", method=name),
                             count, method)
            self.assertEqual(now.of("call_duration_seconds_bucket", method=name,
                                    le="+Inf"), count, method)
        self.assertEqual(now.sum_of("calls_total"), sum(calls.values()))
        for method, count in {"get_time": 0, "get_timestamps": 2, "to_local": 2,
                              "zone_periods": 1}.items():
            self.assertEqual(now.of("call_errors_total", kind="declared",
                                    method=f"TimeService.{method}"), count, method)
        self.assertEqual(now.of("call_errors_total", method="(unknown)",
                                kind="unknown_method"), 1)
        self.assertEqual(now.sum_of("call_errors_total"), 6)
        for exception, code, count in [
                ("OracleUnavailable", "NOT_READY", 1),
                ("BadRequest", "OUT_OF_RANGE", 1),
                ("BadRequest", "UNKNOWN_ZONE", 3)]:
            self.assertEqual(now.of("requests_refused_total",
                                    exception=exception, code=code), count)
        self.assertEqual(now.sum_of("requests_refused_total"), 5)
        self.assertEqual(now.of("connections_accepted_total"), 2)
        self.assertEqual(now.of("wire_errors_total", reason="http"), 1)
        self.assertEqual(now.sum_of("wire_errors_total"), 1)
        self.assertEqual(now.of("messages_received_total"), len(requests))
        self.assertEqual(now.of("sent_bytes_total"), received)
        sent = sum(map(len, requests))
        self.assertGreaterEqual(now.of("received_bytes_total"), sent)
        self.assertLessEqual(now.of("received_bytes_total"), sent + 18)
        self.assertEqual(now.of("calls_in_flight"), 0)

    @staticmethod
    def reply_bytes(client, framed):
        """Reads one reply; how many bytes it had."""
        if framed:
            head = client.receive(4)
            return 4 + len(client.receive(struct.unpack("!I", head)[0]))
        # Nothing else is under way: what comes until the next silence is the reply.
        got = client.socket.recv(65536)
        assert got
        return len(got)

    def test_they_agree_with_a_load_generator(self):
        for mode in MODES:
            with self.subTest(mode):
                server = self.serve("--mode", mode, "--clock-error", "fixed:20ms", *ADMIN)
                admin = admin_endpoint(server)
                connections = 1 if mode == "simple" else 4
                done = subprocess.run(
                    [os.environ["TIME_CLIENT"], "--endpoint", server.endpoints[0],
                     "--transport", "framed", "--output", "json", "bench",
                     "--seconds", "0.3", "--in-flight", "16",
                     "--connections", str(connections)],
                    stdout=subprocess.PIPE, encoding="utf-8", timeout=60, check=True)
                report = json.loads(done.stdout)
                self.assertEqual(report["errors"], 0)
                # Each connection makes a first call that the report leaves out.
                calls = report["calls"] + connections
                self.eventually(lambda: Metrics(admin).of("connections_open") == 0)
                method = "TimeService.get_time"
                self.eventually(lambda: Metrics(admin).of(
                    "call_duration_seconds_count", method=method) == calls)
                now = Metrics(admin)
                self.assertEqual(now.of("calls_total", method=method), calls)
                self.assertEqual(now.of("queue_seconds_count"), calls)
                self.assertEqual(now.sum_of("call_errors_total"), 0)
                self.assertEqual(now.of("connections_accepted_total"), connections)
                request = len(frame(get_time_request()))
                self.assertEqual(now.of("received_bytes_total"), calls * request)
                self.assertEqual(status(admin)["calls"]["methods"][method]["calls"], calls)

    def test_the_oracle_tells_how_many_it_handed_out(self):
        server = self.server()
        OracleProcess(server, "--listen", "127.0.0.1:0", "--oracle-window", "100ms",
                      *ADMIN)
        admin = admin_endpoint(server)
        with RawClient(server.endpoints[1]) as client:
            for count in (1, 10, 1000):
                client.send(frame(message("get_timestamps", 1, i32_field(1, count))))
                NumbersTest.reply_bytes(client, True)
        now = Metrics(admin)
        self.assertEqual(now.of("oracle_timestamps_total"), 1011)
        self.assertEqual(now.of("oracle_serving"), 1)
        self.assertEqual(now.of("oracle_window_seconds"), 0.1)
        self.assertEqual(now.of("oracle_write_failures_total"), 0)
        self.assertGreaterEqual(now.of("oracle_watermark_seconds"),
                                now.of("oracle_last_timestamp_seconds"))
        writes = now.of("oracle_writes_total")
        self.assertGreaterEqual(writes, 1)
        self.eventually(lambda: Metrics(admin).of("oracle_writes_total") > writes)
        oracle = status(admin)["oracle"]
        self.assertEqual(oracle["role"], "SERVING")
        self.assertEqual(oracle["timestamps"], 1011)
        self.assertEqual(server.stop(), 0)

    def test_the_clock_tells_its_state_and_its_bound(self):
        server = self.serve("--clock-error", "fixed:20ms", *ADMIN)
        admin = admin_endpoint(server)
        now = Metrics(admin)
        self.assertEqual(now.of("clock_state", state="SYNCHRONIZED"), 1)
        self.assertEqual(now.sum_of("clock_state"), 1)
        self.assertGreaterEqual(now.of("clock_error_bound_seconds"), 0.02)
        self.assertLess(now.of("clock_error_bound_seconds"), 0.04)
        self.assertEqual(status(admin)["clock"]["bound_source"], "fixed")

    def test_a_clock_without_a_bound_has_none_and_is_ready_all_the_same(self):
        # Nobody answers there.
        server = self.serve("--clock-error", "chrony:127.0.0.1:1", *ADMIN)
        admin = admin_endpoint(server)
        now = Metrics(admin)
        self.assertEqual(now.of("clock_state", state="UNKNOWN"), 1)
        self.assertTrue(math.isnan(now.of("clock_error_bound_seconds")))
        self.assertEqual(now.of("health_state", state="serving"), 1)
        self.assertNotEqual(status(admin)["clock"]["reason"], "")

    def test_the_end_of_the_certificates_is_told(self):
        folder = os.environ["TIMESERVICE_CERTIFICATES"]
        server = self.server()
        server.start(["--listen", "tls:127.0.0.1:0", *ADMIN, "--tls-cert", f"{folder}/server.pem",
                      "--tls-key", f"{folder}/server.key"])
        told = subprocess.run(["openssl", "x509", "-noout", "-enddate", "-dateopt", "iso_8601",
                               "-in", f"{folder}/server.pem"], stdout=subprocess.PIPE,
                              encoding="ascii", check=True).stdout
        end = datetime.datetime.fromisoformat(
            told.strip().partition("=")[2].replace("Z", "+00:00"))
        admin = admin_endpoint(server)
        self.assertEqual(Metrics(admin).of("tls_certificate_not_after_timestamp_seconds"),
                         end.timestamp())
        self.assertEqual(status(admin)["tls"], {"certificates_end_s": end.timestamp(),
                                                "client_certificates": False})
        self.assertEqual(server.stop(), 0)

    def test_a_process_and_its_build_are_told(self):
        server = self.serve(*ADMIN)
        now = Metrics(admin_endpoint(server))
        self.assertGreater(now.values["process_resident_memory_bytes", ()], 1e6)
        self.assertGreater(now.values["process_open_fds", ()], 3)
        self.assertEqual(now.sum_of("build_info"), 1)
        self.assertEqual(now.sum_of("tzdb_info"), 1)
        self.assertGreater(now.of("zones_loaded"), 300)


if __name__ == "__main__":
    main()
