"""The units that the package installs: systemd takes them, finds little to attack, and
they fit the server's settings; and the sample configuration is one.

Environment: as in test/system/system_test.py; SOURCE_DIR.
"""

import glob
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from system_test import PATIENCE_S, SystemTest, main, skip

PACKAGING = os.path.join(os.environ["SOURCE_DIR"], "packaging")
UNITS = sorted(glob.glob(os.path.join(PACKAGING, "systemd", "time-server*")))
SERVICE = os.path.join(PACKAGING, "systemd", "time-server.service")
CONFIGURATION = os.path.join(PACKAGING, "time-server.conf")
# Out of 10; "OK" ends at 5.
MOST_EXPOSURE = 2.0


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def value(name, unit=SERVICE):
    return re.findall(rf"^{name}=(.*)$", text_of(unit), re.M)[-1]


def server_help():
    return subprocess.run([os.environ["TIME_SERVER"], "--help"], timeout=PATIENCE_S, check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def seconds(text):
    amount, unit = re.fullmatch(r"(\d+)(ms|s|m|h|)", text).groups()
    return int(amount) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "": 0}[unit]


def default_of(flag):
    """What --help says; "" where it names none."""
    line = re.search(rf"^  --{flag} .*$", server_help(), re.M).group(0)
    found = re.search(r"default ([\w./]+)", line)
    return found.group(1).rstrip(".") if found else ""


class Units(unittest.TestCase):
    def analyze(self, *args):
        if shutil.which("systemd-analyze") is None:
            skip("units", "systemd-analyze is not installed")
        return subprocess.run(["systemd-analyze", *args], timeout=PATIENCE_S, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)

    def verify(self, change=lambda text: text):
        """As they are, but for where the program is."""
        with tempfile.TemporaryDirectory() as folder:
            for unit in UNITS:
                with open(os.path.join(folder, os.path.basename(unit)), "w", encoding="utf-8") as file:
                    file.write(change(text_of(unit)).replace("/usr/bin/time-server ", os.environ["TIME_SERVER"] + " "))
            done = self.analyze("verify", "--man=no", *sorted(glob.glob(os.path.join(folder, "*"))))
        said = [line for line in done.stdout.splitlines() if "time-server" in line]  # others' units are not ours
        return done.returncode, said

    def test_systemd_takes_them_without_a_word(self):
        self.assertEqual(self.verify(), (0, []))

    def test_systemd_takes_what_is_commented_out_too(self):
        self.assertEqual(self.verify(lambda text: re.sub(r"^#(?=[A-Z]\w+=)", "", text, flags=re.M)), (0, []))

    def test_it_would_have_a_word_for_a_mistake(self):
        code, said = self.verify(lambda text: text.replace("WatchdogSec=", "WatchdogSecs="))
        self.assertIn("WatchdogSecs", "\n".join(said))

    def test_there_is_little_to_attack(self):
        for unit in UNITS:
            if not unit.endswith(".service"):
                continue
            done = self.analyze("security", "--offline=yes", f"--threshold={round(MOST_EXPOSURE * 10)}", unit)
            self.assertEqual(done.returncode, 0, done.stdout)
            exposure = float(re.search(r"exposure level for \S+: ([\d.]+)", done.stdout).group(1))
            self.assertLess(exposure, MOST_EXPOSURE)

    def test_the_service_may_do_what_it_is_for(self):
        """Reading the kernel's bound takes adjtimex, which ProtectClock= forbids."""
        self.assertEqual(value("ProtectClock"), "no")
        self.assertIn("adjtimex", value("SystemCallFilter").split())
        self.assertEqual(value("CapabilityBoundingSet"), "")
        self.assertEqual(value("StateDirectory"), "time-server")
        self.assertTrue(value("ExecStart").endswith("--config /etc/time-server/time-server.conf"))

    def test_it_is_started_again_as_often_as_it_takes(self):
        # Systemd gives up after five starts in ten seconds, which is what RestartSec= makes of a missing file.
        self.assertEqual(value("Restart"), "on-failure")
        self.assertEqual(value("StartLimitIntervalSec"), "0")
        self.assertEqual(value("RestartPreventExitStatus"), "2")

    def test_its_times_fit_the_servers(self):
        down = seconds(default_of("drain-delay")) + seconds(default_of("drain-timeout"))
        self.assertGreater(seconds(value("TimeoutStopSec")), 2 * down)
        # A thread may wait for a slow client so long without being stuck.
        self.assertGreater(seconds(value("WatchdogSec")), 2 * seconds(default_of("write-timeout")))

    def test_the_tz_database_is_watched_where_it_is(self):
        self.assertEqual(value("PathChanged", os.path.join(PACKAGING, "systemd", "time-server-tzdata.path")),
                         default_of("zoneinfo") + "/tzdata.zi")

    def test_the_socket_has_the_name_that_the_configuration_says(self):
        name = value("FileDescriptorName", os.path.join(PACKAGING, "systemd", "time-server.socket"))
        self.assertIn(f"\n#listen = systemd:{name}\n", text_of(CONFIGURATION))


class Configuration(SystemTest):
    def lines(self):
        """Of settings: whether it is commented out, its name, its value."""
        return re.findall(r"^(#?)([a-z][a-z-]+) = (.*)$", text_of(CONFIGURATION), re.M)

    def test_it_names_every_setting_and_no_other(self):
        flags = set(re.findall(r"^  --([a-z-]+)", server_help(), re.M)) - {"version", "config"}
        self.assertEqual({name for _, name, _ in self.lines()}, flags)

    def test_what_is_commented_out_is_the_default(self):
        examples = {"listen", "threads", "io-threads", "upstream-error", "oracle-state", "tls-cert", "tls-key",
                    "tls-client-ca", "oracle-init"}
        for commented, name, told in self.lines():
            if commented and name not in examples:
                self.assertEqual(told, default_of(name), name)

    def test_a_server_starts_with_it_and_with_all_that_is_commented_out(self):
        plain = re.sub(r"^(#?listen|admin) = .*", "", text_of(CONFIGURATION), flags=re.M)
        everything = re.sub(r"^#(?!tls-|oracle-|listen)(?=[a-z-]+ = )", "", plain, flags=re.M)
        self.assertNotEqual(plain, everything)
        for text in (plain, everything):
            server = self.server()
            path = os.path.join(server.directory, "time-server.conf")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            server.start(["--config", path, "--listen", "127.0.0.1:0"])
            self.assert_good_client(server)
            self.assertEqual(server.stop(), 0, server.stderr())

    def test_it_serves_and_tells_on_this_machine_alone(self):
        active = {name: told for commented, name, told in self.lines() if not commented}
        self.assertEqual(active, {"listen": "localhost:9090", "admin": "localhost:9191"})


if __name__ == "__main__":
    main()
