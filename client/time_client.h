#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "TimeService.h"
#include "client/client_error.h"
#include "client/client_options.h"
#include "client/clock_comparison.h"
#include "client/declared_error.h"
#include "client/retry.h"
#include "client/service_caller.h"
#include "client/true_time.h"

namespace timeservice::client {

/// A client of one time service, which may have several endpoints. One thread at a
/// time: give each thread its own. When it connects and what it retries is told at
/// ServiceCaller. All calls may be made twice without harm: they only read, but for
/// get_timestamps(), of which a lost reply loses its timestamps and nothing else.
///
/// Every call throws a ClientError: one of client_error.h, or of declared_error.h where
/// the server's answer was no. Nothing is printed.
///
/// Instants are nanoseconds since 1970-01-01T00:00:00Z, as the IDL counts them.
class TimeClient {
 public:
  /// Does not connect. Throws std::invalid_argument as a ServiceCaller does.
  explicit TimeClient(ClientOptions options, RetryHooks hooks = system_retry_hooks(),
                      wire::TlsContext tls = nullptr);

  /// The server's local time as text, "Tue Nov 24 21:30:56 2026".
  std::string get_time();

  /// True time as an interval that holds when this returns: the round trip, by this
  /// machine's clock, is in it. Throws ClockUnreliableError where the server gives no
  /// bound, or one above `max_error_ns` (0 for no limit; the round trip is not counted).
  TrueTime now(std::int64_t max_error_ns = 0);

  /// Compares the server's clock with this machine's, by the best of `samples`
  /// exchanges (1 or more). Throws ClockUnsteady if none could be used.
  ClockComparison exchange(int samples = 8);

  /// `count` timestamps (1 to MAX_TIMESTAMPS): first, first + 1 and so on, each larger than all
  /// that were handed out before this was called. Throws OracleUnavailableError, which it
  /// does not follow to another server: a TimestampSource does.
  TimestampRange get_timestamps(std::int32_t count = 1);

  /// Instants as the zone's wall clock shows them, in the given order. Throws
  /// BadRequestError with the first bad item's index. Any number of items: they are sent
  /// kBatch at a time.
  std::vector<LocalTime> to_local(const std::vector<std::int64_t>& instants_ns,
                                  const std::string& zone = "UTC", const std::string& format = "");

  /// Local times as instants, in the given order. As to_local() otherwise.
  std::vector<ResolvedTime> from_local(const std::vector<std::string>& texts, const std::string& zone = "UTC",
                                       const std::string& format = "",
                                       Disambiguation::type policy = Disambiguation::REJECT);

  /// The zone's offsets over [from_ns, until_ns), oldest first, without holes. Empty
  /// if until_ns <= from_ns. Throws BadRequestError.
  std::vector<ZonePeriod> zone_periods(const std::string& zone, std::int64_t from_ns, std::int64_t until_ns);

  /// The names that zones have, in byte order.
  std::vector<std::string> list_zones();

  /// What the server says about itself. A clock state or a role that this client does
  /// not know is UNKNOWN, and a bound that the state does not promise is -1.
  ServerStatus get_status();

  /// Items of a list that are sent in one call: so few that a server whose messages are
  /// limited to 64 KiB takes them, and so many that the round trip does not matter.
  static constexpr std::size_t kBatch = 1000;

 private:
  using Method = std::function<void(TimeServiceClient&)>;
  void call(std::string_view name, const Method& method, SentItems items = {});

  ServiceCaller caller_;
};

}  // namespace timeservice::client
