"""How long to wait before trying again."""

from __future__ import annotations

import random

_FIRST_S = 0.05
_LONGEST_S = 1.0


def backoff_s(failures: int) -> float:
    """Seconds to wait after the given number of failures (1 or more): twice
    as long each time, less up to a half at random, so that clients which lost
    one server together do not return together."""
    longest = min(_LONGEST_S, _FIRST_S * 2.0 ** min(failures - 1, 10))
    return longest * random.uniform(0.5, 1.0)
