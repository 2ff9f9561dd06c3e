"""Three servers behind HAProxy are restarted one after another while clients call."""

import collections
import sys

from fleet import FleetTest
from http_get import metric
from load import cpp_load, python_loads

from system_test import DEFAULT_MODE, MODES, main

# Those that notice nothing: they try again by themselves, or they keep a connection for
# less time than a server that is told to stop goes on serving.
UNHARMED = ("own", "thriftpy a call each", "thriftpy 20 calls each", "apache a call each", "apache 20 calls each")


class RollingRestart(FleetTest):
    def test_no_call_is_lost(self):
        self.fleet()
        port = self.haproxy.time_port
        loads = [cpp_load(self, port), *python_loads(self, UNHARMED, port)]
        for load in loads:
            load.wait_for_more()
        for member in self.members * 2:
            self.restart(member)
            for load in loads:
                load.wait_for_more()
        for load in loads:
            self.assertEqual((load.name, load.end()), (load.name, []))
            self.assertEqual(load.failed, 0, load.name)
        print(", ".join(f"{load.calls} calls of {load.name}" for load in loads), file=sys.stderr)
        self.assertEqual({row["svname"]: row["status"] for row in self.haproxy.rows() if row["pxname"] == "time"},
                         {"FRONTEND": "OPEN", "BACKEND": "UP", **{member.name: "UP" for member in self.members}})

    def test_no_call_is_lost_in_the_other_modes_either(self):
        for mode in set(MODES) - {DEFAULT_MODE}:
            with self.subTest(mode):
                self.fleet(mode=mode)
                port = self.haproxy.time_port
                loads = [cpp_load(self, port), *python_loads(self, ["own", "apache a call each", "apache 20 calls each"], port)]
                for load in loads:
                    load.wait_for_more()
                self.restart(self.members[0])
                for load in loads:
                    load.wait_for_more()
                    self.assertEqual((load.name, load.end()), (load.name, []))

    def test_servers_and_clients_count_the_same_calls_after_a_restart(self):
        self.fleet()
        for member in self.members:
            self.restart(member)
        loads = [cpp_load(self, self.haproxy.time_port), *python_loads(self, ["apache 20 calls each"], self.haproxy.time_port)]
        for load in loads:
            load.wait_for_more(200)
            self.assertEqual(load.end(), [])
        counted = [metric(member.admin, "time_server_calls_total") for member in self.members]
        self.assertEqual(sum(counted), sum(load.calls for load in loads))
        self.assertGreater(min(counted), 0)  # none is left out


class KeptConnections(FleetTest):
    """Thrift has no word for "I am about to close": a client that keeps its connection learns
    it by a call that fails."""

    def lost(self, clients, threads):
        """How many connections of such clients were closed, and how many of their calls failed."""
        self.fleet()
        loads = python_loads(self, clients, self.haproxy.time_port, threads)
        if not loads:
            self.skipTest("no such client is there")
        closed = 0
        for load in loads:
            load.wait_for_more()
        for member in self.members:
            closed += int(self.haproxy.row(member.name)["scur"])
            self.restart(member)
            for load in loads:
                load.wait_for_more()
        errors = [error for load in loads for error in load.end()]
        print(f"{' and '.join(load.name for load in loads)}: {closed} connections closed, {len(errors)} of "
              f"{sum(load.calls + load.failed for load in loads)} calls lost: {dict(collections.Counter(errors))}",
              file=sys.stderr)
        self.assertGreaterEqual(closed, len(loads) * threads)
        for error in errors:  # told at once, and nothing wrong is taken for an answer
            self.assertRegex(error, "^(TTransportException|ConnectionResetError|BrokenPipeError)")
        return closed, len(errors)

    def test_a_stock_client_that_keeps_its_connection_loses_one_call_for_each_that_is_closed(self):
        closed, lost = self.lost(["thriftpy kept", "apache kept"], threads=3)
        self.assertEqual(lost, closed)

    def test_a_client_that_looks_before_it_calls_loses_no_more(self):
        # Mostly as many: its last reply may be acknowledged 40 ms late, and so long the server
        # does not dare to close, which could take that reply back, and answers no more.
        closed, lost = self.lost(["apache kept, looked at"], threads=4)
        self.assertLessEqual(lost, closed)


if __name__ == "__main__":
    main()
