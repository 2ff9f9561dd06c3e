#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "server/time/clock/clock.h"
#include "server/time/oracle/oracle_log.h"

namespace timeservice::oracle {

/// Says what changed, once, and what goes on at a limited rate. One thread at a time.
class OracleReports {
 public:
  explicit OracleReports(OracleLog log) : log_(std::move(log)) {}

  /// `watermark` as it was found. One ahead of the clock means timestamps ahead of it;
  /// one behind is what a downtime looks like, and also an old copy of the file.
  void started(std::int64_t watermark, clock::WallTime wall, std::chrono::nanoseconds max_jump);
  /// After each write; `error` is empty if it succeeded.
  void wrote(const std::string& error, clock::MonotonicTime now);
  void held(bool holding, std::chrono::nanoseconds jump, std::chrono::nanoseconds max_jump);
  void stopped(std::int64_t last);
  void not_stopped(const std::string& error);

 private:
  OracleLog log_;
  std::uint64_t failures_ = 0;
  std::optional<clock::MonotonicTime> failure_told_;
  bool holding_ = false;
};

}  // namespace timeservice::oracle
