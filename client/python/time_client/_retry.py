"""How long to wait before trying again."""

from __future__ import annotations

import random
import time

from ._deadline import Deadline

_FIRST_S = 0.05
_LONGEST_S = 1.0


def backoff_s(failures: int) -> float:
    """Seconds to wait after the given number of failures (1 or more): twice
    as long each time, less up to a half at random, so that clients which lost
    one server together do not return together."""
    longest = min(_LONGEST_S, _FIRST_S * 2.0 ** min(failures - 1, 10))
    return longest * random.uniform(0.5, 1.0)


class Retry:
    """The tries of one call, and the pauses between them."""

    def __init__(self, retries: int, deadline: Deadline) -> None:
        self._retries = retries
        self._deadline = deadline
        self._failures = 0

    def pause(self, error: Exception) -> None:
        """After a try that failed. Raises its error if there is none left, or
        no time for one."""
        self._failures += 1
        delay_s = backoff_s(self._failures)
        if (self._failures > self._retries
                or delay_s >= self._deadline.remaining_s()):
            raise error
        time.sleep(delay_s)
