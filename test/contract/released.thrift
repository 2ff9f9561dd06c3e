/*
 * TimeService: one clock for a fleet.
 *
 * CONVENTIONS
 *  - Field and argument names end in their unit: _ns, _ms, _s.
 *  - An instant is an i64 count of nanoseconds since 1970-01-01T00:00:00Z on the
 *    POSIX time scale (UTC, 86400 s per day, leap seconds not counted), from
 *    1677-09-21T00:12:43.145224193Z to 2262-04-11T23:47:16.854775807Z.
 *    The value -2^63 is never valid (numpy and pandas use it for NaT).
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

struct ClockStatus {
  1: i64 now_ns,
  2: ClockState state,
  /** Bound on |now_ns - true time|; -1 if none can be given. */
  3: i64 error_ns = -1
}

struct ServerStatus {
  1: string version,
  2: i64 started_ns,
  4: ClockStatus clock
}

service TimeService {

  /** The server's local time as ctime(3) writes it, without its newline (as
   *  Python's time.ctime() does): "Tue Nov 24 21:30:56 2026", 24 characters.
   *  The original call; it never changes. For people. It never fails, not even
   *  when the clock is unsynchronized. */
  string get_time(),

  /** One NTP-style exchange, to check or measure the caller's own clock. With
   *  T1 = client_send_ns and T4 = the client's clock on receipt:
   *    delay  = (T4 - T1) - (T3 - T2)
   *    offset = ((T2 - T1) + (T3 - T4)) / 2     server minus client
   *  The two clocks differ by offset within delay / 2, and the client's clock
   *  is off true time by at most |offset| + delay / 2 + error_ns. Of several
   *  exchanges, the one with the least delay is best.
   *  Never fails: with state UNSYNCHRONIZED it still compares two clocks. */
  ClockExchange exchange(1: i64 client_send_ns),

  /** For dashboards and health checks. Never fails. */
  ServerStatus get_status()
}
