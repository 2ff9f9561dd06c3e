"""Clients that the server refuses, or ends; and that the others never notice."""

import contextlib
import time

from raw_client import (RawClient, frame, get_time_request, message,
                        string_field)
from system_test import (MODES, MODES_AND_TRANSPORTS, SystemTest, main,
                         need_apache)

SILENT_CLIENTS = 200
TIMEOUT_S = 0.3
TIMEOUT = "300ms"
# What it ends must end so soon: the default of --message-timeout is 10 s.
WELL_BEFORE_S = 7


def answers_refusals(mode):
    """Whether a refused client is told so in Thrift; TNonblockingServer can
    only close."""
    return mode != "nonblocking"


class FormatsTest(SystemTest):
    """--protocol and --transport, with Apache Thrift's Python client."""

    @classmethod
    def setUpClass(cls):
        need_apache("--protocol and --transport")
        global apache_client, TApplicationException, TTransportException
        import apache_client
        from thrift.Thrift import TApplicationException
        from thrift.transport.TTransport import TTransportException

    def check_refusal(self, server, mode, counter, taken, refused):
        """The client, where it can be told, and the log read the same line: what
        is wrong, what is taken, and the way out at both ends."""
        kind = counter.partition("_")[0]
        word = taken[("protocol", "transport").index(kind)]
        said = (rf"{counter}: the client speaks .*; it takes {word} only: .* "
                rf"--{kind} {word} or auto, or start the server with ")
        said += (r"--(protocol|transport) auto\Z"
                 if kind == "protocol" or "buffered" in MODES[mode]
                 else "one of the modes .*threadpool")
        with apache_client.ApacheClient(server.port, *refused) as client:
            if answers_refusals(mode):
                with self.assertRaisesRegex(TApplicationException, said):
                    client.get_time()
            else:
                with self.assertRaises(TTransportException) as caught:
                    client.get_time()
                self.assertNotIn("timed out", repr(caught.exception.inner))
        self.assertRegex(server.wait_for_log(counter),
                         rf"warning: 127\.0\.0\.1:\d+: closed, {said}")

    def test_a_named_protocol_refuses_the_others(self):
        for mode, transport in MODES_AND_TRANSPORTS:
            for taken in apache_client.PROTOCOLS:
                for refused in apache_client.PROTOCOLS:
                    if refused == taken:
                        continue
                    with self.subTest(f"{mode} {transport}: {taken}, not "
                                      f"{refused}"):
                        self.check_formats(
                            ["--mode", mode, "--protocol", taken], mode,
                            "protocol_refused", (taken, transport),
                            (refused, transport))

    def test_a_named_transport_refuses_the_other(self):
        for mode, transports in MODES.items():
            for taken in transports:
                refused = {"buffered": "framed", "framed": "buffered"}[taken]
                for protocol in apache_client.PROTOCOLS:
                    with self.subTest(f"{mode} {protocol}: {taken}"):
                        self.check_formats(
                            ["--mode", mode, "--transport", taken], mode,
                            "transport_refused", (protocol, taken),
                            (protocol, refused))

    def test_a_mode_that_carries_framed_only_refuses_buffered(self):
        for protocol in apache_client.PROTOCOLS:
            with self.subTest(protocol):
                self.check_formats(
                    ["--mode", "nonblocking"], "nonblocking",
                    "transport_refused", (protocol, "framed"),
                    (protocol, "buffered"))

    def check_formats(self, args, mode, counter, taken, refused):
        server = self.serve(*args)
        with apache_client.ApacheClient(server.port, *taken) as good:
            good.get_time()
            self.check_refusal(server, mode, counter, taken, refused)
            good.get_time()
        with apache_client.ApacheClient(server.port, *taken) as late:
            late.get_time()
        self.assertEqual(server.stop(), 0, server.stderr())


