"""The kinds of call that a client of a peer makes, and whether a reply is right."""

from __future__ import annotations

import argparse
import re
from typing import Any, Tuple

CALLS = ("get_time", "echo", "prices", "wait")

_CTIME = re.compile(r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}", re.ASCII)


class Workload:
    """One kind of call: its arguments, and whether a reply to it is right."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.name: str = options.call
        self.arguments: Tuple[Any, ...] = ()
        if self.name == "get_time":
            self.right = lambda reply: isinstance(reply, str) and _CTIME.fullmatch(reply) is not None
        elif self.name == "echo":
            # Begins with 0xff, which no UTF-8 does: some libraries make text of bytes that are.
            payload = bytes(255 - index % 256 for index in range(options.bytes))
            self.arguments = (payload,)
            self.right = lambda reply: isinstance(reply, bytes) and reply == payload
        elif self.name == "prices":
            prices = [100.0 + index / 4 for index in range(options.count)]
            self.arguments = (options.count,)
            self.right = lambda reply: list(reply) == prices
        else:
            self.arguments = (options.milliseconds,)
            self.right = lambda reply: reply == options.milliseconds
