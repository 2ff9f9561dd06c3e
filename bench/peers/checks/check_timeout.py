"""Does a client stop waiting when it was told to?"""

from __future__ import annotations

import time

from library_clients import CLIENTS
from matrix_answer import Answer, Missing, either, no
from silent_server import SilentServer

ROW = "Timeout of a call"
HOW = ("the library's own client is told to wait for 0.5 s, and calls a server that accepts and never answers: is"
       " it back with an error within 0.4 to 1.5 s?")
LIBRARY = True
TIMEOUT_S = 0.5


def check(system) -> Answer:
    with SilentServer() as server:
        begun = time.monotonic()
        try:
            CLIENTS[system.library](server.port, TIMEOUT_S)
            return no("the call returned without an error")
        except (Missing, ImportError):
            raise
        except Exception as error:
            seconds = time.monotonic() - begun
            return either(0.8 * TIMEOUT_S <= seconds <= 3 * TIMEOUT_S,
                          f"{type(error).__name__} after {seconds:.1f} s")
