"""Client of TimeService, a network time service over Apache Thrift.

    import time_client

    with time_client.connect("localhost:9090") as clock:
        print(clock.get_time())              # Tue Nov 24 21:30:56 2026
        print(clock.exchange().offset_ns)    # server minus this host's clock

Every instant and duration that the service reports is a whole number of
nanoseconds (``int``), and its name ends in ``_ns``. An instant counts from
1970-01-01T00:00:00Z, as ``time.time_ns()`` does. Timeouts are in seconds.

Whatever goes wrong is a ``TimeClientError`` whose text is one line: the
endpoint, the step that failed, the likely cause.

Runs on thriftpy2 where it is installed, else on thriftpy (binary protocol
only). The environment variable TIME_CLIENT_THRIFT=thriftpy2|thriftpy forces
one of them.
"""

from .client import TimeClient, connect
from .errors import (CallTimeout, ClockStepped, ConnectError, ConnectionLost,
                     DeclaredError, ProtocolMismatch, ServerError,
                     TimeClientError, UsageError)
from .results import ClockComparison, ClockState, ClockStatus, ServerStatus

__all__ = [
    "CallTimeout", "ClockComparison", "ClockState", "ClockStatus",
    "ClockStepped", "ConnectError", "ConnectionLost", "DeclaredError",
    "ProtocolMismatch", "ServerError", "ServerStatus", "TimeClient",
    "TimeClientError", "UsageError", "connect",
]
