#include "client/async_time_client.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "client/async_call.h"
#include "client/async_engine.h"
#include "client/async_methods.h"

namespace timeservice::client {
namespace {

using Timeout = AsyncTimeClient::Timeout;

template <typename Method>
void call(AsyncEngine& engine, Timeout timeout, Method method, typename MethodCall<Method>::Done done) {
  const Timeout within = std::clamp(timeout, Timeout::zero(), kMaxTimeout);
  engine.submit(std::make_unique<MethodCall<Method>>(within, std::move(done), std::move(method)));
}

template <typename Method>
std::future<typename Method::Value> call(AsyncEngine& engine, Timeout timeout, Method method) {
  using Value = typename Method::Value;
  // Shared, for a std::function can be copied.
  const auto promise = std::make_shared<std::promise<Value>>();
  auto future = promise->get_future();
  try {
    call(engine, timeout, std::move(method), [promise](Result<Value> result) {
      if (result.ok()) {
        promise->set_value(std::move(result).value());
      } else {
        promise->set_exception(result.error());
      }
    });
  } catch (const ClientError&) {
    promise->set_exception(std::current_exception());
  }
  return future;
}

}  // namespace

AsyncTimeClient::AsyncTimeClient(ClientOptions options, std::size_t max_in_flight)
    : engine_(std::make_shared<AsyncEngine>(std::move(options), max_in_flight)),
      thread_([engine = engine_] { engine->run(); }) {}

AsyncTimeClient::~AsyncTimeClient() {
  engine_->stop();
  if (thread_.get_id() == std::this_thread::get_id()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

std::future<std::string> AsyncTimeClient::get_time(Timeout timeout) {
  return call(*engine_, timeout, GetTimeMethod{});
}

void AsyncTimeClient::get_time(Timeout timeout, Done<std::string> done) {
  call(*engine_, timeout, GetTimeMethod{}, std::move(done));
}

std::future<TrueTime> AsyncTimeClient::now(std::int64_t max_error_ns, Timeout timeout) {
  return call(*engine_, timeout, NowMethod{.max_error_ns = max_error_ns});
}

void AsyncTimeClient::now(std::int64_t max_error_ns, Timeout timeout, Done<TrueTime> done) {
  call(*engine_, timeout, NowMethod{.max_error_ns = max_error_ns}, std::move(done));
}

std::future<ClockComparison> AsyncTimeClient::exchange_once(Timeout timeout) {
  return call(*engine_, timeout, ExchangeMethod{});
}

void AsyncTimeClient::exchange_once(Timeout timeout, Done<ClockComparison> done) {
  call(*engine_, timeout, ExchangeMethod{}, std::move(done));
}

std::future<TimestampRange> AsyncTimeClient::get_timestamps(std::int32_t count, Timeout timeout) {
  return call(*engine_, timeout, GetTimestampsMethod{.count = count});
}

void AsyncTimeClient::get_timestamps(std::int32_t count, Timeout timeout, Done<TimestampRange> done) {
  call(*engine_, timeout, GetTimestampsMethod{.count = count}, std::move(done));
}

std::future<std::vector<LocalTime>> AsyncTimeClient::to_local(std::vector<std::int64_t> instants_ns,
                                                              std::string zone, std::string format,
                                                              Timeout timeout) {
  return call(*engine_, timeout, ToLocalMethod{std::move(instants_ns), std::move(zone), std::move(format)});
}

void AsyncTimeClient::to_local(std::vector<std::int64_t> instants_ns, std::string zone, std::string format,
                               Timeout timeout, Done<std::vector<LocalTime>> done) {
  call(*engine_, timeout, ToLocalMethod{std::move(instants_ns), std::move(zone), std::move(format)},
       std::move(done));
}

std::future<std::vector<ResolvedTime>> AsyncTimeClient::from_local(std::vector<std::string> texts,
                                                                   std::string zone, std::string format,
                                                                   Disambiguation::type policy,
                                                                   Timeout timeout) {
  return call(*engine_, timeout,
              FromLocalMethod{std::move(texts), std::move(zone), std::move(format), policy});
}

void AsyncTimeClient::from_local(std::vector<std::string> texts, std::string zone, std::string format,
                                 Disambiguation::type policy, Timeout timeout,
                                 Done<std::vector<ResolvedTime>> done) {
  call(*engine_, timeout, FromLocalMethod{std::move(texts), std::move(zone), std::move(format), policy},
       std::move(done));
}

std::future<std::vector<ZonePeriod>> AsyncTimeClient::zone_periods(std::string zone, std::int64_t from_ns,
                                                                   std::int64_t until_ns, Timeout timeout) {
  return call(*engine_, timeout, ZonePeriodsMethod{std::move(zone), from_ns, until_ns});
}

void AsyncTimeClient::zone_periods(std::string zone, std::int64_t from_ns, std::int64_t until_ns,
                                   Timeout timeout, Done<std::vector<ZonePeriod>> done) {
  call(*engine_, timeout, ZonePeriodsMethod{std::move(zone), from_ns, until_ns}, std::move(done));
}

std::future<std::vector<std::string>> AsyncTimeClient::list_zones(Timeout timeout) {
  return call(*engine_, timeout, ListZonesMethod{});
}

void AsyncTimeClient::list_zones(Timeout timeout, Done<std::vector<std::string>> done) {
  call(*engine_, timeout, ListZonesMethod{}, std::move(done));
}

std::future<ServerStatus> AsyncTimeClient::get_status(Timeout timeout) {
  return call(*engine_, timeout, GetStatusMethod{});
}

void AsyncTimeClient::get_status(Timeout timeout, Done<ServerStatus> done) {
  call(*engine_, timeout, GetStatusMethod{}, std::move(done));
}

}  // namespace timeservice::client
