#pragma once

#include <string>

#include "TimeService.h"
#include "server/time/clock/clock.h"

namespace timeservice {

/// The calls of the contract; see idl/time_service.thrift for what each means.
/// Several threads at once. Its processor's event handler is an ArrivalStamp.
class TimeHandler : public TimeServiceIf {
 public:
  TimeHandler(const clock::Clock& clock, std::string version);

  void get_time(std::string& text) override;
  void exchange(ClockExchange& reply, std::int64_t client_send_ns) override;
  void get_status(ServerStatus& status) override;

 private:
  const clock::Clock& clock_;
  const std::string version_;
  const clock::WallTime started_;
};

}  // namespace timeservice
