"""Two small programs that call this service, as they were published: they know one
method. They run as they stand, but for the port."""

from __future__ import annotations

import os
import subprocess
import tempfile
from typing import List

from system_test import PATIENCE_S, THRIFT_COMPILER

IDL = """\
service TimeService {
    string get_time()
}
"""

APACHE_CLIENT = """\
import sys

from thrift import Thrift
from thrift.protocol import TBinaryProtocol
from thrift.transport import TSocket, TTransport
sys.path.append('gen-py')
from time_service import TimeService


def main():
    transport = TSocket.TSocket('localhost', {port})
    transport = TTransport.TBufferedTransport(transport)
    protocol = TBinaryProtocol.TBinaryProtocol(transport)
    client = TimeService.Client(protocol)
    transport.open()

    ts = client.get_time()
    print('Client Received {{}}'.format(ts))

    transport.close()


if __name__ == '__main__':
    try:
        main()
    except Thrift.TException as tx:
        print('%s' % tx.message)
"""

THRIFTPY_CLIENT = """\
import thriftpy
from thriftpy.rpc import make_client

time_thrift = thriftpy.load('time_service.thrift', module_name='time_thrift')
client = make_client(time_thrift.TimeService, '127.0.0.1', {port})
print(client.get_time())
"""


class PublishedPrograms:
    """A folder with the IDL beside the programs, which read it or what is made of
    it. Ends those that still run when it is cleaned up."""

    def __init__(self) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="published-")
        self.folder = self._temporary.name
        self._started: List[subprocess.Popen[str]] = []
        self._write("time_service.thrift", IDL)

    def cleanup(self) -> None:
        for program in self._started:
            with program:  # which closes its pipes
                program.kill()
        self._temporary.cleanup()

    def generate(self) -> None:
        """What the program with Apache's library imports."""
        subprocess.run([THRIFT_COMPILER, "-r", "--gen", "py",
                        "time_service.thrift"], cwd=self.folder,
                       check=True, timeout=PATIENCE_S)

    def start(self, python: str, text: str) -> subprocess.Popen[str]:
        """Runs a program; several may run at a time."""
        name = f"client_{len(self._started)}.py"
        self._write(name, text)
        program = subprocess.Popen(
            [python, name], cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        self._started.append(program)
        return program

    def _write(self, name: str, text: str) -> None:
        with open(os.path.join(self.folder, name), "w",
                  encoding="utf-8") as file:
            file.write(text)


def with_thriftpy(library: str, port: int) -> str:
    """The program with thriftpy, or with thriftpy2 in its place."""
    text = THRIFTPY_CLIENT.format(port=port)
    if library == "thriftpy2":
        text = text.replace("import thriftpy\n",
                            "import thriftpy2 as thriftpy\n")
        text = text.replace("from thriftpy.rpc", "from thriftpy2.rpc")
    return text


def with_apache(port: int) -> str:
    """The program with Apache's library."""
    return APACHE_CLIENT.format(port=port)
