"""The Debian package in containers of the Debian that this machine runs: without systemd,
and with it as process 1. Installed, used, upgraded, removed, purged.

Environment: PACKAGE, the .deb; SOURCE_DIR; TIMESERVICE_NO_SKIP=1, as in
test/system/system_test.py.
"""

import atexit
import os
import re
import shlex
import shutil
import tempfile
import unittest

import containers
from containers import PACKAGE, run
from system_test import main, skip

UNITS = {"time-server.service", "time-server.socket", "time-server-tzdata.path", "time-server-tzdata.service"}
CTIME = r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}"
CONFIGURATION = "/etc/time-server/time-server.conf"
INSTALL = ("apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "
           "/package.deb")
# What has its name, but for the package itself and what apt keeps and logs.
LEFT_OVER = ("find / -xdev \\( -path /proc -o -path /sys -o -path /var/cache -o -path /var/log -o -path /run/systemd"
             " \\) -prune -o -name '*time-server*' ! -name '*.deb' -print")


class PackageFile(unittest.TestCase):
    def control(self, field):
        return run(["dpkg-deb", "-f", PACKAGE, field]).out.strip()

    def test_it_says_what_it_is_and_needs(self):
        self.assertEqual((self.control("Package"), self.control("Section")), ("time-server", "net"))
        depends = self.control("Depends")
        for library in ("libc6", "libthrift-", "libsystemd0", "libssl3", "tzdata"):
            self.assertIn(library, depends)

    def test_it_holds_what_it_should_owned_by_root_and_writable_by_nobody_else(self):
        lines = [line.split(None, 5) for line in run(["dpkg-deb", "-c", PACKAGE]).out.splitlines()]
        files = {line[5][1:] for line in lines if line[0].startswith("-")}
        documents = {f"/usr/share/doc/time-server/{name}" for name in
                     ("copyright", "changelog.gz", "changelog.Debian.gz")}
        self.assertEqual(files, {
            "/usr/bin/time-server", "/usr/bin/time-client", CONFIGURATION,
            *(f"/usr/lib/systemd/system/{unit}" for unit in UNITS),
            "/usr/share/man/man1/time-server.1.gz", "/usr/share/man/man1/time-client.1.gz",
            "/usr/share/bash-completion/completions/time-server", "/usr/share/bash-completion/completions/time-client",
            *documents})
        for mode, owner, *_, name in lines:
            self.assertEqual(owner, "root/root", name)
            self.assertRegex(mode, r"^(drwxr-xr-x|-rw-r--r--)$" if "/bin/" not in name or mode[0] == "d"
                             else r"^-rwxr-xr-x$", name)

    def test_its_configuration_is_the_administrators(self):
        with tempfile.TemporaryDirectory() as folder:
            run(["dpkg-deb", "-e", PACKAGE, folder])
            with open(os.path.join(folder, "conffiles"), encoding="ascii") as file:
                self.assertEqual(file.read(), CONFIGURATION + "\n")

    def test_lintian_finds_no_error(self):
        if shutil.which("lintian") is None:
            skip("the package's layout", "lintian is not installed")
        done = run(["lintian", "--fail-on", "error", PACKAGE], check=False, merge=True)
        self.assertEqual((done.code, re.findall(r"^E: .*", done.out, re.M)), (0, []), done.out)


class ContainerTest(unittest.TestCase):
    longMessage = True

    def sh(self, script, **how):
        return containers.shell(self.container, script, **how)

    def install(self):
        self.sh(INSTALL, timeout_s=600)

    def assert_nothing_is_left(self):
        self.assertEqual(self.sh(LEFT_OVER).out, "")

    def assert_tells_time(self, *flags):
        self.assertRegex(self.sh(shlex.join(["time-client", *flags, "get_time"])).out, rf"\A{CTIME}\n\Z")


