"""The bytes that a library's client sends for one call, with a timeout and without."""

from __future__ import annotations

import threading
from typing import List, Optional

from library_clients import CLIENTS
from matrix_answer import Missing
from served_process import eventually
from silent_server import SilentServer

# What a call of each family begins to send after its connection is made.
_SETTLED_S = 0.3


def sent_by(library: str, timeout_s: Optional[float]) -> bytes:
    """All that it sent until it waits for the reply."""
    with SilentServer() as server:
        failed: List[Missing] = []
        call = threading.Thread(target=_ignore, args=(failed, CLIENTS[library], server.port, timeout_s), daemon=True)
        call.start()
        eventually(lambda: bool(server.received), 2.0)
        before = None
        while before != server.received:
            before = server.received
            call.join(_SETTLED_S)
    # The silent server is gone, and with it the call.
    call.join(5.0)
    if failed:
        raise failed[0]
    return before or b""


def _ignore(failed: List[Missing], client, *arguments) -> None:
    try:
        client(*arguments)
    except Missing as why:
        failed.append(why)
    except Exception:
        pass
