"""failing_thrift_server.py [--threads N] [FAILING...]: answers get_time and wait in unframed
binary Thrift, with a thread for each connection, --threads calls at a time; and fails at
what it is told, so that a check is seen to notice.

    starves      serves --threads connections at a time, idle or not
    loses        SIGTERM ends it with calls under way
    ends-badly   SIGTERM ends it with exit code 1
    reorders     answers a slow call after the quick ones behind it
    forgets      answers one call of those that come together
    abandoned    runs calls whose client has gone
    dies         at bytes that it does not understand
    stalls       at bytes that it does not understand: nobody is answered any more
    hoards       memory as large as a message says that it is, up to 64 MB
"""

import os
import signal
import socket
import struct
import sys
import threading
import time

FAILINGS = ("starves", "loses", "ends-badly", "reorders", "forgets", "abandoned", "dies", "stalls", "hoards")
words = sys.argv[1:]
threads = 64
if "--threads" in words:
    at = words.index("--threads")
    threads = int(words[at + 1])
    del words[at:at + 2]
failing = set(words)
assert failing <= set(FAILINGS), failing

running = threading.Semaphore(threads)
connected = threading.Semaphore(threads if "starves" in failing else 1 << 20)
open_to_calls = threading.Event()
open_to_calls.set()
under_way = 0
counting = threading.Condition()
hoard = []


class Misunderstood(Exception):
    pass


class Bytes:
    def __init__(self, connection):
        self.connection = connection
        self.unread = b""

    def take(self, length):
        if not 0 <= length < 1 << 20:
            if "hoards" in failing:
                hoard.append(bytearray(b"\1" * min(abs(length), 64 << 20)))
            raise Misunderstood(length)
        while len(self.unread) < length:
            more = self.connection.recv(65536)
            if not more:
                raise EOFError
            self.unread += more
        taken, self.unread = self.unread[:length], self.unread[length:]
        return taken

    def call(self):
        """Name, seqid and the argument, 0 without one."""
        version, length = struct.unpack(">Ii", self.take(8))
        if version != 0x80010001:
            raise Misunderstood(version)
        name = self.take(length).decode()
        seqid, kind = struct.unpack(">ib", self.take(5))
        if kind == 0:
            return name, seqid, 0
        if kind == 11:
            self.take(struct.unpack(">hi", self.take(6))[1])
        if kind != 8:
            raise Misunderstood(kind)
        return name, seqid, struct.unpack(">hib", self.take(7))[1]


def reply(name, seqid, argument):
    head = struct.pack(">Ii", 0x80010002, len(name)) + name.encode() + struct.pack(">i", seqid)
    if name == "wait":
        return head + struct.pack(">bhib", 8, 0, argument, 0)
    text = time.ctime().encode()
    return head + struct.pack(">bhi", 11, 0, len(text)) + text + b"\0"


def gone(connection):
    try:
        return not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True


def answer(connection, name, seqid, argument):
    with running:
        if "abandoned" not in failing and gone(connection):
            return
        time.sleep(argument / 1000)
        try:
            connection.sendall(reply(name, seqid, argument))
        except OSError:
            pass


def counted(what, *arguments):
    global under_way
    with counting:
        under_way += 1
    try:
        what(*arguments)
    finally:
        with counting:
            under_way -= 1
            counting.notify_all()


def serve(connection):
    received = Bytes(connection)
    with connected:
        try:
            while True:
                call = received.call()
                if "stalls" in failing and not open_to_calls.is_set():
                    return
                if "forgets" in failing:
                    received.unread = b""
                if "reorders" in failing and call[2]:
                    threading.Thread(target=counted, args=(answer, connection, *call), daemon=True).start()
                else:
                    counted(answer, connection, *call)
        except (Misunderstood, struct.error, UnicodeDecodeError):
            if "dies" in failing:
                os._exit(9)
            if "stalls" in failing:
                open_to_calls.clear()
        except (EOFError, OSError):
            pass
        finally:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def end(*_):
    if "loses" not in failing:
        # The accepting thread is this one: it no longer accepts.
        with counting:
            counting.wait_for(lambda: not under_way, 5)
    os._exit(1 if "ends-badly" in failing else 0)


signal.signal(signal.SIGTERM, end)
listener = socket.create_server(("127.0.0.1", 0))
print(f"ready: 127.0.0.1:{listener.getsockname()[1]}", flush=True)
while True:
    accepted, _ = listener.accept()
    threading.Thread(target=serve, args=(accepted,), daemon=True).start()
