"""lying_server.py LIE SERVER [FLAG...]: runs the server of a Python peer, whose handler lies.

A lie is `NAME of CALL`; LIES lists them. `error of CALL` raises an exception, and
`death of CALL` ends the process.
"""

import os
import runpy
import sys
import time

LIES = {
    "get_time": {
        "text": lambda: "five past four",
        "half": lambda: time.ctime()[:-1],
        "more": lambda: time.ctime() + "\n",
        "nothing": lambda: "",
    },
    "echo": {
        "flipped": lambda payload: payload[:-1] + bytes([payload[-1] ^ 1]),
        "short": lambda payload: payload[:-1],
        "long": lambda payload: payload + b"\xff",
    },
    "prices": {
        "short": lambda count: [100.0 + 0.25 * index for index in range(count - 1)],
        "long": lambda count: [100.0 + 0.25 * index for index in range(count + 1)],
        "off": lambda count: [100.0 + 0.25 * index for index in range(count - 1)] + [99.0],
    },
    "wait": {
        "other": lambda milliseconds: milliseconds + 1,
    },
}


def raise_error(*arguments):
    raise RuntimeError("this handler fails")


def die(*arguments):
    os._exit(9)


if __name__ == "__main__":
    lie, server, *flags = sys.argv[1:]
    sys.path.insert(0, os.path.dirname(server))
    import peer_service

    name, call = lie.split(" of ")
    answer = {"error": raise_error, "death": die, **LIES[call]}[name]
    setattr(peer_service.PeerService, call, lambda self, *arguments: answer(*arguments))
    sys.argv = [server, *flags]
    runpy.run_path(server, run_name="__main__")
