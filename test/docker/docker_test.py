"""The images and docker-compose.yml on a real engine, from a clean checkout.

Environment: SOURCE_DIR; TIME_CLIENT, the program on this host;
TIMESERVICE_NO_SKIP=1, as in test/system/system_test.py.
"""

import atexit
import calendar
import contextlib
import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
import urllib.request

from docker_engine import (BASE, PATIENCE_S, PROJECT, SERVER, SOURCE_DIR, TAG, Project, build, clean_checkout, docker,
                           eventually, free_ports, health, host_pid, inspect, logs, need_docker, on_the_host,
                           process_status, published_port, remove_containers, run, start)
from raw_client import RawClient
from system_test import MODES, main

sys.path.insert(0, os.path.join(SOURCE_DIR, "test", "consumer"))
from consumer_test import call, receive_frame  # noqa: E402

CTIME = r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}"
MOST_MEGABYTES = 30
# A line of the log, where nothing bounds the error of this machine's clock.
NO_BOUND = r"(?:.*now\(\) is refused: .*\n)?"


def setUpModule():
    need_docker()
    global checkout, project
    checkout = clean_checkout()
    names = ["PORT", *(f"{what.upper()}_PORT" for what in (*MODES, "scaled", "timestamps", "haproxy", "prometheus"))]
    project = Project(checkout.name, PROJECT, **{f"TIME_SERVER_{name}": str(port)
                                                 for name, port in zip(names, free_ports(len(names)))})
    # Also for a test that is told to stop, which unittest would leave without cleaning up.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for clean_up in (checkout.cleanup, remove_containers, project.down):
        atexit.register(clean_up)
    began = time.monotonic()
    project.build()
    print(f"images built in {time.monotonic() - began:.0f} s", file=sys.stderr)


def ask(port, *arguments):
    """get_time with this host's time-client."""
    return run([os.environ["TIME_CLIENT"], "--endpoint", f"127.0.0.1:{port}", *arguments, "get_time"], check=False)


class DockerTest(unittest.TestCase):
    longMessage = True

    def assert_tells_time(self, result):
        self.assertEqual((result.code, result.err), (0, ""))
        self.assertRegex(result.out, rf"\A{CTIME}\n\Z")

    def wait_until_healthy(self, container):
        eventually(lambda: health(container) == "healthy", lambda: (health(container), logs(container)))