class WithoutSystemd(ContainerTest):
    """A clean container of Debian."""

    def setUp(self):
        self.container = containers.start_clean()
        self.addCleanup(containers.remove, self.container)

    def test_it_is_installed_used_and_removed_without_a_trace(self):
        self.install()
        self.assertRegex(self.sh("time-server --version").out, r"\Atime-server \d+\.\d+\.\d+\n\Z")
        self.sh(f"time-server --config {CONFIGURATION} >/dev/null 2>&1 & echo $! >/tmp/pid")
        self.assert_tells_time("--retries", "50")
        self.sh("kill $(cat /tmp/pid)")

        self.sh(f"echo '# mine' >> {CONFIGURATION}")
        self.sh("dpkg -i --force-confdef /package.deb")
        self.assertEqual(self.sh(f"tail -n 1 {CONFIGURATION}").out, "# mine\n")
        self.sh("dpkg -r time-server")
        self.assertEqual(self.sh(f"tail -n 1 {CONFIGURATION}").out, "# mine\n")
        self.assertEqual(self.sh("command -v time-server", check=False).out, "")
        self.sh("dpkg -P time-server")
        self.assert_nothing_is_left()


class UnderSystemd(ContainerTest):
    """Goal: the service as an operator has it, from the installation to the purge. The steps
    build on each other; test names say their order."""

    @classmethod
    def setUpClass(cls):
        cls.container = containers.start_with_systemd()
        cls.addClassCleanup(containers.remove, cls.container)
        containers.shell(cls.container, INSTALL, timeout_s=600)

    def show(self, name, unit="time-server.service"):
        return self.sh(f"systemctl show -P {name} {unit}").out.strip()

    def set(self, *lines):
        """The configuration, without the admin endpoint."""
        text = "".join(line + "\n" for line in lines)
        self.sh(f"printf %s {shlex.quote(text)} > {CONFIGURATION}")

    def restarts(self, script):
        """What it does ends one server and starts another."""
        before = self.show("MainPID")
        self.sh(script)
        containers.eventually(lambda: self.show("MainPID") not in (before, "0") and self.show("ActiveState") == "active",
                              lambda: self.journal())

    def journal(self):
        return self.sh("journalctl -u time-server -n 30 --no-pager -o cat").out

    def test_1_it_runs_at_once_and_tells_what_it_does(self):
        self.assertEqual(self.show("ActiveState"), "active", self.journal())
        self.assertEqual(self.sh("systemctl is-enabled time-server.service time-server-tzdata.path").out.split(),
                         ["enabled", "enabled"])
        self.assertEqual(self.sh("systemctl is-enabled time-server.socket", check=False).out.strip(), "disabled")
        self.assertIn("listening on 127.0.0.1:9090", self.show("StatusText"))
        self.assert_tells_time()
        self.assertIn('"health"', self.sh("curl -sf http://localhost:9191/status").out)
        self.assertEqual(self.sh("systemctl list-units --failed --plain --no-legend").out, "")

    def test_2_it_has_no_rights_and_can_write_nothing_but_its_state(self):
        status = self.sh("cat /proc/$(systemctl show -P MainPID time-server)/status").out
        self.assertEqual(set(re.findall(r"^Cap\w+:\s+(\w+)$", status, re.M)), {"0" * 16})
        self.assertNotIn("0", re.search(r"^Uid:(.*)$", status, re.M).group(1).split())
        self.assertRegex(status, r"(?m)^NoNewPrivs:\s+1$")
        self.assertRegex(status, r"(?m)^Seccomp:\s+2$")

    def test_2_the_kernels_bound_can_be_read(self):
        outside = self.sh("timeout 5 time-server --listen 127.0.0.1:0 >/dev/null 2>/tmp/log & sleep 1; "
                          "grep -o 'clock: [A-Z]*' /tmp/log | head -n 1").out
        self.assertIn(outside.strip() or "clock: ", self.journal() + "clock: SYNCHRONIZED")
        self.assertNotIn("refuses adjtimex", self.journal())

    def test_3_a_reload_keeps_it_running(self):
        before = self.show("MainPID")
        self.sh("systemctl reload time-server")
        self.assertEqual((self.show("MainPID"), self.show("ActiveState")), (before, "active"))
        self.assert_tells_time()

    def test_4_a_server_that_hangs_is_restarted(self):
        self.sh("mkdir -p /run/systemd/system/time-server.service.d && printf '[Service]\\nWatchdogSec=1s\\n' > "
                "/run/systemd/system/time-server.service.d/quick.conf && systemctl daemon-reload && "
                "systemctl restart time-server")
        self.restarts("kill -STOP $(systemctl show -P MainPID time-server)")
        self.assertIn("watchdog", self.journal().lower())
        self.assert_tells_time("--retries", "50")
        self.sh("rm -r /run/systemd/system/time-server.service.d && systemctl daemon-reload && "
                "systemctl restart time-server")

    def test_5_wrong_settings_are_said_once_and_not_tried_again(self):
        self.set("listen = nowhere")
        self.sh("systemctl restart time-server", check=False)
        self.assertEqual(self.show("ActiveState"), "failed")
        self.assertEqual(self.show("NRestarts"), "0")
        self.assertIn("no port; write host:port", self.journal())
        self.set("listen = localhost:9090")
        self.sh("systemctl reset-failed time-server && systemctl start time-server")

    def test_6_timestamps_as_the_configuration_says(self):
        self.set("listen = localhost:9090", "oracle-state = /var/lib/time-server/timestamps")
        self.sh("systemctl set-environment TIME_SERVER_ORACLE_INIT=yes && systemctl restart time-server && "
                "systemctl unset-environment TIME_SERVER_ORACLE_INIT")
        first = int(self.sh("time-client timestamps").out)
        self.restarts("systemctl restart time-server")
        self.assertGreater(int(self.sh("time-client timestamps").out), first)

    def test_7_under_socket_activation_a_restart_refuses_nobody(self):
        self.set("listen = systemd:time-server")
        self.sh("systemctl stop time-server && systemctl enable --now time-server.socket")
        self.assertEqual(self.show("ActiveState"), "inactive")
        self.assert_tells_time("--retries", "0")  # which starts it
        # The client does not try again by itself, so it would tell of being refused. Its connection may have
        # been closed by a drain before its call arrived: once, and the next is served.
        self.sh("ask='time-client --retries 0 get_time'; for i in $(seq 200); do $ask || $ask || echo failed; done "
                ">/tmp/calls 2>&1 & for i in 1 2 3; do systemctl restart time-server; done; wait", timeout_s=120)
        calls = self.sh("cat /tmp/calls").out
        self.assertNotIn("connection refused", calls)
        self.assertNotIn("failed", calls)
        self.assertEqual(len(re.findall(rf"^{CTIME}$", calls, re.M)), 200, calls)

    def test_8_a_new_tz_database_restarts_it(self):
        self.restarts("cp /usr/share/zoneinfo/tzdata.zi /usr/share/zoneinfo/new && "
                      "mv /usr/share/zoneinfo/new /usr/share/zoneinfo/tzdata.zi")
        self.assert_tells_time()

    def test_9_an_upgrade_restarts_it_and_a_purge_leaves_nothing(self):
        self.restarts("dpkg -i --force-confold /package.deb")
        self.assert_tells_time()
        self.sh("dpkg -P time-server")
        self.assert_nothing_is_left()
        self.assertEqual(self.sh("systemctl list-unit-files 'time-server*' --no-legend", check=False).out, "")
        self.assertEqual(self.sh("systemctl list-units --all 'time-server*' --plain --no-legend").out, "")
        self.assertEqual(self.sh("ls /var/lib/private").out, "")


if __name__ == "__main__":
    atexit.register(containers.remove_all)
    main()
