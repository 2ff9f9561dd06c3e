"""Clients of every kind at once, on one server in its default mode: some stay
connected and call again and again, others come, ask and go.

    TIME_SERVER=... TIME_CLIENT=... python3 mixed_clients_test.py
"""

import itertools
import os
import select
import subprocess
import sys
import time

from published_clients import PublishedPrograms, with_apache, with_thriftpy
from raw_client import CTIME_BYTES
from system_test import (DEFAULT_MODE, IDL, PATIENCE_S, TIME_ZONE, SystemTest,
                         free_port, has_ipv6, interpreter_with, local_times_since, main,
                         need_apache, need_thriftpy)

CALLS = 500

# One that stays: says the time, waits for a line, makes its calls, each with a
# number of its own in it, and says the time again.
STAYING = """\
import sys
{connect}
print(client.get_time(), flush=True)
sys.stdin.readline()
for number in range({calls}):
    assert client.exchange(number).client_send_ns == number, number
print(client.get_time())
"""

THRIFTPY = """\
import {library} as library
from {library}.protocol import {protocol} as Protocol
from {library}.rpc import make_client
from {library}.transport import TFramedTransportFactory
contract = library.load({idl!r}, module_name='contract_thrift')
client = make_client(contract.TimeService, timeout={patience_ms},
                     proto_factory=Protocol(),
                     trans_factory=TFramedTransportFactory(), {where})
"""

APACHE = """\
sys.path.insert(0, {directory!r})
from apache_client import ApacheClient
client = ApacheClient({port}, "json", "buffered", host={host!r}).__enter__()
"""


def thriftpy(library, protocol, where):
    return THRIFTPY.format(library=library, protocol=protocol, idl=IDL,
                           patience_ms=int(PATIENCE_S * 1000), where=where)


class MixedClientsTest(SystemTest):
    def setUp(self):
        need_apache("clients of every kind at once")
        self.thriftpy2 = need_thriftpy("thriftpy2")
        # The first of them is nowhere to be had but in Debian 12.
        self.oldest = ("thriftpy" if interpreter_with("thriftpy") else
                       "thriftpy2")
        self.programs = PublishedPrograms()
        self.addCleanup(self.programs.cleanup)
        self.programs.generate()
        self.time_server = self.server()
        self.path = f"{self.time_server.directory}/s"
        self.hosts = ["127.0.0.1", "[::1]"] if has_ipv6() else ["127.0.0.1"]
        port = free_port()
        self.time_server.start(
            [f"--listen={host}:{port}" for host in self.hosts]
            + [f"--listen=unix:{self.path}"], {"TZ": TIME_ZONE})

    def start(self, *command, stdin=subprocess.DEVNULL):
        program = subprocess.Popen(
            command, stdin=stdin, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8")
        self.addCleanup(program.__exit__, None, None, None)
        self.addCleanup(program.kill)
        return program

    def start_those_that_stay(self):
        """Each in another dialect, over another kind of endpoint."""
        connects = (
            (interpreter_with(self.oldest),
             thriftpy(self.oldest, "TBinaryProtocolFactory",
                      f"host='127.0.0.1', port={self.time_server.port}")),
            (self.thriftpy2,
             thriftpy("thriftpy2", "TCompactProtocolFactory",
                      f"unix_socket={self.path!r}")),
            (sys.executable,
             APACHE.format(directory=os.path.dirname(os.path.abspath(__file__)),
                           port=self.time_server.port,
                           host=self.hosts[-1].strip("[]"))))
        return [self.start(python, "-c", STAYING.format(connect=connect,
                                                        calls=CALLS),
                           stdin=subprocess.PIPE)
                for python, connect in connects]

    def start_those_that_ask_once(self):
        """The two published programs, and the command line in every dialect, at
        every endpoint."""
        port = self.time_server.port
        started = [
            self.programs.start(sys.executable, with_apache(port)),
            self.programs.start(interpreter_with(self.oldest),
                                with_thriftpy(self.oldest, port))]
        for endpoint, protocol, transport in itertools.product(
                self.time_server.endpoints, ("binary", "compact", "json"),
                ("buffered", "framed")):
            started.append(self.start(
                os.environ["TIME_CLIENT"], "--endpoint", endpoint, "--protocol",
                protocol, "--transport", transport, "--retries", "0",
                "get_time"))
        return started

    def read_line(self, program):
        self.assertTrue(select.select([program.stdout], [], [], PATIENCE_S)[0])
        line = program.stdout.readline()
        self.assertTrue(line, line or program.communicate(timeout=PATIENCE_S))
        return line

    def test_all_are_served_at_once(self):
        self.assertIn(f"; mode {DEFAULT_MODE}, protocol auto, transport auto",
                      self.time_server.ready_line)
        before_s = time.time()
        staying = self.start_those_that_stay()
        said = [self.read_line(program) for program in staying]
        asking = self.start_those_that_ask_once()
        for program in staying:
            program.stdin.write("\n")
            program.stdin.flush()
        for program in staying + asking:
            out, err = program.communicate(timeout=PATIENCE_S)
            self.assertEqual((program.returncode, err), (0, ""), program.args)
            said.append(out)
        for line in said:
            self.assertIn(line.rstrip("\n")[-CTIME_BYTES:],
                          local_times_since(before_s))
        self.assertEqual(self.time_server.stop(), 0)
        self.assertNotIn("warning", self.time_server.stderr())


if __name__ == "__main__":
    main()
