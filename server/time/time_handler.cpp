#include "server/time/time_handler.h"

#include "server/time/arrival.h"
#include "server/time/clock/ctime_text.h"

namespace timeservice {
namespace {

// No source of an error bound is configured: nothing is known of the clock, and
// nothing is claimed. Readers take -1 as "no bound".
constexpr std::int64_t kNoBound = -1;

}  // namespace

TimeHandler::TimeHandler(const clock::Clock& clock, std::string version)
    : clock_(clock), version_(std::move(version)), started_(clock.wall()) {}

void TimeHandler::get_time(std::string& text) { text = clock::ctime_text(clock_.wall()); }

void TimeHandler::exchange(ClockExchange& reply, std::int64_t client_send_ns) {
  reply.client_send_ns = client_send_ns;
  reply.server_receive_ns = ArrivalStamp::of_this_call().ns;
  reply.error_ns = kNoBound;
  reply.state = ClockState::UNKNOWN;
  reply.server_send_ns = clock_.wall().ns;
}

void TimeHandler::get_status(ServerStatus& status) {
  status.version = version_;
  status.started_ns = started_.ns;
  status.clock.now_ns = clock_.wall().ns;
  status.clock.state = ClockState::UNKNOWN;
  status.clock.error_ns = kNoBound;
}

}  // namespace timeservice
