"""The bound that chronyd reports, by the real one: Debian's program, as this user, on
ports of its own, and with -x, so that it never touches the clock.

    TIME_SERVER=... TIMESERVICE_CHRONYD=/usr/sbin/chronyd python3 chrony_daemon_test.py

One chronyd serves this machine's clock as if it were true ("local"), another asks it,
and is asked by the server.
"""

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time

from clock_calls import ClockCalls, Refused
from system_test import PATIENCE_S, ROOT, SystemTest, main, skip

UNKNOWN, SYNCHRONIZED, HOLDOVER, UNSYNCHRONIZED = range(4)
# Where "./dev setup test" unpacks it, without installing: that would replace the
# machine's own time daemon.
UNPACKED = os.path.join(ROOT, "build", "chrony", "usr", "sbin", "chronyd")


def chronyd():
    candidates = (os.environ.get("TIMESERVICE_CHRONYD"), shutil.which("chronyd"),
                  "/usr/sbin/chronyd", UNPACKED)
    for path in candidates:
        # An unpacked one may lack a library.
        if path and os.access(path, os.X_OK) and subprocess.run(
                [path, "-v"], stdout=subprocess.DEVNULL).returncode == 0:
            return path
    return None


def free_udp_port():
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Chronyd:
    """One, for a ``with`` statement."""

    def __init__(self, program, *lines):
        self._directory = tempfile.TemporaryDirectory(prefix="chronyd-")
        path = self._directory.name
        self.log_path = os.path.join(path, "log")
        config = os.path.join(path, "chrony.conf")
        with open(config, "w", encoding="ascii") as file:
            # "/" turns its unix socket off.
            file.write("\n".join((*lines, "bindaddress 127.0.0.1", "bindcmdaddress /",
                                  "bindcmdaddress 127.0.0.1", f"pidfile {path}/pid", "")))
        with open(self.log_path, "wb") as log:
            self._process = subprocess.Popen(
                [program, "-x", "-d", "-U", "-u", getpass.getuser(), "-f", config],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self._directory.cleanup()

    def stop(self):
        self._process.terminate()
        self._process.wait(PATIENCE_S)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()


class ChronyDaemonTest(SystemTest):
    def setUp(self):
        self.program = chronyd()
        if self.program is None:
            skip("the bound of a real chronyd", "there is no chronyd that runs: neither in PATH nor "
                 f"/usr/sbin, nor unpacked at {UNPACKED} (./dev setup test)")

    def chronyd(self, *lines):
        daemon = Chronyd(self.program, *lines)
        self.addCleanup(daemon.__exit__)
        return daemon

    def source(self):
        """A chronyd that serves this machine's clock; its ports."""
        ntp, command = free_udp_port(), free_udp_port()
        self.local = self.chronyd(f"port {ntp}", f"cmdport {command}", "allow 127.0.0.1",
                                  "local stratum 3")
        return ntp, command

    def status_of(self, calls, state):
        deadline = time.monotonic() + PATIENCE_S
        while True:
            status = calls.clock_status()
            if status[2] == state:
                return status
            self.assertLess(time.monotonic(), deadline,
                            f"never {state}: {status}\n{self.local.log()}")
            time.sleep(0.05)

    def test_a_chronyd_with_a_source_bounds_the_clock_until_it_is_gone(self):
        ntp, _ = self.source()
        command = free_udp_port()
        server = self.serve("--clock-error", f"chrony:127.0.0.1:{command}", "--holdover-after", "5s",
                            "--max-error", "3600s")  # chronyd itself doubts a machine that is busy
        with ClockCalls(server) as calls:
            with self.assertRaises(Refused) as refused:
                calls.now()
            self.assertEqual(refused.exception.fields[2], UNKNOWN)
            self.assertIn("chronyd does not answer", str(refused.exception))
            asking = self.chronyd("port 0", f"cmdport {command}",
                                  f"server 127.0.0.1 port {ntp} iburst minpoll 0 maxpoll 0")
            status = self.status_of(calls, SYNCHRONIZED)
            self.assertEqual(status[4], "chrony")
            for _ in range(1000):
                before_ns = time.time_ns()
                try:
                    earliest_ns, latest_ns, state = calls.now(3600 * 10**9)
                except Refused as refused:
                    self.fail(f"{refused.fields}\n{asking.log()}")
                after_ns = time.time_ns()
                self.assertIn(state, (SYNCHRONIZED, HOLDOVER))
                # The clock that is true here is this machine's own.
                self.assertLessEqual(earliest_ns, after_ns)
                self.assertLessEqual(before_ns, latest_ns)
            print(f"a bound of {(latest_ns - earliest_ns) // 2} ns", flush=True)
            asking.stop()
            status = self.status_of(calls, HOLDOVER)
            first_ns = status[3]
            self.assertGreater(first_ns, 0)
            self.eventually(lambda: calls.clock_status()[3] > first_ns + 100_000)

    def test_a_chronyd_that_only_serves_its_own_clock_bounds_nothing(self):
        _, command = self.source()
        server = self.serve("--clock-error", f"chrony:127.0.0.1:{command}")
        with ClockCalls(server) as calls:
            self.status_of(calls, UNSYNCHRONIZED)
            with self.assertRaises(Refused) as refused:
                calls.now()
            self.assertIn("chronyd is not synchronized", str(refused.exception))


if __name__ == "__main__":
    main()
