#include "server/time/oracle/oracle_reports.h"

#include <fmt/format.h>

namespace timeservice::oracle {
namespace {

using std::chrono::nanoseconds;

/// How often a failure that goes on is told.
constexpr nanoseconds kTellAgain = std::chrono::seconds(10);

double seconds(nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }
double seconds_between(std::int64_t from, std::int64_t until) {
  return (static_cast<double>(until) - static_cast<double>(from)) / 1e9;
}

}  // namespace

void OracleReports::started(std::int64_t watermark, clock::WallTime wall, nanoseconds max_jump) {
  if (watermark == 0) {
    log_(Severity::kInfo, "oracle: a new state, timestamps start at the clock");
    return;
  }
  const double ahead = seconds_between(wall.ns, watermark);
  if (ahead > seconds(max_jump)) {
    log_(Severity::kWarning,
         fmt::format(
             "oracle: the watermark {} is {:.0f} s ahead of the clock: timestamps go on from there, by one "
             "each, until the clock is there; check the clock",
             watermark, ahead));
  } else if (ahead > 0) {
    log_(Severity::kInfo,
         fmt::format("oracle: timestamps go on above the watermark {}, {:.3f} s ahead of the clock",
                     watermark, ahead));
  } else {
    log_(
        Severity::kInfo,
        fmt::format(
            "oracle: the watermark {} is {:.3f} s behind the clock: so long was the downtime; if it was not, "
            "the state file is an old copy",
            watermark, -ahead));
  }
}

void OracleReports::wrote(const std::string& error, clock::MonotonicTime now) {
  if (error.empty()) {
    if (failures_ > 0)
      log_(Severity::kInfo, fmt::format("oracle: storage works again, after {} failures", failures_));
    failures_ = 0;
    failure_told_.reset();
    return;
  }
  ++failures_;
  if (failure_told_ && nanoseconds(now.ns - failure_told_->ns) < kTellAgain) return;
  failure_told_ = now;
  log_(Severity::kError,
       fmt::format(
           "oracle: the watermark cannot be made durable, and when the window is used up no timestamps are "
           "handed out: {} (failure {})",
           error, failures_));
}

void OracleReports::held(bool holding, nanoseconds jump, nanoseconds max_jump) {
  if (holding == holding_) return;
  holding_ = holding;
  if (!holding) {
    log_(Severity::kInfo, "oracle: timestamps follow the clock again");
    return;
  }
  log_(Severity::kWarning, fmt::format("oracle: the clock jumped forward by {:.3f} s, more than {:.0f} s: "
                                       "timestamps do not follow it until "
                                       "it is synchronized or back; if it is right, restart",
                                       seconds(jump), seconds(max_jump)));
}

void OracleReports::stopped(std::int64_t last) {
  log_(Severity::kInfo, fmt::format("oracle: stopped at the timestamp {}", last));
}

void OracleReports::not_stopped(const std::string& error) {
  log_(Severity::kWarning, fmt::format("oracle: the last timestamp was not written, so the next start skips "
                                       "what is left of the window: {}",
                                       error));
}

}  // namespace timeservice::oracle
