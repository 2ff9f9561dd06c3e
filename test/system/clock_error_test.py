"""How far the server's clock may be off, told by a running server: by the operator's
word, by a kernel that nobody synchronizes, and by a clock that is wrong on purpose.

    TIME_SERVER=... TIME_CLIENT=... python3 clock_error_test.py
"""

import ctypes
import glob
import os
import subprocess
import time

from clock_calls import ClockCalls, Refused
from system_test import PATIENCE_S, SystemTest, has_sanitizer, main, skip

UNKNOWN, SYNCHRONIZED, HOLDOVER, UNSYNCHRONIZED = range(4)
BOUND_NS = 50_000_000
HOUR_NS = 3600 * 10**9
SAMPLES = 20_000


def kernel_maxerror_us():
    """What adjtimex(2) says, None if it does not."""
    libc = ctypes.CDLL(None, use_errno=True)
    timex = (ctypes.c_long * 64)()
    if libc.adjtimex(ctypes.byref(timex)) == -1:
        return None
    # unsigned modes (padded), then long offset, freq, maxerror.
    return timex[3]


class FixedTest(SystemTest):
    def test_the_interval_is_the_operators_word_around_the_clock(self):
        server = self.serve("--clock-error", "fixed:50ms")
        with ClockCalls(server) as calls:
            for _ in range(1000):
                before_ns = time.time_ns()
                earliest_ns, latest_ns, state = calls.now()
                after_ns = time.time_ns()
                self.assertEqual(state, SYNCHRONIZED)
                self.assertGreaterEqual(latest_ns - earliest_ns, 2 * BOUND_NS)
                # The bound and how long reading took.
                middle_ns = (earliest_ns + latest_ns) // 2
                self.assertLessEqual(before_ns, middle_ns + 1)
                self.assertLessEqual(middle_ns, after_ns)
            status = calls.clock_status()
            self.assertEqual((status[2], status[4], status[5]), (SYNCHRONIZED, "fixed", 0))
            self.assertGreaterEqual(status[3], BOUND_NS)

    def test_a_limit_below_the_bound_is_refused_with_the_bound(self):
        server = self.serve("--clock-error", "fixed:50ms")
        with ClockCalls(server) as calls:
            calls.now(10**9)
            with self.assertRaises(Refused) as refused:
                calls.now(BOUND_NS - 1)
            self.assertEqual(refused.exception.fields[2], SYNCHRONIZED)
            self.assertGreaterEqual(refused.exception.fields[3], BOUND_NS)

    def test_a_bound_that_counts_as_none_is_refused_at_the_start(self):
        server = self.server()
        server.spawn(["--listen", "127.0.0.1:0", "--clock-error", "fixed:1s"])
        self.assertEqual(server.wait(), 2)
        self.assertIn("raise --max-error", server.stderr())
        self.serve("--clock-error", "fixed:1s", "--max-error", "2s")
        self.serve("--max-error", "2s", "--clock-error", "fixed:1s")


class KernelTest(SystemTest):
    def test_a_kernel_that_nobody_synchronizes_gives_no_interval(self):
        maxerror_us = kernel_maxerror_us()
        if maxerror_us is None or maxerror_us < 16_000_000:
            skip("a kernel without a bound", f"this machine's has one, {maxerror_us} us",
                 excused=True)
        server = self.server()  # without any setting: the default
        server.start(["--listen", "127.0.0.1:0"], {"TIME_SERVER_CLOCK_ERROR": ""})
        server.wait_for_log(r"warning: clock: UNSYNCHRONIZED: now\(\) is refused: ")
        with ClockCalls(server) as calls:
            with self.assertRaises(Refused) as refused:
                calls.now()
            self.assertEqual(refused.exception.fields[2], UNSYNCHRONIZED)
            self.assertEqual(refused.exception.fields[3], -1)
            self.assertIn("not synchronized", str(refused.exception))
            status = calls.clock_status()
            self.assertEqual((status[2], status[3], status[4]), (UNSYNCHRONIZED, -1, "kernel"))
            # Comparing clocks is no promise.
            t1, t2, t3, error_ns, state = calls.exchange(5)
            self.assertEqual((t1, error_ns, state), (5, -1, UNSYNCHRONIZED))
            self.assertLessEqual(t2, t3)
        client = os.environ.get("TIME_CLIENT")
        if client is None:
            return
        for command, code in (("status", 0), ("exchange", 0), ("now", 1)):
            with self.subTest(command):
                done = subprocess.run(
                    [client, "--endpoint", server.endpoints[0], command],
                    timeout=PATIENCE_S, capture_output=True, text=True)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertRegex((done.stdout + done.stderr).lower(),
                                 r"unsynchronized|not synchronized")


