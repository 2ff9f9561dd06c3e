"""As many clients at once as the server takes by default, in each mode that has
event loops: all are served, again and again, and each costs little memory.

    TIME_SERVER=... python3 many_connections_test.py
"""

import contextlib
import re
import resource
import sys

from raw_client import RawClient, frame, get_time_request
from system_test import (DEFAULT_MODE, EVENT_LOOP_MODES, SystemTest,
                         has_sanitizer, main)

CONNECTIONS = 10_000  # the default of --max-connections
FEWEST = 1_000
# Sanitizers make everything slow, and memory tells nothing.
SANITIZED = has_sanitizer("asan", "tsan", "ubsan")
# Of the default mode. What one connection may cost; with buffers of its own for
# reading and writing it would be more.
MOST_BYTES_EACH = 8 * 1024
# What a process has open besides.
OTHER_DESCRIPTORS = 128

REQUEST = frame(get_time_request())


def as_many_as_fit():
    """Connections that this process and the server may each have open. Raises the
    soft limit of both: the server inherits it."""
    if SANITIZED:
        return FEWEST
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = CONNECTIONS + OTHER_DESCRIPTORS
    if hard == resource.RLIM_INFINITY or hard >= enough:
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))
        return CONNECTIONS
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    fit = hard - OTHER_DESCRIPTORS
    print(f"NOT TESTED: {CONNECTIONS} connections, only {fit}: a process may "
          f"open {hard} files here (ulimit -Hn)", file=sys.stderr, flush=True)
    return fit


def resident_bytes(server):
    with open(f"/proc/{server.pid}/status", encoding="ascii") as file:
        return int(re.search(r"^VmRSS:\s+(\d+) kB$", file.read(),
                             re.MULTILINE).group(1)) * 1024


class ManyConnectionsTest(SystemTest):
    @classmethod
    def setUpClass(cls):
        cls.count = as_many_as_fit()
        assert cls.count >= FEWEST, f"at least {FEWEST} are needed"

    def test_all_are_answered_again_and_again_and_cost_little(self):
        for mode in EVENT_LOOP_MODES:
            with self.subTest(mode), contextlib.ExitStack() as stack:
                server = self.serve("--mode", mode)
                # What the first call of all takes is not a connection's cost.
                self.assert_good_client(server)
                before = resident_bytes(server)
                clients = [stack.enter_context(RawClient(server.endpoints[0]))
                           for _ in range(self.count)]
                for _ in range(2):
                    self.call_all_at_once(clients)
                each = (resident_bytes(server) - before) / len(clients)
                print(f"{mode}: {len(clients)} connections, {each:.0f} bytes "
                      "each", file=sys.stderr, flush=True)
                if mode == DEFAULT_MODE and not SANITIZED:
                    self.assertLess(each, MOST_BYTES_EACH)
                self.assertEqual(server.stop(), 0, server.stderr())
                self.assertNotRegex(server.stderr(), "closed,|refused")
                for client in clients:
                    self.assertEqual(client.receive_all(), b"")

    def call_all_at_once(self, clients):
        """Each sends before any reads."""
        for client in clients:
            client.send(REQUEST)
        for client in clients:
            client.read_time(framed=True)


if __name__ == "__main__":
    main()
