#include "server/time/time_handler.h"

#include <utility>

#include <fmt/format.h>

#include "server/time/arrival.h"
#include "server/time/clock/ctime_text.h"
#include "server/time/saturating.h"
#include "server/time/zone/bad_request.h"
#include "server/time/zone/zone_conversion.h"
#include "time_service_constants.h"

namespace timeservice {
namespace {

[[noreturn]] void refuse_clock(const clock::BoundedTime& time, const std::string& message) {
  ClockUnreliable unreliable;
  unreliable.message = message;
  unreliable.state = time.state;
  unreliable.error_ns = time.error_ns;
  throw unreliable;
}

[[noreturn]] void refuse_timestamps() {
  OracleUnavailable unavailable;
  unavailable.message = "this server hands out no timestamps: it was started without --oracle-state";
  unavailable.fault = OracleFault::NOT_READY;
  throw unavailable;
}

}  // namespace

TimeHandler::TimeHandler(const TimeSources& sources, std::string version)
    : sources_(sources), version_(std::move(version)), started_(sources.clock.wall()) {}

void TimeHandler::get_time(std::string& text) { text = clock::ctime_text(sources_.clock.wall()); }

void TimeHandler::now(TimeInterval& interval, std::int64_t max_error_ns) {
  const clock::BoundedTime time = sources_.bounded_clock.read();
  refusals_.watch([&] {
    if (time.error_ns < 0) refuse_clock(time, time.reason);
    if (max_error_ns > 0 && time.error_ns > max_error_ns) {
      refuse_clock(time, fmt::format("the clock may be off by {} ns, more than the {} ns asked for",
                                     time.error_ns, max_error_ns));
    }
  });
  interval.earliest_ns = saturating_subtract(time.now.ns, time.error_ns);
  interval.latest_ns = saturating_add(time.now.ns, time.error_ns);
  interval.state = time.state;
}

void TimeHandler::exchange(ClockExchange& reply, std::int64_t client_send_ns) {
  reply.client_send_ns = client_send_ns;
  reply.server_receive_ns = ArrivalStamp::of_this_call().ns;
  const clock::BoundedTime time = sources_.bounded_clock.read();
  reply.error_ns = time.error_ns;
  reply.state = time.state;
  reply.server_send_ns = time.now.ns;
}

void TimeHandler::get_timestamps(TimestampRange& range, std::int32_t count) {
  const std::int32_t most = g_time_service_constants.MAX_TIMESTAMPS;
  refusals_.watch([&] {
    if (count < 1 || count > most) {
      zone::refuse(BadRequestCode::OUT_OF_RANGE, fmt::format("count {} is not within 1 and {}", count, most));
    }
    if (sources_.oracle == nullptr) refuse_timestamps();
    range.first = sources_.oracle->take(count);
  });
  range.count = count;
}

void TimeHandler::to_local(std::vector<LocalTime>& local_times, const std::vector<std::int64_t>& instants_ns,
                           const std::string& zone, const std::string& format) {
  refusals_.watch([&] {
    zone::to_local(local_times, sources_.zones, instants_ns, zone, format, sources_.most_reply_bytes);
  });
}

void TimeHandler::from_local(std::vector<ResolvedTime>& resolved, const std::vector<std::string>& texts,
                             const std::string& zone, const std::string& format,
                             const Disambiguation::type policy) {
  refusals_.watch([&] { zone::from_local(resolved, sources_.zones, texts, zone, format, policy); });
}

void TimeHandler::zone_periods(std::vector<ZonePeriod>& periods, const std::string& zone,
                               std::int64_t from_ns, std::int64_t until_ns) {
  refusals_.watch([&] { zone::zone_periods(periods, sources_.zones, zone, from_ns, until_ns); });
}

void TimeHandler::list_zones(std::vector<std::string>& names) { names = sources_.zones.names(); }

void TimeHandler::get_status(ServerStatus& status) {
  status.version = version_;
  status.started_ns = started_.ns;
  status.tzdb_version = sources_.zones.version();
  status.clock = sources_.bounded_clock.status();
  if (sources_.oracle != nullptr) {
    status.oracle = sources_.oracle->status();
  } else {
    status.oracle.role = OracleRole::DISABLED;
  }
}

}  // namespace timeservice