class Deployment(DockerTest):
    """up: one locked-down server, two clients that ask it."""

    @classmethod
    def setUpClass(cls):
        project("up", "-d", timeout_s=180)
        cls.addClassCleanup(project.down)
        cls.server = project.container("server")
        cls.port = published_port(cls.server)

    def test_up_waits_for_a_healthy_server_whose_port_is_for_this_host_alone(self):
        self.assertEqual(health(self.server), "healthy")
        self.assertEqual(inspect(self.server)["NetworkSettings"]["Ports"]["9090/tcp"][0]["HostIp"], "127.0.0.1")
        self.assert_tells_time(ask(self.port))

    def test_both_clients_print_the_time_end_and_stay_ended(self):
        exchange = r"offset [+-]\d.* best of 8\), .*, no error bound"
        for service in ("client", "client-python"):
            with self.subTest(service):
                container = project.container(service)
                self.assertEqual(docker("wait", container), "0")
                self.assertRegex(logs(container), rf"\A{CTIME}\n{exchange}\n\Z")
                self.assertEqual(inspect(container)["HostConfig"]["RestartPolicy"]["Name"] or "no", "no")

    def test_the_server_can_do_nothing_but_serve(self):
        found = inspect(self.server)
        self.assertTrue(found["HostConfig"]["ReadonlyRootfs"])
        self.assertEqual(found["HostConfig"]["Memory"], 256 << 20)
        self.assertEqual(found["HostConfig"]["PidsLimit"], 1200)
        self.assertEqual(found["HostConfig"]["RestartPolicy"]["Name"], "unless-stopped")
        self.assertEqual([mount["Destination"] for mount in found["Mounts"] if mount["RW"]], ["/var/lib/time-server"])
        status = process_status(self.server)
        self.assertEqual((status["Name"], status["NSpid"].split()[-1]), ("time-server", "1"))
        self.assertEqual(set(status["Uid"].split() + status["Gid"].split()), {"65532"})
        for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb"):
            self.assertEqual(int(status["Cap" + kind], 16), 0, kind)
        self.assertEqual(status["NoNewPrivs"], "1")
        limits = on_the_host(f"cat /proc/{host_pid(self.server)}/limits")
        self.assertRegex(limits, r"Max open files +4096 +4096 ")

    def test_the_clients_are_locked_down_too(self):
        for service in ("client", "client-python"):
            found = inspect(project.container(service))
            self.assertTrue(found["HostConfig"]["ReadonlyRootfs"], service)
            self.assertEqual(found["HostConfig"]["CapDrop"], ["ALL"], service)
            self.assertEqual(found["HostConfig"]["SecurityOpt"], ["no-new-privileges:true"], service)
            self.assertEqual(found["Config"]["User"], "65532:65532", service)

    def test_the_health_checks_leave_no_process_behind(self):
        eventually(lambda: len(inspect(self.server)["State"]["Health"]["Log"]) >= 2, lambda: "no health checks")
        # But for one that is at work just now; a zombie would stay.
        eventually(lambda: len(docker("top", self.server, "-eo", "pid,comm").splitlines()) == 2,
                   lambda: docker("top", self.server, "-eo", "pid,stat,comm"))

    def test_the_grace_to_stop_is_longer_than_a_drain(self):
        drain_s = re.search(r"--drain-timeout .*?default (\d+)s", docker("run", "--rm", SERVER, "--help"), re.DOTALL)
        self.assertGreater(inspect(self.server)["Config"]["StopTimeout"], int(drain_s.group(1)))

    def test_a_killed_server_comes_back_and_a_client_that_retries_never_notices(self):
        # By its pid on the host: `docker kill` counts as a wish to stop it (as of engine 20.10).
        before = inspect(self.server)["RestartCount"]
        client = subprocess.Popen(
            [os.environ["TIME_CLIENT"], "--endpoint", f"127.0.0.1:{self.port}", "--retries", "60", "watch",
             "--interval", "0.05", "--samples", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        with client:
            try:
                self.assertIn("offset", client.stdout.readline())
                on_the_host(f"kill -9 {host_pid(self.server)}")
                eventually(lambda: inspect(self.server)["RestartCount"] == before + 1
                           and inspect(self.server)["State"]["Running"], lambda: inspect(self.server)["State"])
                restarted = time.time()
                while True:  # lines from before the kill, and then one from after the restart
                    line = client.stdout.readline()
                    self.assertIn("offset", line)
                    if line.split(".")[0] > time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(restarted)):
                        break
                client.terminate()
                self.assertEqual((client.communicate(timeout=PATIENCE_S)[1], client.returncode), ("", 0))
            finally:
                client.kill()
        self.wait_until_healthy(self.server)

    def test_settings_come_through_and_the_health_check_keeps_to_them(self):
        port, = free_ports(1)
        other = Project(checkout.name, PROJECT + "-settings", TIME_SERVER_PORT=str(port), TIME_SERVER_MODE="simple",
                        TIME_SERVER_PROTOCOL="compact", TIME_SERVER_TRANSPORT="buffered",
                        TIME_SERVER_LOG_FORMAT="json")
        self.addCleanup(other.down)
        other("up", "-d", "server")
        server = other.container("server")
        self.wait_until_healthy(server)
        self.assert_tells_time(ask(port, "--protocol", "compact"))
        self.assertRegex(logs(server), rf"\Aready: .*; mode simple, protocol compact, transport buffered\n{NO_BOUND}\Z")

    def test_timestamps_go_on_in_another_container(self):
        port, = free_ports(1)
        settings = {"TIME_SERVER_PORT": str(port), "TIME_SERVER_CLOCK_ERROR": "fixed:50ms",
                    "TIME_SERVER_ORACLE_STATE": "/var/lib/time-server/timestamps"}
        name = PROJECT + "-timestamps"
        first = Project(checkout.name, name, **settings, TIME_SERVER_ORACLE_INIT="yes")
        self.addCleanup(first.down)
        handed_out = [self.timestamp_of(first, port)]
        first("down")  # the volume stays
        later = Project(checkout.name, name, **settings)
        handed_out.append(self.timestamp_of(later, port))
        on_the_host(f"kill -9 {host_pid(later.container('server'))}")
        eventually(lambda: self.ask_for_timestamp(port).code == 0, lambda: logs(later.container("server")))
        handed_out.append(int(self.ask_for_timestamp(port).out))
        self.assertEqual(handed_out, sorted(set(handed_out)))

    def test_a_container_without_its_state_does_not_serve(self):
        server = start(SERVER, "--env", "TIME_SERVER_ORACLE_STATE=/var/lib/time-server/timestamps")
        self.assertEqual(docker("wait", server), "1")
        self.assertRegex(logs(server), r"(?m)^time-server: .*does not exist.*--oracle-init.*\n\Z")

    def timestamp_of(self, a_project, port):
        a_project("up", "-d", "server")
        self.wait_until_healthy(a_project.container("server"))
        return int(self.ask_for_timestamp(port).out)

    def ask_for_timestamp(self, port):
        return run([os.environ["TIME_CLIENT"], "--endpoint", f"127.0.0.1:{port}", "timestamps"], check=False)


class Modes(DockerTest):
    """The profile: a server for each mode, side by side."""

    @classmethod
    def setUpClass(cls):
        project("--profile", "modes", "up", "-d", *MODES, timeout_s=180)
        cls.addClassCleanup(project.down)
        cls.servers = {mode: project.container(mode) for mode in MODES}

    def test_each_answers_on_this_host_over_all_that_it_carries(self):
        for mode, transports in MODES.items():
            self.wait_until_healthy(self.servers[mode])
            taken = "auto" if len(transports) > 1 else transports[0]
            self.assertIn(f"; mode {mode}, protocol auto, transport {taken}\n", logs(self.servers[mode]))
            for transport in transports:
                with self.subTest(f"{mode} {transport}"):
                    self.assert_tells_time(ask(published_port(self.servers[mode]), "--transport", transport))

    def test_as_many_clients_as_are_allowed_fit_into_the_container_s_limits(self):
        clients = 950  # of 1000, for health checks come too
        for mode, server in self.servers.items():
            with self.subTest(mode), contextlib.ExitStack() as stack:
                endpoint = f"127.0.0.1:{published_port(server)}"
                connections = [stack.enter_context(RawClient(endpoint)) for _ in range(clients)]
                for connection in connections + connections:
                    connection.get_time(framed=True)
                state = inspect(server)
                self.assertEqual((state["RestartCount"], state["State"]["OOMKilled"]), (0, False), logs(server))
                self.wait_until_healthy(server)


class Scale(DockerTest):
    """The profile: three servers behind HAProxy, and Prometheus."""

    SERVERS = ("server-1", "server-2", "server-3")

    @classmethod
    def setUpClass(cls):
        project("--profile", "scale", "build", "haproxy", "prometheus", timeout_s=600)
        project("--profile", "scale", "up", "-d", "haproxy", "prometheus", timeout_s=180)
        cls.addClassCleanup(project.down)

    def setUp(self):
        for service in (*self.SERVERS, "haproxy", "prometheus"):
            self.wait_until_healthy(project.container(service))

    def port(self, name):
        return int(project.environment[f"TIME_SERVER_{name}_PORT"])

    def test_clients_are_spread_and_only_the_balancer_and_prometheus_are_to_be_reached(self):
        for _ in range(6):
            self.assert_tells_time(ask(self.port("SCALED")))
        sessions = [int(self.haproxy_row(server)["stot"]) for server in self.SERVERS]
        self.assertGreater(min(sessions), 0, sessions)
        for service in self.SERVERS:
            self.assertFalse(any(inspect(project.container(service))["NetworkSettings"]["Ports"].values()), service)
        for service in ("haproxy", "prometheus"):
            found = inspect(project.container(service))
            hosts = {binding["HostIp"] for bindings in found["NetworkSettings"]["Ports"].values() for binding in bindings}
            self.assertEqual(hosts, {"127.0.0.1"}, service)
            self.assertTrue(found["HostConfig"]["ReadonlyRootfs"], service)
            self.assertEqual(found["HostConfig"]["CapDrop"], ["ALL"], service)
            self.assertGreater(found["HostConfig"]["Memory"], 0, service)
            self.assertEqual(found["Config"]["User"], "65532:65532", service)

    def test_prometheus_hears_all_of_them(self):
        jobs = ("time-server",) * 3 + ("haproxy",)
        eventually(lambda: sorted(self.query("up", "job")) == sorted((job, 1.0) for job in jobs),
                   lambda: self.query("up", "job"))
        self.assertEqual(self.query("count(count by (version) (time_server_build_info))", "none"), [("", 1.0)])

    def test_servers_are_restarted_and_replaced_one_by_one_without_a_failed_call(self):
        load = subprocess.Popen([os.environ["STEADY_LOAD"], f"127.0.0.1:{self.port('SCALED')}", "4"],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        script = os.path.join(checkout.name, "docker", "rolling-restart.sh")
        try:
            for how, same in (([], True), (["--recreate"], False)):
                before = {server: project.container(server) for server in self.SERVERS}
                began = {server: inspect(before[server])["State"]["StartedAt"] for server in self.SERVERS}
                took = time.monotonic()
                run([script, *how], env=project.environment, timeout_s=300)
                print(f"rolling restart {how} in {time.monotonic() - took:.0f} s", file=sys.stderr)
                for server in self.SERVERS:
                    now = project.container(server)
                    self.assertEqual(now == before[server], same)
                    self.assertNotEqual(inspect(now)["State"]["StartedAt"], began[server])
            told = json.loads(load.communicate(timeout=PATIENCE_S)[0].splitlines()[-1])
        finally:
            load.kill()
        print(f"{told['calls']} calls meanwhile", file=sys.stderr)
        self.assertEqual((told["failed"], told["errors"]), (0, []))
        self.assertGreater(told["calls"], 1000)

    def test_timestamps_come_from_the_one_server_that_has_the_state(self):
        ports = dict(zip(("SCALED", "TIMESTAMPS", "HAPROXY", "PROMETHEUS"), free_ports(4)))
        other = Project(checkout.name, PROJECT + "-oracle", **{f"TIME_SERVER_{name}_PORT": str(port)
                                                               for name, port in ports.items()},
                        TIME_SERVER_CLOCK_ERROR="fixed:50ms", TIME_SERVER_ORACLE_INIT="yes",
                        TIME_SERVER_ORACLE_STATE="/var/lib/time-server/timestamps")
        self.addCleanup(other.down)
        other("--profile", "scale", "up", "-d", "haproxy", timeout_s=180)
        for service in (*self.SERVERS, "haproxy"):
            self.wait_until_healthy(other.container(service))
        taken = [int(run([os.environ["TIME_CLIENT"], "--endpoint", f"127.0.0.1:{ports['TIMESTAMPS']}", "timestamps"]).out)
                 for _ in range(6)]
        self.assertEqual(taken, sorted(set(taken)))

    def haproxy_row(self, server):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port('HAPROXY')}/;csv", timeout=PATIENCE_S) as page:
            rows = list(csv.DictReader(page.read().decode().lstrip("# ").splitlines()))
        row, = (row for row in rows if (row["pxname"], row["svname"]) == ("time", server))
        return row

    def query(self, text, label):
        address = f"http://127.0.0.1:{self.port('PROMETHEUS')}/api/v1/query?" + urllib.parse.urlencode({"query": text})
        with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
            result = json.load(answer)["data"]["result"]
        return [(row["metric"].get(label, ""), float(row["value"][1])) for row in result]


class Stopping(DockerTest):
    """docker stop in the middle of a call, with the echo server of test/consumer as
    pid 1: no call of the time server lasts long enough."""

    @classmethod
    def setUpClass(cls):
        build(checkout.name, "-f", os.path.join(checkout.name, "docker", "Dockerfile"), "--target", "build", "-t",
              f"timeservice-build:{TAG}")
        test = os.path.join(checkout.name, "test")
        build(test, "-f", os.path.join(test, "docker", "Dockerfile"), "--build-arg", f"BUILD=timeservice-build:{TAG}",
              "-t", f"timeservice-echo-server:{TAG}")

    def test_the_reply_arrives_and_the_exit_code_is_0(self):
        grace_s = 30
        for mode in MODES:
            with self.subTest(mode):
                server = start(f"timeservice-echo-server:{TAG}", "--publish", "127.0.0.1::9090",
                               command=[mode, "*:9090"])
                eventually(lambda: "ready: " in logs(server), lambda: logs(server))
                with RawClient(f"127.0.0.1:{published_port(server)}") as client:
                    client.send(call("echo", "connected"))
                    self.assertIn(b"connected", receive_frame(client.socket))
                    client.send(call("block", "1500"))
                    time.sleep(0.3)  # so that it is under way, beyond the engine's proxy too
                    began = time.monotonic()
                    stop = threading.Thread(target=docker, args=("stop", "-t", str(grace_s), server))
                    stop.start()
                    self.assertIn(b"1500", receive_frame(client.socket))
                    self.assertEqual(client.receive(1), b"")
                    stop.join()
                self.assertLess(time.monotonic() - began, grace_s / 2)
                state = inspect(server)["State"]
                self.assertEqual((state["ExitCode"], state["OOMKilled"]), (0, False), logs(server))
                # The signal came while the call was under way: the drain had to wait for it.
                self.assertGreater(self.logged_at(server, "drained: ") - self.logged_at(server, "draining"), 0.3)

    def logged_at(self, server, text):
        """When the engine took down the line that has it, in seconds."""
        line, = (line for line in docker("logs", "--timestamps", server, merge=True).splitlines() if text in line)
        stamp, fraction = line.split("Z")[0].split(".")
        return calendar.timegm(time.strptime(stamp, "%Y-%m-%dT%H:%M:%S")) + float("0." + fraction)

    def test_an_idle_server_stops_at_once(self):
        server = start(SERVER)
        self.wait_until_healthy(server)
        began = time.monotonic()
        docker("stop", "-t", "30", server)
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(inspect(server)["State"]["ExitCode"], 0)


class Images(DockerTest):
    def test_the_server_adds_little_to_its_base(self):
        added = (int(docker("image", "inspect", "-f", "{{.Size}}", SERVER))
                 - int(docker("image", "inspect", "-f", "{{.Size}}", BASE)))
        print(f"the server's image adds {added / 1e6:.1f} MB to {BASE}", file=sys.stderr)
        self.assertLessEqual(added, MOST_MEGABYTES * 1e6)

    def test_labels_say_what_it_is_and_which_version(self):
        version = docker("run", "--rm", SERVER, "--version").split()[-1]
        for image, title in (("server", "time-server"), ("client", "time-client"),
                             ("client-python", "time-client-python")):
            config = json.loads(docker("image", "inspect", f"timeservice-{image}:{TAG}"))[0]["Config"]
            self.assertEqual(config["Labels"]["org.opencontainers.image.title"], title)
            self.assertEqual(config["Labels"]["org.opencontainers.image.version"], version)
            self.assertTrue(config["Labels"]["org.opencontainers.image.description"])
            self.assertEqual(config["User"], "65532:65532")

    def test_a_wrong_setting_is_one_line_and_exit_code_2(self):
        for setting, line in (("MODE=fast", r"time-server: TIME_SERVER_MODE 'fast' is none of .*threadpool.*"),
                              ("LISTEN=nowhere", r"time-server: TIME_SERVER_LISTEN 'nowhere': no port; .*")):
            with self.subTest(setting):
                server = start(SERVER, "--env", f"TIME_SERVER_{setting}")
                self.assertEqual(docker("wait", server), "2")
                self.assertRegex(logs(server), rf"\A{line}\n\Z")

    def test_the_health_check_works_whatever_the_server_takes(self):
        rows = [("simple", "json", "buffered"), ("threaded", "json", "framed"), ("threadpool", "compact", "buffered"),
                ("simple", "compact", "framed"), ("threaded", "binary", "buffered"),
                ("threadpool", "binary", "framed"), ("nonblocking", "auto", "auto"),
                ("nonblocking", "compact", "framed"), ("nonblocking", "json", "auto"), ("nonblocking", "binary", "auto"),
                ("reactor", "json", "buffered"), ("reactor", "compact", "framed"), ("reactor", "binary", "auto")]
        servers = {row: start(SERVER, "--health-interval", "1s", "--env", f"TIME_SERVER_MODE={row[0]}", "--env",
                              f"TIME_SERVER_PROTOCOL={row[1]}", "--env", f"TIME_SERVER_TRANSPORT={row[2]}")
                   for row in rows}
        for row, server in servers.items():
            with self.subTest(row):
                self.wait_until_healthy(server)
        remove_containers()

    def test_a_server_that_answers_nobody_becomes_unhealthy(self):
        server = start(SERVER, "--health-interval", "1s", "--health-retries", "1", "--health-start-period", "0s")
        self.wait_until_healthy(server)
        try:  # the server alone: in a paused container no check could run
            on_the_host(f"kill -STOP {host_pid(server)}")
            eventually(lambda: health(server) == "unhealthy", lambda: health(server))
        finally:
            on_the_host(f"kill -CONT {host_pid(server)}")
        self.wait_until_healthy(server)

    def test_it_serves_with_ipv6_and_without(self):
        no_ipv6 = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{
            "names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 97,  # EAFNOSUPPORT, for AF_INET6
            "args": [{"index": 0, "value": 10, "op": "SCMP_CMP_EQ"}]}]}
        with tempfile.NamedTemporaryFile("w", suffix=".json") as profile:
            json.dump(no_ipv6, profile)
            profile.flush()
            without = ("--security-opt", f"seccomp={profile.name}")
            rows = [((), r"0\.0\.0\.0:9090, \[::\]:9090"),
                    (("--sysctl", "net.ipv6.conf.all.disable_ipv6=1"), r"0\.0\.0\.0:9090(, \[::\]:9090)?"),
                    (without, r"0\.0\.0\.0:9090")]
            for options, endpoints in rows:
                with self.subTest(options):
                    server = start(SERVER, *options)
                    self.wait_until_healthy(server)
                    self.assertRegex(logs(server), rf"\Aready: listening on {endpoints}; ")
            server = start(SERVER, *without, "--env", "TIME_SERVER_LISTEN=[::]:9090")
            self.assertEqual(docker("wait", server), "1")
            self.assertRegex(logs(server), r"\Atime-server: --listen: cannot listen on \[::\]:9090: .*; .* \*:port .*\n\Z")

    def test_a_changed_source_file_installs_no_package_anew(self):
        # CMake ends at that text, which spares compiling; the number makes it one that was never built before.
        now = time.time_ns()
        rows = [("server", "CMakeLists.txt", r"\./dev setup build", "cmake --preset", f'message(FATAL_ERROR "{now}")'),
                ("client-python", "client/python/time_client/client.py", r"python3-thriftpy",
                 "COPY client/python/time_client", f"# {now}")]
        for target, changed, packages, anew, text in rows:
            with self.subTest(target), tempfile.TemporaryDirectory() as scratch:
                copy = os.path.join(scratch, "copy")
                shutil.copytree(checkout.name, copy, symlinks=True)
                with open(os.path.join(copy, changed), "a", encoding="utf-8") as file:
                    file.write(f"\n{text}\n")
                out = build(copy, "-f", os.path.join(copy, "docker", "Dockerfile"), "--target", target,
                            check=False).out
                cached = r"[^\n]*\n( ---> Using cache|#\d+ CACHED)"
                self.assertRegex(out, rf"RUN [^\n]*{packages}{cached}")
                self.assertRegex(out, anew)
                self.assertNotRegex(out, anew + cached)


if __name__ == "__main__":
    main()
