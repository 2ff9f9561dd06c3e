"""An instant on the monotonic clock by which something must be done."""

from __future__ import annotations

import time


class Deadline:
    """``seconds`` from now. Setting the wall clock does not move it."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining_s(self) -> float:
        """Seconds left; 0.0 once it has passed."""
        return max(0.0, self._end - time.monotonic())
