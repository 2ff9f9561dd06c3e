"""An RPyC client and a server of an object, in one process."""

from __future__ import annotations

import contextlib
import threading
from typing import Any, Iterator, Mapping

import rpyc
from rpyc.utils.server import ThreadedServer


@contextlib.contextmanager
def served(handler: Any, config: Mapping[str, Any] = {}) -> Iterator[Any]:
    """The root that a client sees of the handler's exposed_ methods."""
    service = type("Served", (rpyc.Service,), {
        name: staticmethod(getattr(handler, name)) for name in dir(handler) if name.startswith("exposed_")})
    server = ThreadedServer(service, hostname="127.0.0.1", port=0, protocol_config=dict(config))
    server._listen()  # start() then finds it done
    serving = threading.Thread(target=server.start, daemon=True)
    serving.start()
    connection = rpyc.connect("127.0.0.1", server.port, config={"sync_request_timeout": 3, **config})
    try:
        yield connection.root
    finally:
        connection.close()
        server.close()
        serving.join(3)