class FakedTest(SystemTest):
    """A server whose wall clock is wrong by libfaketime, which leaves its other clocks."""

    def setUp(self):
        if has_sanitizer("asan", "tsan"):
            skip("a clock that is wrong on purpose",
                 "libfaketime and a sanitizer do not go together", excused=True)
        libraries = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        if not libraries:
            skip("a clock that is wrong on purpose", "the package libfaketime is not installed")
        self.fake = self.server()
        self.shift = os.path.join(self.fake.directory, "shift")
        self.set_shift("+3600")
        self.fake.start(
            ["--listen", "127.0.0.1:0", "--clock-error", "fixed:50ms"],
            {"LD_PRELOAD": libraries[0], "FAKETIME_TIMESTAMP_FILE": self.shift,
             "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
        self.addCleanup(self._check_stop, self.fake)

    def set_shift(self, shift):
        # In one step: the server reads it at each look at its clock.
        with open(self.shift + ".new", "w", encoding="ascii") as file:
            file.write(shift)
        os.rename(self.shift + ".new", self.shift)

    def test_exchange_finds_the_shift_within_half_the_delay_each_time(self):
        violations, best_ns = 0, 10**9
        with ClockCalls(self.fake) as calls:
            deadline = time.monotonic() + 5
            for count in range(1, SAMPLES + 1):
                t1 = time.time_ns()
                echo, t2, t3, error_ns, state = calls.exchange(t1)
                t4 = time.time_ns()
                self.assertEqual((echo, state), (t1, SYNCHRONIZED))
                self.assertGreaterEqual(error_ns, BOUND_NS)
                delay_ns = (t4 - t1) - (t3 - t2)
                offset2_ns = (t2 - t1) + (t3 - t4)  # twice the offset
                self.assertGreaterEqual(delay_ns, 0)
                violations += abs(offset2_ns - 2 * HOUR_NS) > delay_ns
                best_ns = min(best_ns, delay_ns)
                if count >= 1000 and time.monotonic() > deadline:
                    break
            self.assertEqual(calls.clock_status()[5], 0)
        print(f"{count} exchanges, {violations} off by more than delay / 2; "
              f"least delay {best_ns} ns", flush=True)
        self.assertEqual(violations, 0)

    def test_a_step_of_the_clock_ends_the_promise_and_not_the_service(self):
        with ClockCalls(self.fake) as calls:
            earliest_ns, latest_ns, _ = calls.now()
            self.assertLess(abs((earliest_ns + latest_ns) // 2 - time.time_ns() - HOUR_NS), 10**9)
            self.set_shift("-3600")
            with self.assertRaises(Refused) as refused:
                calls.now()
            self.assertEqual(refused.exception.fields[2], UNSYNCHRONIZED)
            self.assertIn("stepped", str(refused.exception))
            self.assertEqual(calls.clock_status()[5], 1)
            _, _, t3, error_ns, state = calls.exchange(0)
            self.assertEqual((error_ns, state), (-1, UNSYNCHRONIZED))
            self.assertLess(abs(t3 - time.time_ns() + HOUR_NS), 10**9)
            # A step back does not make the operator's word true again.
            self.set_shift("+3600")
            with self.assertRaises(Refused):
                calls.now()
            self.assertEqual(calls.clock_status()[5], 2)


if __name__ == "__main__":
    main()
