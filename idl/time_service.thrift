/*
 * TimeService: one clock, one timestamp oracle and one time-zone authority for
 * a fleet.
 *
 * CONVENTIONS
 *  - Field and argument names end in their unit: _ns, _ms, _s.
 *  - An instant is an i64 count of nanoseconds since 1970-01-01T00:00:00Z on the
 *    POSIX time scale (UTC, 86400 s per day, leap seconds not counted), from
 *    1677-09-21T00:12:43.145224193Z to 2262-04-11T23:47:16.854775807Z.
 *    The value -2^63 is never valid (numpy and pandas use it for NaT).
 *  - zone is a tzdb name such as "America/New_York" or "UTC"; "" means "UTC".
 *    Names are case-sensitive. list_zones() tells which ones exist.
 *  - format is a strftime-like pattern of at most 128 bytes, in the C locale.
 *    Conversions: %Y %m %d %e %j %H %I %p %M %S %f (fraction of the second:
 *    writes 9 digits, reads 1 to 9) %z (+hhmm) %Ez (+hh:mm), both with the
 *    seconds where the offset has some, %Z (output only) %a %A %b %B %u %V %G
 *    %y %s %F %T %%.
 *    "" means ISO 8601: writes "2026-11-01T01:30:00.000000000-04:00"; reads
 *    that, with "T" or a space, and the seconds, fraction and offset optional.
 *  - A list call is all or nothing: the first bad item fails the whole call, and
 *    BadRequest.index says which item it was.
 *
 * EVOLUTION
 *  - Field ids and enum numbers are never reused or renumbered. New fields get
 *    new ids and must be ignorable. No field is 'required'.
 *  - A reader takes an enum number that it does not know as that enum's 0.
 *  - A new call is a new method: an old server answers it with
 *    TApplicationException UNKNOWN_METHOD. An existing call never gains a new
 *    exception type (old clients could not decode it), only new codes in one.
 *  - Kept to the subset that Apache Thrift 0.17 and thriftpy 0.3.9 share: no i8,
 *    no uuid, no binary, no union, no annotations, no oneway, every type defined
 *    before use, every field numbered; over the binary protocol.
 */

namespace cpp timeservice
namespace py timeservice
namespace java timeservice

/** Most timestamps that one get_timestamps call hands out. */
const i32 MAX_TIMESTAMPS = 1000000

/** Most items in the list given to to_local or from_local. */
const i32 MAX_BATCH = 10000

/** How far the server trusts its own clock. */
enum ClockState {
  /** Nothing is known about the clock: no error bound can be given. */
  UNKNOWN = 0,
  /** Disciplined by a time source; the bound was refreshed recently. */
  SYNCHRONIZED = 1,
  /** The time source went silent; the bound still holds, and grows. */
  HOLDOVER = 2,
  /** Not synchronized, or stepped and not confirmed since. No bound holds. */
  UNSYNCHRONIZED = 3
}

/** What to do with a local time that a zone skips or repeats. */
enum Disambiguation {
  /** Fail with NONEXISTENT_TIME or AMBIGUOUS_TIME. */
  REJECT = 0,
  /** Repeated: the earlier one. Skipped: moved forward by the gap (RFC 5545). */
  COMPATIBLE = 1,
  /** Repeated: the earlier one. Skipped: moved back by the gap. */
  EARLIER = 2,
  /** Repeated: the later one. Skipped: moved forward by the gap. */
  LATER = 3
}

/** How a local time relates to the time line of its zone. */
enum LocalKind {
  UNKNOWN = 0,
  /** Exactly one instant, or the text carried its own UTC offset. */
  UNIQUE = 1,
  /** The clocks were set forward past it: no instant. */
  SKIPPED = 2,
  /** The clocks were set back over it: two instants. */
  REPEATED = 3
}

enum OracleRole {
  UNKNOWN = 0,
  /** Hands out timestamps. */
  SERVING = 1,
  /** Healthy, but another server is the leader. */
  STANDBY = 2,
  /** Cannot hand out timestamps now (storage or lease lost, starting). */
  UNAVAILABLE = 3,
  /** Switched off by configuration. */
  DISABLED = 4
}

