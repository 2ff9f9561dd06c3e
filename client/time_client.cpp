#include "client/time_client.h"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "client/client_clock.h"

namespace timeservice::client {
TimeClient::TimeClient(ClientOptions options, RetryHooks hooks)
    : caller_(std::move(options), std::move(hooks)) {}

std::string TimeClient::get_time() {
  std::string text;
  call([&](TimeServiceClient& client) { client.get_time(text); });
  return text;
}

ClockComparison TimeClient::exchange(int samples) {
  if (samples < 1) throw std::invalid_argument(fmt::format("{} samples: at least 1 is needed", samples));
  ClockComparer comparer;
  while (comparer.samples() < samples) {
    call([&](TimeServiceClient& client) {
      ClockExchange reply;
      const std::int64_t client_send_ns = wall_clock_ns();
      client.exchange(reply, client_send_ns);
      const std::int64_t client_receive_ns = wall_clock_ns();
      check_exchange(reply, client_send_ns);
      comparer.add(reply, client_receive_ns);
    });
  }
  const auto best = comparer.best();
  if (!best) {
    throw ClockUnsteady(
        fmt::format("exchange: none of {} samples can be used: a clock was stepped meanwhile, or is out of "
                    "range: try again",
                    samples));
  }
  return *best;
}

ServerStatus TimeClient::get_status() {
  ServerStatus status;
  call([&](TimeServiceClient& client) {
    status = ServerStatus();  // nothing of a try that failed half-way
    client.get_status(status);
  });
  keep_to_promises(status);
  return status;
}

void TimeClient::call(const std::function<void(TimeServiceClient&)>& method) {
  caller_.call([&](const std::shared_ptr<apache::thrift::protocol::TProtocol>& protocol) {
    TimeServiceClient client(protocol);
    method(client);
  });
}

}  // namespace timeservice::client
