"""What HAProxy does with a server, by what the server says of its health."""

import os
import signal

from fleet import FleetTest
from load import cpp_load, python_load
from raw_client import RawClient, frame, get_time_request

from system_test import main, skip


class HaProxyTest(FleetTest):
    def connect(self):
        client = RawClient(f"127.0.0.1:{self.haproxy.time_port}")
        self.addCleanup(client.close)
        return client

    def connections(self, member):
        return int(self.haproxy.row(member.name)["scur"])

    def connect_to_all(self):
        """A connection to each, by member."""
        clients = {}
        for _ in self.members:
            before = {member: self.connections(member) for member in self.members}
            client = self.connect()
            client.get_time(framed=True)
            member, = (member for member in self.members if self.connections(member) > before[member])
            clients[member] = client
        self.assertEqual(set(clients), set(self.members))
        return clients

    def test_a_server_that_drains_keeps_its_connections_and_gets_no_more(self):
        self.fleet(drain_delay="1h")
        clients = self.connect_to_all()
        leaving = self.members[0]
        leaving.process.signal(signal.SIGTERM)
        self.haproxy.wait_for(leaving.name, "NOLB")
        for _ in range(6):
            self.connect().get_time(framed=True)
        self.assertEqual(self.connections(leaving), 1)
        clients[leaving].get_time(framed=True)
        leaving.process.signal(signal.SIGKILL)
        leaving.process.wait()

    def test_a_server_that_stands_still_is_taken_out_with_its_connections(self):
        self.fleet()
        if self.haproxy.version() >= (2, 7):
            skip("a server that stands still", "docker/haproxy.cfg leaves its connections alone there", excused=True)
        clients = self.connect_to_all()
        still = self.members[1]
        load = cpp_load(self, self.haproxy.time_port)
        load.wait_for_more()
        still.process.signal(signal.SIGSTOP)
        self.addCleanup(still.process.signal, signal.SIGCONT)
        self.haproxy.wait_for(still.name, "DOWN")
        self.assertEqual(clients[still].receive_all(), b"")  # closed, not silent
        for member in (self.members[0], self.members[2]):
            clients[member].get_time(framed=True)
        load.wait_for_more()
        still.process.signal(signal.SIGCONT)
        self.haproxy.wait_for(still.name, "UP")
        self.assertEqual(load.end(), [])  # its calls were made again elsewhere, before their timeout

    def test_without_any_server_a_client_is_told_at_once(self):
        self.fleet()
        for member in self.members:
            member.process.signal(signal.SIGKILL)
            member.process.wait()
        for member in self.members:
            self.haproxy.wait_for(member.name, "DOWN")
        self.assertEqual(self.connect().receive_all(), b"")


class OracleTest(FleetTest):
    def setUp(self):
        self.state = os.path.join(self.server().directory, "timestamps")
        self.fleet("--oracle-state", self.state, "--oracle-init")
        self.oracle = self.members[0]

    def test_timestamps_go_on_over_a_restart_of_their_server(self):
        load = python_load(self, "own timestamps", self.haproxy.timestamps_port)
        load.wait_for_more()
        for _ in range(2):
            self.restart(self.oracle, "--oracle-state", self.state)
            load.wait_for_more()
        self.assertEqual(load.end(), [])

    def test_a_new_connection_waits_while_their_server_restarts(self):
        self.oracle.process.signal(signal.SIGKILL)
        self.oracle.process.wait()
        with RawClient(f"127.0.0.1:{self.haproxy.timestamps_port}") as client:
            client.send(frame(get_time_request()))
            self.assertFalse(client.readable(0.2))
            self.oracle.start("--oracle-state", self.state)
            client.read_time(framed=True)

    def test_an_oracle_that_lost_its_store_serves_no_new_clients_of_the_time(self):
        os.rename(self.state, self.state + ".away")
        self.haproxy.wait_for(self.oracle.name, "NOLB")
        with RawClient(f"127.0.0.1:{self.haproxy.timestamps_port}") as client:
            client.get_time(framed=True)  # there it is reached as before, to say itself what is wrong
        os.rename(self.state + ".away", self.state)
        self.haproxy.wait_for(self.oracle.name, "UP")


if __name__ == "__main__":
    main()
