"""Client of TimeService, a network time service over Apache Thrift.

    import time_client

    with time_client.connect("localhost:9090") as clock:
        print(clock.get_time())              # Tue Nov 24 21:30:56 2026
        print(clock.now())                   # true time, as an interval
        print(clock.exchange().offset_ns)    # server minus this host's clock
        print(clock.get_timestamps().first)  # larger than any before
        print(clock.to_local([0], "Asia/Tokyo")[0].text)

``BoundedClock`` knows true time without a call each time, ``TimestampSource``
hands out timestamps to many threads, and a ``ZoneTable`` converts arrays.

Every instant and duration that the service reports is a whole number of
nanoseconds (``int``), and its name ends in ``_ns``. An instant counts from
1970-01-01T00:00:00Z, as ``time.time_ns()`` does. Timeouts are in seconds.

``tls=True`` or a ``TlsOptions`` encrypts; certificates and names are always
checked.

Whatever goes wrong is a ``TimeClientError`` whose text is one line: the
endpoint, the step that failed, the likely cause.

Runs on thriftpy2 where it is installed, else on thriftpy (binary protocol
only). The environment variable TIME_CLIENT_THRIFT=thriftpy2|thriftpy forces
one of them.
"""

import sys

# Before anything that an older Python cannot even read.
if sys.version_info < (3, 8):
    _error = ImportError("time_client needs Python 3.8 or later, and this is "
                         + sys.version.split()[0])
    _error.name = __name__  # so that python -m prints no traceback
    raise _error

from .bounded_clock import BoundedClock
from .client import MAX_BATCH, MAX_TIMESTAMPS, TimeClient, connect
from .enums import (BadRequestCode, ClockState, Disambiguation, LocalKind,
                    OracleFault, OracleRole)
from .errors import (BadRequest, CallTimeout, ClockStepped, ClockUnreliable,
                     ConnectError, ConnectionLost, DeclaredError,
                     OracleUnavailable, Overloaded, ProtocolMismatch,
                     ServerError, ThriftMissing, TimeClientError, UsageError)
from .results import (ClockComparison, ClockStatus, LocalTime, OracleStatus,
                      ResolvedTime, ServerStatus, TimeInterval,
                      TimestampRange, ZonePeriod)
from .timestamp_source import TimestampSource
from .tls_options import TlsOptions
from .zone_table import ZoneTable

__all__ = [
    "BadRequest", "BadRequestCode", "BoundedClock", "CallTimeout",
    "ClockComparison", "ClockState", "ClockStatus", "ClockStepped",
    "ClockUnreliable", "ConnectError", "ConnectionLost", "DeclaredError",
    "Disambiguation", "LocalKind", "LocalTime", "MAX_BATCH",
    "MAX_TIMESTAMPS", "OracleFault", "OracleRole", "OracleStatus",
    "OracleUnavailable", "Overloaded", "ProtocolMismatch", "ResolvedTime",
    "ServerError", "ServerStatus", "ThriftMissing", "TimeClient",
    "TimeClientError", "TimeInterval", "TimestampRange", "TimestampSource",
    "TlsOptions", "UsageError", "ZonePeriod", "ZoneTable", "connect",
]
