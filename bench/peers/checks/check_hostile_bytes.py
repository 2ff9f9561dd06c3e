"""Do bytes that are no calls harm the process, or other clients?"""

from __future__ import annotations

import socket
import time
from typing import NamedTuple

from hostile_bytes import by_family
from matrix_answer import Answer, counted, either

ROW = "Hostile bytes harm nobody else"
HOW = ("garbage, sizes of 2 GiB declared, messages cut in half: each on 2 connections that stay open; does the "
       "process live, and is another client answered within 1.5 s meanwhile and afterwards?")
EACH = 2
PATIENCE_S = 1.5
MB = 1 << 20


class Attack(NamedTuple):
    sent: int        # bytes
    kinds: int
    alive: bool
    meanwhile: str   # why the other client was not answered; "" if it was
    afterwards: str
    resident: int    # bytes more, at most
    reserved: int    # bytes of address space more, at most


def attack(system) -> Attack:
    kinds = by_family()[system.family]
    strangers, sent = [], 0
    # Threads for all of them: that they hold these is another row.
    with system.serve("--threads", "64") as server:
        with system.open(server.port) as good:
            good.check_time()
        before = peak = server.memory()
        try:
            for data in [data for data in kinds.values() for _ in range(EACH)]:
                try:
                    stranger = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S)
                    strangers.append(stranger)
                    stranger.sendall(data)
                    sent += len(data)
                except OSError:
                    pass  # closed in the face of more
            until = time.monotonic() + 0.3
            while time.monotonic() < until:
                now = server.memory()
                peak = type(peak)(*map(max, peak, now))
                time.sleep(0.02)
            meanwhile = _fails(system, server.port)
        finally:
            for stranger in strangers:
                stranger.close()
        afterwards = _fails(system, server.port)
        return Attack(sent, len(kinds), server.alive, meanwhile, afterwards, peak.resident - before.resident,
                      peak.reserved - before.reserved)


def _fails(system, port: int) -> str:
    try:
        with system.open(port, PATIENCE_S) as good:
            good.check_time()
        return ""
    except Exception as error:
        return type(error).__name__


def check(system) -> Answer:
    seen = attack(system)
    evidence = f"{counted(seen.kinds, 'kind')} of bytes: "
    if not seen.alive:
        return either(False, evidence + "the process died")
    if seen.meanwhile or seen.afterwards:
        return either(False, evidence + "the process lives; another client was not answered "
                      f"{'meanwhile' if seen.meanwhile else 'afterwards'} ({seen.meanwhile or seen.afterwards})")
    return either(True, evidence + "the process lives, another client was answered meanwhile and afterwards")
