"""One connection of a check to a server, in its framework's dialect.

Every call waits as long as the link's timeout at most, then throws; so does what goes wrong.
"""

from __future__ import annotations

import re
from typing import Callable, Dict, List

_CTIME = re.compile(r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}", re.ASCII)


class Link:
    def get_time(self) -> str:
        raise NotImplementedError

    def begin_wait(self, milliseconds: int) -> Callable[[], int]:
        """Sends a call of `wait`; what is returned waits for its reply."""
        raise NotImplementedError

    def wait(self, milliseconds: int) -> int:
        return self.begin_wait(milliseconds)()

    def together(self, slow_ms: int, quick: int) -> List[int]:
        """Sends `wait(slow_ms)`, which is call 0, and as many get_time as `quick` before any
        reply is read; the calls in the order of their replies."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def check_time(self) -> None:
        """Throws unless get_time() is answered with a time."""
        reply = self.get_time()
        if not _CTIME.fullmatch(reply):
            raise ValueError(f"{reply!r} is no time")

    def __enter__(self) -> Link:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


# Opens a link to a port of 127.0.0.1; the second argument is the timeout in seconds.
Opener = Callable[[int, float], Link]


def openers() -> Dict[str, Opener]:
    """By family. A family whose package is absent fails when it opens."""
    def buffered(port: int, timeout_s: float) -> Link:
        from thrift_link import ThriftLink
        return ThriftLink(port, timeout_s, framed=False)

    def framed(port: int, timeout_s: float) -> Link:
        from thrift_link import ThriftLink
        return ThriftLink(port, timeout_s, framed=True)

    def grpc(port: int, timeout_s: float) -> Link:
        from grpc_link import GrpcLink
        return GrpcLink(port, timeout_s)

    def rpyc(port: int, timeout_s: float) -> Link:
        from rpyc_link import RpycLink
        return RpycLink(port, timeout_s)

    return {"thrift": buffered, "framed thrift": framed, "grpc": grpc, "rpyc": rpyc}