class MessageSizeTest(SystemTest):
    LIMIT = 1000

    def request(self, size):
        """A request for get_time() of that size, which its arguments fill:
        fields that no server knows, none of them large by itself."""
        fields = b""
        bare = len(get_time_request())
        while bare + len(fields) < size - 200:
            fields += string_field(99, b"x" * 93)
        fields += string_field(99, b"x" * (size - bare - len(fields) - 7))
        request = message("get_time", 1, fields)
        assert len(request) == size, len(request)
        return request

    def test_a_message_over_the_limit_costs_its_connection_only(self):
        for mode, transport in MODES_AND_TRANSPORTS:
            framed = transport == "framed"
            write = frame if framed else bytes
            with self.subTest(f"{mode} {transport}"):
                server = self.serve("--mode", mode, "--max-message-size",
                                    str(self.LIMIT))
                with RawClient(server.endpoints[0]) as good, \
                        RawClient(server.endpoints[0]) as bad:
                    for client in (good, bad):
                        client.send(write(self.request(self.LIMIT)))
                        client.read_time(framed=framed)
                    self.assertNotIn("closed", server.stderr())
                    bad.send(write(self.request(self.LIMIT + 1)))
                    self.assertNotIn(b"\x80\x01\0\x02", bad.receive_all())
                    server.wait_for_log(
                        rf"closed, message_too_large: the message is .*; it takes "
                        rf"at most {self.LIMIT} bytes: .* --max-message-size")
                    good.get_time(framed=framed)

    def test_a_length_is_refused_before_the_bytes_have_come(self):
        for mode in MODES:
            with self.subTest(mode):
                server = self.serve("--mode", mode, "--message-timeout", "0")
                with RawClient(server.endpoints[0]) as bad:
                    bad.get_time(framed=True)
                    bad.send(frame(b"x" * ((1 << 20) + 1))[:4])
                    self.assertEqual(bad.receive_all(), b"")
                server.wait_for_log("message_too_large")
                self.assert_good_client(server)


