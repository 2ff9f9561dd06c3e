"""fake_peer.py server|client: a peer that the tests of the comparison can make fail. A line
of text for each call, and one for each reply.

The server's faults are `--fault KIND:CALL`; a kind is wrong, error, hang or die. With
--from-start N and --starts FILE it has them from its Nth start on. --busy makes each call
take processor time, --slow other time, --begin the start, --welcome each connection; --child
takes it in a child; --greeting sends so many bytes to whoever connects. --never-ready says
nothing. --pids FILE tells its process, --stops FILE each SIGTERM, and then it takes its time
to end.
"""

import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench", "peers", "python"))
import peer_client  # noqa: E402
from peer_service import PeerService, end_at_sigterm, say_ready, server_flags  # noqa: E402

# Burns as many milliseconds of processor time as each line says.
_BURN = """
import sys, time
for line in sys.stdin:
    end = time.process_time() + float(line) / 1e3
    while time.process_time() < end: pass
    print(flush=True)
"""


def burn(milliseconds):
    end = time.thread_time() + milliseconds / 1e3
    while time.thread_time() < end:
        pass


class Burner:
    """A child's child that burns, for one caller at a time. Both end with this process."""

    def __init__(self):
        self._process = subprocess.Popen(["sh", "-c", '"$@"; true', "sh", sys.executable, "-c", _BURN],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self._lock = threading.Lock()

    def __call__(self, milliseconds):
        with self._lock:
            self._process.stdin.write(f"{milliseconds}\n")
            self._process.stdout.readline()


def served(name, argument):
    service = PeerService()
    if name == "get_time":
        return service.get_time()
    if name == "echo":
        return argument
    if name == "prices":
        return ",".join(map(str, service.prices(int(argument))))
    return str(service.wait(int(argument)))


def serve(options):
    faults = dict(reversed(fault.split(":")) for fault in options.fault)
    if options.starts:
        with open(options.starts, "a+", encoding="utf-8") as file:
            file.write("started\n")
            file.seek(0)
            if len(file.readlines()) < options.from_start:
                faults = {}
    if options.pids:
        with open(options.pids, "a", encoding="utf-8") as file:
            file.write(f"{os.getpid()}\n")
    take = Burner() if options.child else burn
    burn(options.begin)

    class Handler(socketserver.StreamRequestHandler):
        disable_nagle_algorithm = True

        def handle(self):
            self.wfile.write(b"-" * options.greeting)
            burn(options.welcome)
            for line in self.rfile:
                name, argument = line.decode().rstrip("\n").split(" ")
                fault = faults.get(name)
                if fault == "die":
                    os._exit(9)
                if fault == "hang":
                    time.sleep(600)
                if fault == "error":
                    return
                if options.busy:
                    take(options.busy)
                time.sleep(options.slow / 1e3)
                reply = served(name, argument)
                if fault == "wrong":
                    reply = reply[:-1] + ("0" if reply[-1] != "0" else "1")
                    if name == "get_time":
                        reply = "noon"
                self.wfile.write(reply.encode() + b"\n")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 128

    server = Server(("127.0.0.1", options.port), Handler)
    if options.never_ready:
        signal.pause()

    def stop():
        if options.stops:
            with open(options.stops, "a", encoding="utf-8") as file:
                file.write("stop\n")
            time.sleep(0.2)

    end_at_sigterm(stop)
    say_ready(server.server_address[1])
    server.serve_forever()


class Calls(peer_client.Connection):
    def __init__(self, options):
        self._socket = socket.create_connection(("127.0.0.1", options.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rwb")
        self._file.read(options.greeting)

    def send(self, name, argument=""):
        self._file.write(f"{name} {argument}\n".encode())
        self._file.flush()

    def receive(self):
        line = self._file.readline()
        if not line:
            raise ConnectionError("the server closed the connection")
        return line.decode().rstrip("\n")

    def _call(self, name, argument=""):
        self.send(name, argument)
        return _understood(name, self.receive())

    def get_time(self):
        return self._call("get_time")

    def echo(self, payload):
        return self._call("echo", payload.hex())

    def prices(self, count):
        return self._call("prices", count)

    def wait(self, milliseconds):
        return self._call("wait", milliseconds)


def _understood(name, reply):
    if name == "echo":
        return bytes.fromhex(reply)
    if name == "prices":
        return [float(price) for price in reply.split(",")]
    return int(reply) if name == "wait" else reply


def window(options):
    calls = Calls(options)

    def start(name, *arguments):
        calls.send(name, *arguments)
        return lambda: _understood(name, calls.receive())

    return start


def main():
    role = sys.argv.pop(1)
    if role == "client":
        flags = peer_client.client_flags(__doc__)
        flags.add_argument("--greeting", type=int, default=0)
        flags.add_argument("--no-window", action="store_true")
        no_window = "--no-window" in sys.argv
        peer_client.main(flags, Calls, "it knows no such thing" if no_window else window)
    flags = server_flags(__doc__)
    flags.add_argument("--fault", action="append", default=[])
    for name in ("--from-start", "--greeting"):
        flags.add_argument(name, type=int, default=0)
    for name in ("--busy", "--slow", "--begin", "--welcome"):
        flags.add_argument(name, type=float, default=0.0)
    for name in ("--starts", "--pids", "--stops"):
        flags.add_argument(name)
    for name in ("--child", "--never-ready"):
        flags.add_argument(name, action="store_true")
    serve(flags.parse_args())


if __name__ == "__main__":
    main()
