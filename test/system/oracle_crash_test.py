"""Timestamps stay unique and in order whatever befalls the server: it is killed,
stopped, frozen, and its clock is set. All calls of several clients are noted and
held against the promise, over all lives of the server."""

import glob
import os
import re
import signal
import time

from oracle_process import Disk, OracleProcess, Recorder, order_violation
from system_test import SystemTest, has_sanitizer, main, skip

SANITIZED = has_sanitizer("asan", "tsan")
KILLS = int(os.environ.get("TIMESERVICE_KILLS", "10" if SANITIZED else "100"))
HOUR_NS = 3600 * 10**9


class OracleTest(SystemTest):
    def oracle(self, *flags, env=None):
        return OracleProcess(self.server(), *flags, env=env)

    def recorder(self, oracle, **how):
        recorder = Recorder(oracle.endpoint, oracle.server.directory, **how)
        self.addCleanup(recorder.kill)
        return recorder

    def check_order(self, *recorders):
        paths = [recorder.finish() for recorder in recorders]
        self.assertEqual(order_violation(paths), "")

    def calls(self, recorder):
        """(first, last) of each call, in the order in which they began."""
        with open(recorder.finish(), encoding="utf-8") as file:
            lines = sorted(tuple(map(int, line.split())) for line in file)
        return [(first, first + count - 1) for _, _, first, count in lines]


