"""This host's clock that nobody sets, and what it can say of true time.

CLOCK_BOOTTIME where there is one: it goes on while the host is suspended, when
CLOCK_MONOTONIC stands still and true time does not.
"""

from __future__ import annotations

import time

DRIFT_PPM = 500
"""By how much that clock may run fast or slow, in parts per million. 500 is
what the kernel lets a disciplined clock be slewed by, and more than oscillators
are off. chrony may slew faster while it works off a large offset: where clients
run it, set its maxslewrate, or give a larger bound."""

MAX_DRIFT_PPM = 100_000

_MILLION = 1_000_000


def _boot_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


boot_ns = _boot_ns if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic_ns


def longest_ns(elapsed_ns: int, drift_ppm: int = DRIFT_PPM) -> int:
    """The most true time that can have passed while that clock moved by so
    much, rounded up."""
    return -(-elapsed_ns * _MILLION // (_MILLION - drift_ppm))


def shortest_ns(elapsed_ns: int, drift_ppm: int = DRIFT_PPM) -> int:
    """The least, rounded down."""
    return elapsed_ns * (_MILLION - drift_ppm) // _MILLION
