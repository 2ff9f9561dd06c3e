"""Clients made with thriftpy or thriftpy2, used as their documentation does.

    THRIFTPY=thriftpy2 TIME_SERVER=... python3 thriftpy_client_test.py

Where this interpreter lacks the library, the one of the virtual environment
runs this script instead.
"""

import importlib
import itertools
import os
import time

from system_test import (IDL, MODES, PATIENCE_S, TIME_ZONE, SystemTest,
                         local_times_since, main, need_thriftpy,
                         run_where_installed)

LIBRARY = os.environ.get("THRIFTPY", "thriftpy2")
assert LIBRARY in ("thriftpy", "thriftpy2"), LIBRARY

# Old thriftpy: its compact protocol fails by itself since Python 3.9, its JSON
# is its own, which no Apache Thrift server reads.
PROTOCOLS = {
    "thriftpy": {"binary": "TBinaryProtocolFactory"},
    "thriftpy2": {"binary": "TBinaryProtocolFactory",
                  "compact": "TCompactProtocolFactory",
                  "json": "TApacheJSONProtocolFactory"},
}[LIBRARY]
TRANSPORTS = {"buffered": "TBufferedTransportFactory",
              "framed": "TFramedTransportFactory"}


def setUpModule():
    need_thriftpy(LIBRARY)
    global contract, protocols, transports, rpc
    contract = importlib.import_module(LIBRARY).load(
        IDL, module_name="contract_thrift")
    protocols = importlib.import_module(f"{LIBRARY}.protocol")
    transports = importlib.import_module(f"{LIBRARY}.transport")
    rpc = importlib.import_module(f"{LIBRARY}.rpc")


def make_client(protocol, transport, **where):
    return rpc.make_client(
        contract.TimeService, timeout=PATIENCE_S * 1000,
        proto_factory=getattr(protocols, PROTOCOLS[protocol])(),
        trans_factory=getattr(transports, TRANSPORTS[transport])(), **where)


class ThriftpyTest(SystemTest):
    CALLS = 20

    def test_every_format_in_every_mode(self):
        for mode, carried in MODES.items():
            server = self.serve("--mode", mode, env={"TZ": TIME_ZONE})
            for protocol, transport in itertools.product(PROTOCOLS, carried):
                with self.subTest(f"{LIBRARY} {mode} {protocol} {transport}"):
                    self.check_calls(protocol, transport,
                                     host="127.0.0.1", port=server.port)

    def test_a_unix_socket(self):
        server = self.server()
        path = f"{server.directory}/s"
        server.start(["--listen", f"unix:{path}"], {"TZ": TIME_ZONE})
        for protocol, transport in itertools.product(PROTOCOLS, TRANSPORTS):
            with self.subTest(f"{LIBRARY} {protocol} {transport}"):
                self.check_calls(protocol, transport, unix_socket=path)
        self.assertEqual(server.stop(), 0, server.stderr())

    def check_calls(self, protocol, transport, **where):
        clients = self.clients(protocol, transport, **where)
        for _ in range(self.CALLS):
            before_s = time.time()
            self.assertIn(next(clients).get_time(),
                          local_times_since(before_s))
            sent_ns = time.time_ns()
            answer = next(clients).exchange(sent_ns)
            self.assertEqual(answer.client_send_ns, sent_ns)
            self.assertLessEqual(sent_ns, answer.server_receive_ns)
            self.assertLessEqual(answer.server_send_ns, time.time_ns())
            status = next(clients).get_status()
            self.assertRegex(status.version, r"^\d+\.\d+\.\d+")
            self.assertLess(status.started_ns, status.clock.now_ns)

    def clients(self, protocol, transport, **where):
        """A client for each call: the same one, where it is good for more than
        one call. thriftpy2's JSON gives the first reply again and again."""
        while True:
            client = make_client(protocol, transport, **where)
            self.addCleanup(client.close)
            yield client
            while protocol != "json":
                yield client

    def test_client_context_closes_and_the_server_serves_on(self):
        server = self.serve()
        for _ in range(3):
            with rpc.client_context(contract.TimeService, "127.0.0.1",
                                    server.port) as client:
                self.assertEqual(len(client.get_time()), 24)


if __name__ == "__main__":
    run_where_installed(LIBRARY)
    main()
