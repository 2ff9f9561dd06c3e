"""Sockets that systemd listens at: the server serves them in every mode, leaves them
as they are, and is replaced without a client being refused.

Environment: as in test/system/system_test.py; TIME_CLIENT, the client.
"""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

import socket_manager
from raw_client import RawClient, frame, message
from socket_manager import ActivatedServer, listening_tcp, listening_unix
from system_test import MODES, PATIENCE_S, SystemTest, free_port, has_ipv6, main, skip

ACTIVATE = "systemd-socket-activate"


class ActivationTest(SystemTest):
    def activated(self, *sockets):
        """A server that is not started yet, to which these are handed over."""
        server = ActivatedServer(os.environ["TIME_SERVER"], sockets)
        self.addCleanup(server.__exit__, None, None, None)
        return server

    def tcp(self, host="127.0.0.1"):
        sock = listening_tcp(host)
        self.addCleanup(sock.close)
        return sock

    def unix(self, directory, name="s"):
        sock = listening_unix(os.path.join(directory, name))
        self.addCleanup(sock.close)
        return sock

    def refused(self, server, *args, env=None):
        """The one line of a server that does not start, and its exit code."""
        server.spawn(args, env)
        code = server.wait()
        self.assertEqual(server.stdout_lines, [])
        self.assertRegex(server.stderr(), r"\Atime-server: [^\n]+\n\Z")
        return server.stderr(), code