enum BadRequestCode {
  UNKNOWN = 0,
  /** The zone is not in the server's tz database. */
  UNKNOWN_ZONE = 1,
  /** The format is too long or has an unknown conversion. */
  BAD_FORMAT = 2,
  /** The text does not match the format, or names an impossible date. */
  BAD_TEXT = 3,
  /** A number or a resulting instant is out of the documented range. */
  OUT_OF_RANGE = 4,
  /** The list is longer than MAX_BATCH. */
  TOO_MANY = 5,
  /** The policy is REJECT and the zone skips this local time. */
  NONEXISTENT_TIME = 6,
  /** The policy is REJECT and the zone repeats this local time. */
  AMBIGUOUS_TIME = 7
}

enum OracleFault {
  UNKNOWN = 0,
  /** Another server leads: ask 'leader'. */
  NOT_LEADER = 1,
  /** The high-water mark could not be made durable. */
  STORAGE = 2,
  /** More timestamps were asked for than nanoseconds went by. */
  EXHAUSTED = 3,
  /** Starting, stopping, electing or switched off. */
  NOT_READY = 4
}

/** True time lay within [earliest_ns, latest_ns] at one moment of the call. */
struct TimeInterval {
  1: i64 earliest_ns,
  2: i64 latest_ns,
  /** SYNCHRONIZED or HOLDOVER. */
  3: ClockState state
}

/** The server half of a four-timestamp clock comparison. See exchange(). */
struct ClockExchange {
  /** Echo of the argument, T1. */
  1: i64 client_send_ns,
  /** Server clock when the request arrived, T2. */
  2: i64 server_receive_ns,
  /** Server clock when the reply was made, T3. */
  3: i64 server_send_ns,
  /** Bound on |server clock - true time| at T3; -1 if none can be given. */
  4: i64 error_ns = -1,
  5: ClockState state
}

/** The timestamps first, first + 1, ... first + count - 1. */
struct TimestampRange {
  1: i64 first,
  2: i32 count
}

/** An instant as a zone's wall clock shows it. */
struct LocalTime {
  1: string text,
  /** Local time minus UTC, in seconds; east of Greenwich is positive. */
  2: i32 utc_offset_s,
  /** For people only: abbreviations such as "CST" are not unique. */
  3: string abbreviation
}

/** A local time as an instant. */
struct ResolvedTime {
  1: i64 instant_ns,
  2: LocalKind kind,
  /** The text's local time minus instant_ns; 0 for %s without an offset. */
  3: i32 utc_offset_s
}

/** A stretch of time, from start_ns up to but not including end_ns, in which a
 *  zone keeps one UTC offset and abbreviation. */
struct ZonePeriod {
  1: i64 start_ns,
  2: i64 end_ns,
  3: i32 utc_offset_s,
  4: string abbreviation
}

struct ClockStatus {
  1: i64 now_ns,
  2: ClockState state,
  /** Bound on |now_ns - true time|; -1 if none can be given. */
  3: i64 error_ns = -1,
  /** Where the bound comes from: "kernel", "chrony", "clockbound", "fixed". */
  4: string bound_source,
  /** Wall-clock steps seen since the server started. */
  5: i64 steps,
  /** TAI - UTC; 0 if unknown or if the leap-second table has expired. */
  6: i32 tai_offset_s,
  /** +1 or -1: a leap second ends this UTC day; 0: none announced. */
  7: i32 pending_leap_s
}

struct OracleStatus {
  1: OracleRole role,
  /** host:port of the leader as far as known, else "". */
  2: string leader,
  /** No timestamp handed out by this server is above this value. */
  3: i64 last_timestamp,
  /** Durable high-water mark: a restarted server starts above it. */
  4: i64 watermark,
  /** How far last_timestamp is ahead of the clock; 0 if it is not. */
  5: i64 ahead_ns
}

struct ServerStatus {
  1: string version,
  2: i64 started_ns,
  /** Release of the loaded tz database, such as "2025b". */
  3: string tzdb_version,
  4: ClockStatus clock,
  5: OracleStatus oracle
}

