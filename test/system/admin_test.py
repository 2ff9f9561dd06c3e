"""What a server says of itself over its life: starting, serving, draining, failed."""

import os
import re
import signal
import socket

from admin_client import Metrics, admin_endpoint, get, status
from oracle_process import Disk, OracleProcess
from raw_client import RawClient
from system_test import MODES, SystemTest, free_port, has_sanitizer, main, skip

SANITIZED = has_sanitizer("asan", "tsan")
ADMIN = ("--admin", "127.0.0.1:0")


class LifeTest(SystemTest):
    def test_every_mode_is_ready_once_it_says_so(self):
        for mode in MODES:
            with self.subTest(mode):
                server = self.serve("--mode", mode, *ADMIN)
                admin = admin_endpoint(server)
                self.assertEqual(get(admin, "/readyz"), (200, "serving\n"))
                self.assertEqual(get(admin, "/healthz"), (200, "serving\n"))
                self.assertEqual(status(admin)["mode"], mode)
                self.assertEqual(status(admin)["endpoints"], server.endpoints)

    def test_while_it_drains_it_serves_and_is_not_ready(self):
        for mode in MODES:
            with self.subTest(mode):
                server = self.serve("--mode", mode, *ADMIN, "--drain-delay", "1h")
                admin = admin_endpoint(server)
                server.signal(signal.SIGTERM)
                server.wait_for_log("draining")
                self.assertEqual(get(admin, "/readyz"), (503, "draining\n"))
                self.assertEqual(get(admin, "/healthz"), (200, "draining\n"))
                self.assert_good_client(server)
                self.assertEqual(Metrics(admin).of("health_state", state="draining"), 1)
                server.signal(signal.SIGTERM)
                self.assertEqual(server.wait(), 128 + signal.SIGTERM, server.stderr())

    def test_a_drain_whose_delay_is_over_ends_it(self):
        server = self.serve(*ADMIN, "--drain-delay", "300ms")
        self.assertEqual(server.stop(), 0)
        self.assertIn("serves on for 300 ms", server.stderr())

    def test_its_port_is_free_again_at_once(self):
        port = free_port()
        for _ in range(3):
            server = self.serve("--admin", f"127.0.0.1:{port}")
            self.assertEqual(get(f"127.0.0.1:{port}", "/readyz")[0], 200)
            self.assertEqual(server.stop(), 0)

    def test_a_thrift_client_that_finds_it_is_closed_and_told_of(self):
        server = self.serve(*ADMIN, "--log-level", "debug")
        with RawClient(admin_endpoint(server)) as client:
            client.send(b"\x00\x00\x00\x15\x80\x01\x00\x01")
            self.assertEqual(client.receive_all(), b"")
        server.wait_for_log("debug: admin: .*Thrift clients belong to --listen")


