"""A server that is asked for more than it lets in: everybody is answered, it
holds no more memory, and says how it is meanwhile."""

import os
import re
import selectors
import socket
import time
import unittest

from admin_client import Metrics, admin_endpoint, get
from server_process import ServerProcess

TIME_SERVER = os.environ["TIME_SERVER"]
CALL = b"\x80\x01\x00\x01\x00\x00\x00\x08get_time\x00\x00\x00\x07\x00"
CALL = len(CALL).to_bytes(4, "big") + CALL
CLIENTS = 48
CALLS = 400
PATIENCE_S = 60
MOST_GROWTH_KB = 32 * 1024
WAYS = {
    "threadpool": ["--threads", "1"],
    "threaded": [],
    "nonblocking": ["--threads", "1"],
    "reactor": ["--threads", "1"],
}


def resident_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))


class Client:
    """Sends all its calls, whatever comes back, and counts that."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.unsent = CALL * CALLS
        self.received = b""
        self.replies = self.shed = 0
        self.texts = set()

    def done(self):
        return self.replies + self.shed == CALLS

    def step(self, events):
        if events & selectors.EVENT_WRITE and self.unsent:
            self.unsent = self.unsent[self.socket.send(self.unsent[:8192]):]
        if events & selectors.EVENT_READ:
            got = self.socket.recv(65536)
            assert got, "the server closed the connection"
            self.received += got
            while len(self.received) >= 4:
                size = int.from_bytes(self.received[:4], "big")
                if len(self.received) < 4 + size:
                    break
                self.count(self.received[4:4 + size])
                self.received = self.received[4 + size:]

    def count(self, reply):
        if reply[3] == 2:
            self.replies += 1
            return
        self.shed += 1
        self.texts.add(re.search(rb"overloaded: [a-z0-9 ]*", reply).group(0))


class Overload(unittest.TestCase):
    def test_everybody_is_answered_and_memory_is_bounded_in_every_mode(self):
        for mode, flags in WAYS.items():
            with self.subTest(mode=mode), ServerProcess(TIME_SERVER) as server:
                server.start(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--mode", mode,
                              "--max-in-flight", "2", "--log-level", "info", *flags])
                self.flood(server)
                self.assertEqual(server.stop(), 0)

    def flood(self, server):
        admin = admin_endpoint(server)
        warm = Client(server.port)
        self.run_all([warm], admin)
        before = resident_kb(server.pid)
        clients = []
        # Calls are quick: of a machine that is busy with others, none may come while two run.
        for _ in range(20):
            more = [Client(server.port) for _ in range(CLIENTS)]
            self.run_all(more, admin)
            clients += more
            shed = sum(client.shed for client in [warm, *clients])
            if shed > 0:
                break
        self.assertGreater(shed, 0, "nothing was shed: the load is too small")
        self.assertGreater(sum(client.replies for client in clients), 0)
        self.assertEqual(set().union(*(client.texts for client in clients)),
                         {b"overloaded: 2 calls run or wait already"})
        self.assertLess(resident_kb(server.pid) - before, MOST_GROWTH_KB)
        for client in [warm, *clients]:
            client.socket.close()
        self.assertEqual(Metrics(admin).sum_of("calls_shed_total"), shed)

    def run_all(self, clients, admin):
        selector = selectors.DefaultSelector()
        for client in clients:
            selector.register(client.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, client)
        until = time.monotonic() + PATIENCE_S
        looked = False
        while not all(client.done() for client in clients):
            self.assertLess(time.monotonic(), until, "not everybody is answered")
            for key, events in selector.select(1):
                key.data.step(events)
                if not key.data.unsent and key.events & selectors.EVENT_WRITE:
                    selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
            if not looked:
                looked = True
                self.assertEqual(get(admin, "/readyz")[0], 200)


if __name__ == "__main__":
    unittest.main()
