"""RPyC's own client."""

from __future__ import annotations

from typing import Callable, List

import rpyc
from link import Link


class RpycLink(Link):
    def __init__(self, port: int, timeout_s: float) -> None:
        stream = rpyc.SocketStream.connect("127.0.0.1", port, timeout=timeout_s)
        self._connection = rpyc.connect_stream(stream, config={"sync_request_timeout": timeout_s})

    def close(self) -> None:
        # close() asks the server, and would wait for one that is gone.
        self._connection._channel.close()

    def get_time(self) -> str:
        return self._connection.root.get_time()

    def begin_wait(self, milliseconds: int) -> Callable[[], int]:
        result = rpyc.async_(self._connection.root.wait)(milliseconds)
        result.set_expiry(self._connection._config["sync_request_timeout"])
        return lambda: result.value

    def together(self, slow_ms: int, quick: int) -> List[int]:
        order: List[int] = []
        slow = rpyc.async_(self._connection.root.wait)
        fast = rpyc.async_(self._connection.root.get_time)
        results = [slow(slow_ms)] + [fast() for _ in range(quick)]
        for index, result in enumerate(results):
            result.add_callback(lambda done, index=index: order.append(index))
        for result in results:
            result.set_expiry(self._connection._config["sync_request_timeout"])
            result.value
        return order