class CrashTest(OracleTest):
    def test_through_kills_under_load(self):
        oracle = self.oracle()
        recorder = self.recorder(oracle)
        for _ in range(KILLS):
            recorder.wait_for_more(20)
            oracle.server.kill()
            oracle.start()
        recorder.wait_for_more()
        self.check_order(recorder)

    def test_through_kills_while_it_starts(self):
        oracle = self.oracle()
        recorder = self.recorder(oracle)
        server = oracle.server
        for delay_ms in range(0, 40, 2):
            recorder.wait_for_more()
            server.kill()
            server.spawn(["--listen", oracle.endpoint,
                          "--oracle-state", oracle.state])
            time.sleep(delay_ms / 1000)
            server.kill()
            oracle.start()
        recorder.wait_for_more()
        self.check_order(recorder)

    def test_through_clean_stops_which_cost_no_window(self):
        oracle = self.oracle("--oracle-window", "1h")
        recorder = self.recorder(oracle)
        for _ in range(5):
            recorder.wait_for_more(20)
            self.assertEqual(oracle.server.stop(), 0, oracle.server.stderr())
            oracle.start()
        recorder.wait_for_more()
        self.check_order(recorder)
        # Not an hour ahead of the clock.
        self.assertLess(self.calls(recorder)[-1][1],
                        time.time_ns() + HOUR_NS // 2)

    def test_through_freezes(self):
        oracle = self.oracle("--oracle-window", "50ms")
        recorder = self.recorder(oracle)
        for pause_ms in (10, 60, 300, 10, 60):
            recorder.wait_for_more(20)
            oracle.server.signal(signal.SIGSTOP)
            time.sleep(pause_ms / 1000)
            oracle.server.signal(signal.SIGCONT)
        recorder.wait_for_more(20)
        self.check_order(recorder)

    def test_a_second_server_on_the_same_state_does_not_start(self):
        oracle = self.oracle()
        second = self.server()
        second.spawn(["--listen", "127.0.0.1:0", "--oracle-state", oracle.state])
        self.assertEqual(second.wait(), 1)
        self.assertRegex(second.stderr(), re.escape(oracle.state)
                         + "': another process is using it")
        self.assertEqual(oracle.server.stop(), 0)

    def test_without_a_state_file_it_does_not_start(self):
        server = self.server()
        path = f"{server.directory}/none"
        server.spawn(["--listen", "127.0.0.1:0", "--oracle-state", path])
        self.assertEqual(server.wait(), 1)
        self.assertRegex(server.stderr(), "does not exist.*--oracle-init")
        self.assertFalse(os.path.exists(path))


class DiskTest(OracleTest):
    """Writes of the state file go wrong, or take long."""

    def setUp(self):
        if SANITIZED:
            skip("the oracle over a failing disk",
                 "a sanitizer must be the first library", excused=True)

    def oracle_on_disk(self, *flags):
        server = self.server()
        self.disk = Disk(server.directory)
        self.disk.writes("well")
        return OracleProcess(server, *flags, env=self.disk.env)

    def test_while_writes_fail_timestamps_end_and_all_else_is_served(self):
        oracle = self.oracle_on_disk()
        server = oracle.server
        recorder = self.recorder(oracle)
        for how in ("eio", "enospc", "short", "eio_after"):
            with self.subTest(how):
                recorder.wait_for_more(20)
                self.disk.writes(how)
                server.wait_for_log("error: oracle: .*the watermark cannot be made durable")
                recorder.wait_for_refusals()
                self.assert_good_client(server)
                self.disk.writes("well")
                recorder.wait_for_more(20)
                # The next subtest waits for a line of its own.
                server.kill()
                oracle.start()
        self.check_order(recorder)

    def test_a_kill_while_writes_fail(self):
        oracle = self.oracle_on_disk("--oracle-window", "100ms")
        recorder = self.recorder(oracle)
        for how in ("eio", "short", "eio_after"):
            for _ in range(2):
                recorder.wait_for_more(20)
                self.disk.writes(how)
                oracle.server.wait_for_log("the watermark cannot be made durable")
                oracle.server.kill()
                self.disk.writes("well")
                oracle.start()
        recorder.wait_for_more(20)
        self.check_order(recorder)

    def test_a_slow_disk_slows_calls_down_and_nothing_else(self):
        # Two writes of 60 ms for a window of which half is 50 ms: calls must wait.
        oracle = self.oracle_on_disk("--oracle-window", "100ms")
        recorder = self.recorder(oracle)
        self.disk.writes("well", 60)
        recorder.wait_for_more(500)
        self.disk.writes("well")
        recorder.wait_for_more(20)
        self.check_order(recorder)
        self.assertNotIn("cannot be made durable", oracle.server.stderr())

    def test_a_disk_that_hangs_keeps_no_other_call_waiting_for_long(self):
        oracle = self.oracle_on_disk("--oracle-window", "100ms",
                                     "--oracle-timeout", "50ms")
        recorder = self.recorder(oracle)
        recorder.wait_for_more(20)
        self.disk.writes("well", 1500)
        recorder.wait_for_refusals()
        self.assert_good_client(oracle.server)
        self.disk.writes("well")
        recorder.wait_for_more(20)
        self.check_order(recorder)


class ClockTest(OracleTest):
    """The wall clock of the server alone is set, by libfaketime."""

    def setUp(self):
        found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        if not found:
            skip("the oracle under clock steps", "libfaketime is not installed")
        if SANITIZED:
            skip("the oracle under clock steps",
                 "a sanitizer must be the first library", excused=True)
        self.library = found[0]

    def oracle_under(self, *flags):
        server = self.server()
        self.shift = f"{server.directory}/shift"
        self.set_clock(0)
        return OracleProcess(server, *flags, env={
            "LD_PRELOAD": self.library,
            "FAKETIME_TIMESTAMP_FILE": self.shift,
            "FAKETIME_NO_CACHE": "1",
            # Steps are of the wall clock: the others go on.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1"})

    def set_clock(self, seconds):
        draft = self.shift + ".new"
        with open(draft, "w", encoding="utf-8") as file:
            file.write(f"{seconds:+d}\n")
        os.rename(draft, self.shift)

    def test_a_clock_put_back_does_not_put_back_timestamps(self):
        oracle = self.oracle_under()
        recorder = self.recorder(oracle)
        recorder.wait_for_more(100)
        self.set_clock(-3600)
        recorder.wait_for_more(100)
        oracle.server.kill()
        oracle.start()
        recorder.wait_for_more(100)
        self.set_clock(0)
        recorder.wait_for_more(100)
        self.check_order(recorder)
        # They went on by what was handed out, and a window at the restart.
        calls = self.calls(recorder)
        self.assertLess(calls[-1][1], time.time_ns() + 5 * 10**9)

    def test_a_clock_that_jumps_ahead_is_not_followed_until_a_restart(self):
        # BOOTTIME must go on as it did, or a jump could not be seen.
        oracle = self.oracle_under("--clock-error", "kernel")
        recorder = self.recorder(oracle)
        recorder.wait_for_more(100)
        self.set_clock(3600)
        oracle.server.wait_for_log("warning: oracle: the clock jumped forward by 3600")
        recorder.wait_for_more(100)
        self.set_clock(0)
        oracle.server.wait_for_log("info: oracle: timestamps follow the clock again")
        recorder.wait_for_more(100)
        self.check_order(recorder)
        self.assertLess(self.calls(recorder)[-1][1],
                        time.time_ns() + 5 * 10**9)

        self.set_clock(3600)
        after = self.recorder(oracle, name="after")
        oracle.server.wait_for_log("clock jumped forward by 3600")
        after.wait_for_more(100)
        self.assertEqual(oracle.server.stop(), 0, oracle.server.stderr())
        oracle.start()
        after.wait_for_more(100)
        self.check_order(recorder, after)
        self.assertGreater(self.calls(after)[-1][1], time.time_ns() + HOUR_NS // 2)


if __name__ == "__main__":
    main()
