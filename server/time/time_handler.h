#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "TimeService.h"
#include "server/time/clock/bounded_wall_clock.h"
#include "server/time/clock/clock.h"
#include "server/time/oracle/timestamp_oracle.h"
#include "server/time/refusals.h"
#include "server/time/zone/zone_catalog.h"
#include "server/time/zone/zone_conversion.h"

namespace timeservice {

/// What the calls are answered from. All outlive the handler.
struct TimeSources {
  const clock::Clock& clock;
  clock::BoundedWallClock& bounded_clock;
  const zone::ZoneCatalog& zones;
  /// Null: no timestamps are handed out.
  oracle::TimestampOracle* oracle = nullptr;
  /// Of a reply to to_local, which a small request can make large.
  std::size_t most_reply_bytes = zone::kMostReplyBytes;
};

/// The calls of the contract; see idl/time_service.thrift for what each means.
/// Several threads at once. Its processor's event handler is an ArrivalStamp.
class TimeHandler : public TimeServiceIf {
 public:
  TimeHandler(const TimeSources& sources, std::string version);

  void get_time(std::string& text) override;
  void now(TimeInterval& interval, std::int64_t max_error_ns) override;
  void exchange(ClockExchange& reply, std::int64_t client_send_ns) override;
  void get_timestamps(TimestampRange& range, std::int32_t count) override;
  void to_local(std::vector<LocalTime>& local_times, const std::vector<std::int64_t>& instants_ns,
                const std::string& zone, const std::string& format) override;
  void from_local(std::vector<ResolvedTime>& resolved, const std::vector<std::string>& texts,
                  const std::string& zone, const std::string& format,
                  const Disambiguation::type policy) override;
  void zone_periods(std::vector<ZonePeriod>& periods, const std::string& zone, std::int64_t from_ns,
                    std::int64_t until_ns) override;
  void list_zones(std::vector<std::string>& names) override;
  void get_status(ServerStatus& status) override;

  const Refusals& refusals() const { return refusals_; }

 private:
  const TimeSources sources_;
  const std::string version_;
  const clock::WallTime started_;
  Refusals refusals_;
};

}  // namespace timeservice
