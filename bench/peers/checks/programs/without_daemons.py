"""without_daemons.py SERVER [FLAG...]: runs the server of a Python peer with threads that are
not daemons, which is what thriftpy2 and Apache Thrift make unless they are told otherwise.
Such a process ends when its threads have."""

import os
import runpy
import sys


def without_daemon(server):
    made = server.__init__

    def make(self, *arguments, **named):
        named.pop("daemon", None)
        made(self, *arguments, **named)

    server.__init__ = make


if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    sys.path.insert(0, os.path.dirname(os.path.abspath(sys.argv[0])))
    if os.path.basename(sys.argv[0]) == "thriftpy_server.py":
        from thriftpy2.server import TThreadedServer
        without_daemon(TThreadedServer)
    else:
        from thrift.server.TServer import TThreadPoolServer
        without_daemon(TThreadPoolServer)
    runpy.run_path(sys.argv[0], run_name="__main__")
