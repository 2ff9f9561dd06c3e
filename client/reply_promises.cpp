#include "client/reply_promises.h"

#include <algorithm>
#include <functional>
#include <limits>

#include <fmt/format.h>
#include <thrift/protocol/TProtocolException.h>

#include "client/clock_comparison.h"
#include "client/known_enum.h"

namespace timeservice::client {
namespace {

/// Never valid as an instant.
constexpr std::int64_t kNoInstant = std::numeric_limits<std::int64_t>::min();

void require(bool kept, const std::string& broken) {
  using apache::thrift::protocol::TProtocolException;
  if (!kept) throw TProtocolException(TProtocolException::INVALID_DATA, broken);
}

void require_size(std::size_t received, std::size_t sent) {
  require(received == sent, fmt::format("{} items where {} were sent", received, sent));
}

/// Within a day, as everywhere where such offsets are read.
void require_offset(std::int32_t utc_offset_s) {
  constexpr std::int32_t kDay = 86'400;
  require(-kDay < utc_offset_s && utc_offset_s < kDay,
          fmt::format("a UTC offset of {} s, a day or more", utc_offset_s));
}

}  // namespace

void check_interval(TimeInterval& interval) {
  require(interval.__isset.earliest_ns && interval.__isset.latest_ns, "the interval lacks an end");
  require(interval.earliest_ns <= interval.latest_ns, "the interval ends before it begins");
  interval.state = known_state(interval.state);
  // 0 is a bound like another: what is asked is whether the state promises any.
  require(error_bound(interval.state, 0) == 0, "the interval comes with a state that promises none");
}

void check_range(const TimestampRange& range, std::int32_t count) {
  require(range.__isset.first && range.__isset.count, "the timestamps lack their first or their count");
  require(range.count == count, fmt::format("{} timestamps where {} were asked for", range.count, count));
  require(range.first <= std::numeric_limits<std::int64_t>::max() - (count - 1),
          "the timestamps go beyond 64 bits");
}

void check_local_times(const std::vector<LocalTime>& local_times, std::size_t sent) {
  require_size(local_times.size(), sent);
  for (const LocalTime& local : local_times) {
    require(local.__isset.text && local.__isset.utc_offset_s && local.__isset.abbreviation,
            "a local time lacks its text, offset or abbreviation");
    require_offset(local.utc_offset_s);
  }
}

void check_resolved(std::vector<ResolvedTime>& resolved, std::size_t sent) {
  require_size(resolved.size(), sent);
  for (ResolvedTime& time : resolved) {
    require(time.__isset.instant_ns && time.__isset.utc_offset_s && time.instant_ns != kNoInstant,
            "a resolved time lacks its instant or offset");
    require_offset(time.utc_offset_s);
    time.kind = known(time.kind, LocalKind::REPEATED);
  }
}

void check_periods(const std::vector<ZonePeriod>& periods, std::int64_t from_ns, std::int64_t until_ns) {
  require(periods.empty() == (until_ns <= from_ns), "the periods do not cover what was asked for");
  if (periods.empty()) return;
  std::int64_t covered = from_ns;
  for (const ZonePeriod& period : periods) {
    require(period.__isset.start_ns && period.__isset.end_ns && period.__isset.utc_offset_s &&
                period.__isset.abbreviation,
            "a period lacks an end, its offset or its abbreviation");
    require_offset(period.utc_offset_s);
    require(period.start_ns == covered && period.end_ns > covered, "the periods have a hole, or overlap");
    covered = period.end_ns;
  }
  require(covered == until_ns, "the periods do not cover what was asked for");
}

void check_zones(const std::vector<std::string>& names) {
  const auto out_of_order = std::adjacent_find(names.begin(), names.end(), std::greater_equal<>());
  require(out_of_order == names.end(), "the zones are not in order, or one is there twice");
  require(!names.empty(), "there is no zone, not even UTC");
  // It would be the first.
  require(!names.front().empty(), "a zone has no name");
}

void check_status(ServerStatus& status) {
  require(status.__isset.version && status.__isset.started_ns && status.__isset.clock &&
              status.clock.__isset.now_ns,
          "the status lacks its version, when the server started, or its clock");
  keep_to_promises(status);
}

}  // namespace timeservice::client