class Serving(ActivationTest):
    def test_every_mode_serves_every_socket_of_every_name_and_one_of_its_own(self):
        for mode in MODES:
            with self.subTest(mode):
                directory = self.server().directory
                first, second, third = self.tcp(), self.tcp(), self.unix(directory)
                server = self.activated(("web", first), ("other", third), ("web", second))
                server.start(["--mode", mode, "--listen", "systemd:web", "--listen", "systemd:other", "--listen",
                              "127.0.0.1:0"])
                addresses = ["{}:{}".format(*sock.getsockname()) for sock in (first, second)]
                self.assertEqual(server.endpoints[:3], [*addresses, f"unix:{third.getsockname()}"])
                self.assertEqual(len(server.endpoints), 4)
                for sock in (first, second, third):  # or an accept() that finds nobody would wait
                    self.assertFalse(os.get_blocking(sock.fileno()))
                for endpoint in server.endpoints:
                    with RawClient(endpoint) as client:
                        client.get_time(framed=True)
                self.assertEqual(server.stop(), 0, server.stderr())

    def test_ipv6_and_abstract_sockets_are_served_and_named(self):
        if not has_ipv6():
            return
        six = self.tcp("::1")
        abstract = socket.socket(socket.AF_UNIX)
        self.addCleanup(abstract.close)
        name = f"timeservice-activation-{os.getpid()}"
        abstract.bind("\0" + name)
        abstract.listen()
        server = self.activated(("x", six), ("x", abstract)).start(["--listen", "systemd:x"])
        self.assertEqual(server.endpoints, [f"[::1]:{six.getsockname()[1]}", f"unix:@{name}"])
        with RawClient(server.endpoints[0]) as client:
            client.get_time(framed=True)
        with RawClient("unix:\0" + name) as client:
            client.get_time(framed=True)
        self.assertEqual(server.stop(), 0, server.stderr())

    def test_a_socket_behind_tls_serves_tls_alone_and_one_beside_it_does_not(self):
        folder = os.environ["TIMESERVICE_CERTIFICATES"]
        plain, secret = self.tcp(), self.tcp()
        server = self.activated(("plain", plain), ("secret", secret))
        server.start(["--listen", "systemd:plain", "--listen", "tls:systemd:secret", "--tls-cert",
                      f"{folder}/server.pem", "--tls-key", f"{folder}/server.key"])
        self.assertEqual([endpoint.startswith("tls:") for endpoint in server.endpoints], [False, True])
        trusting = ssl.create_default_context(cafile=f"{folder}/ca.pem")
        request = frame(message("get_time", 1))
        for sock, wrap in ((plain, lambda raw: raw),
                           (secret, lambda raw: trusting.wrap_socket(raw, server_hostname="localhost"))):
            with wrap(socket.create_connection(sock.getsockname(), PATIENCE_S)) as client:
                client.sendall(request)
                self.assertIn(b"get_time", client.recv(4096))
        with self.assertRaises(ssl.SSLError):
            trusting.wrap_socket(socket.create_connection(plain.getsockname(), PATIENCE_S),
                                 server_hostname="localhost").close()
        self.assertEqual(server.stop(), 0, server.stderr())

    def test_a_socket_file_is_left_to_whoever_made_it(self):
        directory = self.server().directory
        sock = self.unix(directory)
        server = self.activated(("x", sock)).start(["--listen", "systemd:x"])
        self.assertEqual(server.stop(), 0, server.stderr())
        self.assertTrue(os.path.exists(sock.getsockname()))
        server.start(["--listen", "systemd:x"])
        self.assert_good_client(server)
        self.assertEqual(server.stop(), 0, server.stderr())

    def test_it_can_be_named_in_the_environment_and_the_file(self):
        sock = self.tcp()
        server = self.activated(("x", sock))
        server.start([], {"TIME_SERVER_LISTEN": "systemd:x"})
        self.assert_good_client(server)
        self.assertEqual(server.stop(), 0, server.stderr())

    def test_systemd_socket_activate_starts_it_at_the_first_client(self):
        if shutil.which(ACTIVATE) is None:
            skip("socket activation by systemd itself", f"{ACTIVATE} is not installed")
        port = free_port()
        with subprocess.Popen([ACTIVATE, "-l", f"127.0.0.1:{port}", "--fdname=x", os.environ["TIME_SERVER"],
                               "--listen", "systemd:x", "--clock-error", "fixed:100ms"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            try:
                self.eventually(lambda: self.connects(port))
                self.assertIn(f"ready: listening on 127.0.0.1:{port};", process.stdout.readline())
                with RawClient(f"127.0.0.1:{port}") as client:
                    client.get_time(framed=True)
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(PATIENCE_S), 0)
            finally:
                process.kill()

    @staticmethod
    def connects(port):
        try:
            socket.create_connection(("127.0.0.1", port), PATIENCE_S).close()
            return True
        except ConnectionRefusedError:
            return False


class Restart(ActivationTest):
    """Goal: a server under socket activation is replaced again and again, under load,
    and no client is refused; clients that come while there is none wait."""

    RESTARTS = 3
    CLIENTS = 3

    def test_no_connection_is_refused_and_every_call_is_answered(self):
        for mode in MODES:
            with self.subTest(mode):
                self.restart_under_load(mode)

    def restart_under_load(self, mode):
        sock = self.tcp()
        endpoint = "{}:{}".format(*sock.getsockname())
        stop = threading.Event()
        answered, failures = [0] * self.CLIENTS, []

        def call(at):
            # As our clients do: a call that was closed on without a reply is made again, once.
            while not stop.is_set():
                try:
                    for last_try in (False, True):
                        with RawClient(endpoint) as client:  # refused: fails at once
                            try:
                                client.get_time(framed=True)
                                break
                            except (AssertionError, OSError):
                                if last_try:
                                    raise
                    answered[at] += 1
                except (AssertionError, OSError) as error:
                    failures.append(repr(error))
                    return

        server = self.activated(("x", sock))
        args = ["--mode", mode, "--listen", "systemd:x"]
        threads = [threading.Thread(target=call, args=(at,)) for at in range(self.CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(self.RESTARTS):
                server.start(args)
                before = list(answered)
                self.eventually(lambda: failures or all(now > then + 20 for now, then in zip(answered, before)))
                self.assertEqual(server.stop(), 0, server.stderr())
            # They wait now, for the next.
            server.start(args)
            before = list(answered)
            self.eventually(lambda: failures or all(now > then for now, then in zip(answered, before)))
        finally:
            stop.set()
            for thread in threads:
                thread.join(PATIENCE_S)
        self.assertEqual(failures, [])
        self.assertEqual(server.stop(), 0, server.stderr())

    def test_clients_that_come_during_a_drain_wait_for_the_next_server_which_serves_them(self):
        sock = self.tcp()
        server = self.activated(("x", sock)).start(["--listen", "systemd:x", "--drain-timeout", "1m"])
        with self.reader_of_nothing(server) as slow:
            server.signal(signal.SIGTERM)
            server.wait_for_log("draining")
            self.eventually(lambda: not self.served(server))
            with RawClient(server.endpoints[0]) as late:
                late.send(frame(message("get_time", 1)))
                # The socket stays readable all the while: that must not keep the server busy.
                before_s = self.cpu_seconds(server)
                self.assertFalse(late.readable(1.0))
                self.assertLess(self.cpu_seconds(server) - before_s, 0.5)
                slow.close()
                server.wait()
                server.start(["--listen", "systemd:x"])
                late.read_time(framed=True)
        self.assertEqual(server.stop(), 0, server.stderr())

    def reader_of_nothing(self, server):
        """A client whose replies keep a drain waiting."""
        client = RawClient(server.endpoints[0])
        client.send_without_reading(frame(message("list_zones", 1)))
        return client

    def served(self, server):
        with RawClient(server.endpoints[0]) as client:
            client.send(frame(message("get_time", 1)))
            return client.readable(0.2)

    @staticmethod
    def cpu_seconds(server):
        with open(f"/proc/{server.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Refusals(ActivationTest):
    """What is wrong is said in one line, with the fix."""

    def test_without_a_socket_handed_over(self):
        for env, said in (({}, "no socket was handed over: start it by its socket unit, or name host:port"),
                          ({"LISTEN_FDS": "1", "LISTEN_PID": "1"}, "LISTEN_PID=1 is not this process, "),
                          ({"LISTEN_FDS": "1"}, "LISTEN_PID= is not this process, ")):
            server = self.server()
            line, code = self.refused(server, "--listen", "systemd:x", env=env)
            self.assertIn("cannot listen on systemd:x: ", line)
            self.assertIn(said, line)
            self.assertEqual(code, 1)

    def test_variables_that_do_not_tell_the_truth(self):
        for sockets, env, said in (
                (0, {"LISTEN_FDS": "1"}, "LISTEN_FDS=1 means as many descriptors from 3 on, and 3 was not handed over: "),
                (1, {"LISTEN_FDS": "3"}, "LISTEN_FDS=3 means as many descriptors from 3 on, and 4 was not handed over: "),
                (1, {"LISTEN_FDS": "three"}, "LISTEN_FDS=three is not a number of sockets from 1: "),
                (1, {"LISTEN_FDS": "-1"}, "LISTEN_FDS=-1 is not a number of sockets from 1: "),
                (1, {"LISTEN_FDS": "99999999999"}, "LISTEN_FDS=99999999999 is not a number of sockets from 1: "),
                (1, {"LISTEN_FDS": ""}, "LISTEN_FDS= is not a number of sockets from 1: "),
                (1, {"LISTEN_FDNAMES": "x:y"}, "LISTEN_FDNAMES=x:y and LISTEN_FDS=1 do not go together: "),
                (2, {"LISTEN_FDNAMES": ""}, "LISTEN_FDNAMES= and LISTEN_FDS=2 do not go together: "),
                (1, {"LISTEN_PID": "me"}, "LISTEN_PID=me is not this process, ")):
            with self.subTest(env):
                server = self.activated(*(("x", self.tcp()) for _ in range(sockets)))
                # The admin endpoint has opened descriptors of its own before.
                line, code = self.refused(server, "--listen", "systemd:x", "--admin", "127.0.0.1:0",
                                          "--log-level", "off", env=env)
                self.assertIn("--listen: cannot listen on systemd:x: " + said, line)
                self.assertEqual(code, 1)

    def test_a_name_that_was_not_handed_over(self):
        line, code = self.refused(self.activated(("a", self.tcp()), ("b", self.tcp()), ("a", self.tcp())), "--listen",
                                  "systemd:a", "--listen", "systemd:b", "--listen", "systemd:x")
        self.assertIn("cannot listen on systemd:x: the sockets that were handed over are named a, b: name those", line)
        self.assertIn("FileDescriptorName=x", line)
        self.assertEqual(code, 1)

    def test_a_socket_that_nothing_serves(self):
        sock = self.tcp()
        for listen in ("127.0.0.1:0", "127.0.0.1:{}".format(sock.getsockname()[1])):
            line, code = self.refused(self.activated(("web", sock)), "--listen", listen)
            self.assertIn("a socket named web was handed over and is not served: add --listen systemd:web", line)
            self.assertEqual(code, 2)

    def test_what_is_no_listening_stream_socket(self):
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        silent = socket.socket()
        directory = self.server().directory
        file = open(os.path.join(directory, "file"), "w", encoding="ascii")
        packets = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        packets.bind(os.path.join(directory, "packets"))
        packets.listen()
        for wrong, what in ((datagrams, "no stream socket"), (silent, "a socket that does not listen"),
                            (file, "no socket"), (packets, "no stream socket")):
            self.addCleanup(wrong.close)
            line, code = self.refused(self.activated(("x", wrong)), "--listen", "systemd:x")
            self.assertIn(f"cannot listen on systemd:x: descriptor 3, of those that LISTEN_FDS hands over, is {what}: ", line)
            self.assertEqual(code, 1)

    def test_a_name_given_twice(self):
        for other in ("--listen", "--admin"):
            server = self.activated(("x", self.tcp()))
            # The admin endpoint has a line of its own by then.
            line, code = self.refused(server, "--listen", "systemd:x", other, "systemd:x", "--log-level", "error")
            self.assertIn("systemd:x is given 2 times: name it once", line)
            self.assertEqual(code, 2)

    def test_a_socket_for_the_admin_endpoint_is_served(self):
        calls, admin = self.tcp(), self.tcp()
        server = self.activated(("x", calls), ("admin", admin))
        server.start(["--listen", "systemd:x", "--admin", "systemd:admin"])
        self.assert_good_client(server)
        with socket.create_connection(admin.getsockname(), PATIENCE_S) as client:
            client.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
            self.assertIn(b" 200 ", client.recv(4096).partition(b"\r\n")[0])
        self.assertEqual(server.stop(), 0, server.stderr())

    def test_a_name_that_cannot_be(self):
        for name in ("", "a:b", "n" * 256):
            line, code = self.refused(self.server(), "--listen", f"systemd:{name}")
            self.assertIn("FileDescriptorName=", line)
            self.assertEqual(code, 2)

    def test_a_client_cannot_ask_there(self):
        done = subprocess.run([os.environ["TIME_CLIENT"], "--endpoint", "systemd:x", "get_time"], timeout=PATIENCE_S,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    main()