/** The request cannot succeed as it is: do not retry it unchanged. */
exception BadRequest {
  1: string message,
  2: BadRequestCode code,
  /** Position of the offending item in the list given, or -1. */
  3: i32 index = -1
}

/** The clock cannot give the promise that was asked for. */
exception ClockUnreliable {
  1: string message,
  2: ClockState state,
  /** The bound that could be given, or -1 if none. */
  3: i64 error_ns = -1
}

/** No timestamp was handed out. Retrying is always safe. */
exception OracleUnavailable {
  1: string message,
  2: OracleFault fault,
  /** Whom to ask instead, as host:port, or "". */
  3: string leader,
  /** Wait this long before a retry here; 0 if unknown. */
  4: i32 retry_after_ms
}

service TimeService {

  /** The server's local time as ctime(3) writes it, without its newline (as
   *  Python's time.ctime() does): "Tue Nov 24 21:30:56 2026", 24 characters.
   *  The original call; it never changes. For people. It never fails, not even
   *  when the clock is unsynchronized. */
  string get_time(),

  /** True time as an interval, like TrueTime's TT.now. It holds at some moment
   *  between the client's sending and receiving, so on receipt true time lies
   *  within [earliest_ns, latest_ns + round trip]. An instant t is surely past
   *  if t < earliest_ns; it was surely to come if t > latest_ns.
   *
   *  max_error_ns: fail if half the width is larger; 0 or less means no limit.
   *  Fails rather than return a bound that does not hold. */
  TimeInterval now(1: i64 max_error_ns) throws (1: ClockUnreliable unreliable),

  /** One NTP-style exchange, to check or measure the caller's own clock. With
   *  T1 = client_send_ns and T4 = the client's clock on receipt:
   *    delay  = (T4 - T1) - (T3 - T2)
   *    offset = ((T2 - T1) + (T3 - T4)) / 2     server minus client
   *  The two clocks differ by offset within delay / 2, and the client's clock
   *  is off true time by at most |offset| + delay / 2 + error_ns. Of several
   *  exchanges, the one with the least delay is best.
   *  Never fails: with state UNSYNCHRONIZED it still compares two clocks. */
  ClockExchange exchange(1: i64 client_send_ns),

  /** Unique, strictly increasing timestamps: if one call returned before
   *  another began, on whatever client, each timestamp of the first is less
   *  than each of the second. Holds across restarts, crashes, clock steps and
   *  changes of leader. Gaps are normal. A timestamp is close to the clock's
   *  nanoseconds, so it can be read as an instant, but it may run ahead (see
   *  OracleStatus.ahead_ns): do not use it to measure durations.
   *
   *  count: 1 to MAX_TIMESTAMPS, else BadRequest OUT_OF_RANGE. A lost reply
   *  loses its range: ask again, nothing has to be given back. */
  TimestampRange get_timestamps(1: i32 count = 1)
    throws (1: BadRequest bad_request, 2: OracleUnavailable unavailable),

  /** Instants as a zone's wall clock shows them, in the given order. */
  list<LocalTime> to_local(1: list<i64> instants_ns, 2: string zone,
                           3: string format)
    throws (1: BadRequest bad_request),

  /** Local times as instants, in the given order. A text that carries a UTC
   *  offset (%z, %Ez, or "Z" or "+hh:mm" in ISO 8601) or %s is read by that,
   *  and the zone does not matter. Second 60 is read as second 0 of the next
   *  minute. */
  list<ResolvedTime> from_local(1: list<string> texts, 2: string zone,
                                3: string format, 4: Disambiguation policy)
    throws (1: BadRequest bad_request),

  /** The zone's offsets over [from_ns, until_ns), oldest first, without holes:
   *  the first period starts at from_ns and the last ends at until_ns. One call
   *  lets a client convert any number of values by itself. Empty if
   *  until_ns <= from_ns. */
  list<ZonePeriod> zone_periods(1: string zone, 2: i64 from_ns, 3: i64 until_ns)
    throws (1: BadRequest bad_request),

  /** The names that 'zone' takes, links included, in byte order. */
  list<string> list_zones(),

  /** For dashboards and health checks. Never fails. */
  ServerStatus get_status()
}