class FailedTest(SystemTest):
    """The oracle's disk."""

    def setUp(self):
        if SANITIZED:
            skip("readiness over a failing disk",
                 "a sanitizer must be the first library", excused=True)

    def oracle_on_disk(self, *flags):
        server = self.server()
        self.disk = Disk(server.directory)
        self.disk.writes("well")
        return OracleProcess(server, "--oracle-window", "200ms", "--listen", "127.0.0.1:0",
                             *ADMIN, *flags, env=self.disk.env)

    def test_a_disk_that_fails_makes_it_failed_and_still_healthy(self):
        server = self.oracle_on_disk().server
        admin = admin_endpoint(server)
        self.assertEqual(get(admin, "/readyz"), (200, "serving\n"))
        self.disk.writes("eio")
        self.eventually(lambda: get(admin, "/readyz")[0] == 503)
        code, line = get(admin, "/readyz")
        self.assertEqual(code, 503)
        self.assertRegex(line, r"^failed: no timestamps can be handed out: .*Input/output error.*\n$")
        self.assertEqual(get(admin, "/healthz"), (200, line))
        now = Metrics(admin)
        self.assertEqual(now.of("health_state", state="failed"), 1)
        self.assertEqual(now.of("oracle_serving"), 0)
        self.assertGreater(now.of("oracle_write_failures_total"), 0)
        self.assertEqual(status(admin)["health"]["state"], "failed")
        self.assertRegex(status(admin)["oracle"]["failure"], "Input/output error")
        with RawClient(server.endpoints[1]) as client:
            client.get_time(framed=True)
        self.disk.writes("well")
        self.eventually(lambda: get(admin, "/readyz") == (200, "serving\n"))
        self.assertEqual(Metrics(admin).of("oracle_serving"), 1)
        self.assertEqual(server.stop(), 0)

    def test_a_disk_that_hangs_makes_it_failed_too(self):
        server = self.oracle_on_disk("--oracle-timeout", "50ms").server
        admin = admin_endpoint(server)
        self.disk.writes("well", 1500)
        self.eventually(lambda: get(admin, "/readyz")[0] == 503)
        self.assertRegex(get(admin, "/readyz")[1], "does not take the watermark in time")
        self.disk.writes("well")
        self.eventually(lambda: get(admin, "/readyz")[0] == 200)

    def test_a_state_file_that_is_taken_away_makes_it_failed_until_it_is_back(self):
        oracle = self.oracle_on_disk()
        admin = admin_endpoint(oracle.server)
        os.rename(oracle.state, oracle.state + ".away")
        self.eventually(lambda: get(admin, "/readyz")[0] == 503)
        self.assertIn(oracle.state, get(admin, "/readyz")[1])
        os.rename(oracle.state + ".away", oracle.state)
        self.eventually(lambda: get(admin, "/readyz")[0] == 200)
        self.assertEqual(oracle.server.stop(), 0)

    def test_while_it_starts_it_says_so(self):
        oracle = self.oracle_on_disk()
        server = oracle.server
        self.assertEqual(server.stop(), 0)
        self.disk.writes("well", 1500)
        admin = f"127.0.0.1:{free_port()}"
        server.spawn(["--listen", "127.0.0.1:0", "--oracle-state", oracle.state,
                      "--admin", admin], self.disk.env)
        server.wait_for_log("admin: HTTP at ")
        self.assertEqual(get(admin, "/readyz"), (503, "starting\n"))
        self.assertEqual(get(admin, "/healthz"), (200, "starting\n"))
        self.assertEqual(status(admin)["health"]["state"], "starting")
        self.assertEqual(Metrics(admin).of("health_state", state="starting"), 1)
        self.assertEqual(server.ready_line, "")
        self.disk.writes("well")
        self.eventually(lambda: get(admin, "/readyz") == (200, "serving\n"))
        self.assertEqual(server.stop(), 0)


class SettingsTest(SystemTest):
    def refused(self, code, pattern, *flags):
        server = self.server()
        server.spawn(flags)
        self.assertEqual(server.wait(), code, server.stderr())
        self.assertEqual(len(server.stderr().splitlines()), 1, server.stderr())
        self.assertRegex(server.stderr(), pattern)

    def test_an_admin_endpoint_that_cannot_be_is_refused_in_one_line(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.refused(1, f"--admin: cannot listen on 127.0.0.1:{port}: .*or choose another endpoint",
                         "--admin", f"127.0.0.1:{port}", "--listen", "127.0.0.1:0")
        port = free_port()
        self.refused(2, f"--admin localhost:{port}: --listen 127.0.0.1:{port} is in the way: "
                     "choose another port",
                     "--admin", f"localhost:{port}", "--listen", f"127.0.0.1:{port}")
        self.refused(2, "--admin is given 2 times: give it once",
                     "--admin", "localhost:0", "--admin", "localhost:0")
        self.refused(2, "--admin tls:localhost:9191: .*leave tls: away",
                     "--admin", "tls:localhost:9191", "--listen", "127.0.0.1:0")
        self.refused(2, re.escape("--admin '9191': no port"), "--admin", "9191")

    def test_without_it_nothing_listens_but_what_was_named(self):
        server = self.serve()
        self.assertNotIn("admin:", server.stderr())


if __name__ == "__main__":
    main()
