"""kill -9 of one of three servers behind HAProxy: what its clients see."""

import signal
import sys

from fleet import FleetTest
from load import cpp_load, python_loads

from system_test import main

STOCK = ("thriftpy a call each", "thriftpy 20 calls each", "apache a call each", "apache 20 calls each", "apache kept")
THREADS = 2


class KillOne(FleetTest):
    def test_only_calls_in_flight_fail_and_our_clients_make_them_again(self):
        self.fleet()
        port = self.haproxy.time_port
        own = [cpp_load(self, port), *python_loads(self, ["own"], port)]
        stock = python_loads(self, STOCK, port, THREADS)
        for member in self.members:
            for load in (*own, *stock):
                load.wait_for_more()
            failed = {load: load.failed for load in stock}
            member.process.signal(signal.SIGKILL)
            self.assertEqual(member.process.wait(), -signal.SIGKILL)
            self.haproxy.wait_for(member.name, "DOWN")
            for load in (*own, *stock):
                load.wait_for_more()
            for load in stock:  # a thread has one call in flight, or one connection that it keeps
                self.assertLessEqual(load.failed - failed[load], THREADS, load.name)
            member.start()
            self.haproxy.wait_for(member.name, "UP")
        for load in own:
            self.assertEqual((load.name, load.end()), (load.name, []))
        for load in stock:
            print(f"{load.name}: {load.failed} of {load.calls + load.failed} calls failed: {load.end()}", file=sys.stderr)
        self.assertGreater(sum(load.failed for load in stock), 0)  # else nothing was killed


if __name__ == "__main__":
    main()
