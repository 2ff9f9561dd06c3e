#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "client/clock_comparison.h"
#include "client/true_time.h"
#include "time_service_types.h"

namespace timeservice::client {

/// What monitoring plugins say, by their exit codes.
enum class Verdict { kOk = 0, kWarning = 1, kCritical = 2, kUnknown = 3 };

/// What `check` has found. Plain data.
struct CheckResult {
  Verdict verdict = Verdict::kUnknown;
  /// -1: the server gives no bound on its own error.
  std::int64_t off_by_at_most_ns = -1;
  ClockComparison comparison = {};
  bool against_server = false;
  /// Why there is no bound, in the server's words; may be empty.
  std::string why = {};
};

/// Rows of the table of output formats: what is about the clock and the oracle.
std::string now_text(const TrueTime& time);
std::string now_json(const TrueTime& time);
std::string timestamps_text(const TimestampRange& range);
std::string timestamps_json(const TimestampRange& range);
std::string check_text(const CheckResult& result);
std::string check_json(const CheckResult& result);
std::string check_failure_text(std::string_view what);
std::string check_failure_json(std::string_view what);
std::string status_text(const ServerStatus& status);
std::string status_json(const ServerStatus& status);

}  // namespace timeservice::client