class TimeoutsTest(SystemTest):
    def test_an_idle_connection_is_closed_and_a_busy_one_is_not(self):
        for mode in MODES:
            with self.subTest(mode):
                server = self.serve("--mode", mode, "--idle-timeout", TIMEOUT)
                # On a machine that stands still for so long that the busy client
                # is idle, nothing can be said.
                for _ in range(10):
                    if self.watch_busy_and_idle(server):
                        break
                else:
                    self.fail("this machine is too slow")

    def watch_busy_and_idle(self, server):
        with RawClient(server.endpoints[0]) as mute, \
                RawClient(server.endpoints[0]) as idle, \
                RawClient(server.endpoints[0]) as busy:
            idle.get_time(framed=True)
            busy.get_time(framed=True)
            start = last = time.monotonic()
            closed_at = None
            while closed_at is None or last < closed_at + TIMEOUT_S:
                time.sleep(0.01)
                if time.monotonic() - last > TIMEOUT_S / 2:
                    return False
                last = time.monotonic()
                busy.get_time(framed=True)
                if closed_at is None and idle.readable(0):
                    closed_at = last
                self.assertLess(last - start, 20, "the idle client is still on")
            self.assertGreaterEqual(closed_at - start, TIMEOUT_S * 0.9)
            self.assertEqual(idle.receive_all(), b"")
            self.assertEqual(mute.receive_all(), b"")  # it never spoke
        return True

    def test_half_a_message_is_given_up(self):
        for mode, transport in MODES_AND_TRANSPORTS:
            framed = transport == "framed"
            request = (frame if framed else bytes)(get_time_request())
            with self.subTest(f"{mode} {transport}"), \
                    contextlib.ExitStack() as stack:
                server = self.serve("--mode", mode, "--message-timeout",
                                    TIMEOUT, "--idle-timeout", "0")
                good = stack.enter_context(RawClient(server.endpoints[0]))
                good.get_time(framed=framed)
                bad = []
                for size in (1, 3, len(request) // 2, len(request) - 1):
                    for calls_before in (0, 1):
                        client = stack.enter_context(
                            RawClient(server.endpoints[0]))
                        for _ in range(calls_before):
                            client.get_time(framed=framed)
                        client.send(request[:size])
                        bad.append(client)
                sent_s = time.monotonic()
                for client in bad:
                    self.assertEqual(client.receive_all(), b"")
                self.assertLess(time.monotonic() - sent_s, WELL_BEFORE_S)
                lines = server.stderr().splitlines()
                self.assertEqual(len(lines), len(bad), lines)
                for line in lines:
                    self.assertRegex(line, "closed, message_timeout: .*; it "
                                           "waits 300 ms: .* --message-timeout")
                good.get_time(framed=framed)  # idle, not half done

    def test_a_message_that_trickles_gains_no_time(self):
        for mode in MODES:
            with self.subTest(mode):
                server = self.serve("--mode", mode, "--message-timeout",
                                    TIMEOUT, "--idle-timeout", "0")
                with RawClient(server.endpoints[0]) as client:
                    client.send(frame(message("get_time", 1, string_field(
                        9, b"x" * 100_000)))[:50])
                    sent_s = time.monotonic()
                    while not client.readable(0.02):
                        with contextlib.suppress(ConnectionError):
                            client.send(b"x")
                    self.assertEqual(client.receive_all(), b"")
                self.assertLess(time.monotonic() - sent_s, WELL_BEFORE_S)
                server.wait_for_log("message_timeout")


class ConnectionLimitTest(SystemTest):
    def test_the_fourth_of_three_is_closed_at_once(self):
        for mode in MODES:
            with self.subTest(mode), contextlib.ExitStack() as stack:
                server = self.serve("--mode", mode, "--max-connections", "3",
                                    "--idle-timeout", "0")
                first, second, third = (
                    stack.enter_context(RawClient(server.endpoints[0]))
                    for _ in range(3))
                for client in (first, second):
                    client.get_time(framed=True)
                # The third says nothing, and counts.
                with RawClient(server.endpoints[0]) as fourth:
                    self.assertEqual(fourth.receive_all(), b"")
                server.wait_for_log("warning: connection refused: 3 are open; "
                                    "raise --max-connections")
                for client in (first, second, third):
                    client.get_time(framed=True)
                second.close()
                self.eventually(lambda: self.is_served(server))
                for client in (first, third):
                    client.get_time(framed=True)

    def is_served(self, server):
        with RawClient(server.endpoints[0]) as client, \
                contextlib.suppress(ConnectionError):
            client.send(frame(get_time_request()))
            return client.receive(1) != b""
        return False


class CrowdTest(SystemTest):
    """Many clients that only take place, and one that is served."""

    ARGS = {"threadpool": ["--threads", "4"]}

    def check(self, what_each_sends):
        for mode in MODES:
            with self.subTest(mode), contextlib.ExitStack() as stack:
                server = self.serve("--mode", mode, *self.ARGS.get(mode, []),
                                    "--message-timeout", "30s")
                early = stack.enter_context(RawClient(server.endpoints[0]))
                early.get_time(framed=True)
                crowd = [stack.enter_context(RawClient(server.endpoints[0]))
                         for _ in range(SILENT_CLIENTS)]
                for client in crowd:
                    client.send(what_each_sends)
                for _ in range(20):
                    early.get_time(framed=True)
                    self.assert_good_client(server)
                # And nobody was thrown out for it.
                for client in crowd:
                    self.assertFalse(client.readable(0))
                self.assertNotIn("warning", server.stderr())

    def test_clients_that_say_nothing(self):
        self.check(b"")

    def test_clients_that_say_half_a_message(self):
        self.check(frame(get_time_request())[:15])

    def test_clients_that_say_one_byte(self):
        self.check(b"\0")


if __name__ == "__main__":
    main()
