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
void call(AsyncEngine& engine, Timeout timeout, typename MethodCall<Method>::Done done) {
  const Timeout within = std::clamp(timeout, Timeout::zero(), kMaxTimeout);
  engine.submit(std::make_unique<MethodCall<Method>>(within, std::move(done)));
}

template <typename Method>
std::future<typename Method::Value> call(AsyncEngine& engine, Timeout timeout) {
  using Value = typename Method::Value;
  // Shared, for a std::function can be copied.
  const auto promise = std::make_shared<std::promise<Value>>();
  auto future = promise->get_future();
  try {
    call<Method>(engine, timeout, [promise](Result<Value> result) {
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
  return call<GetTimeMethod>(*engine_, timeout);
}

void AsyncTimeClient::get_time(Timeout timeout, Done<std::string> done) {
  call<GetTimeMethod>(*engine_, timeout, std::move(done));
}

std::future<ClockComparison> AsyncTimeClient::exchange_once(Timeout timeout) {
  return call<ExchangeMethod>(*engine_, timeout);
}

void AsyncTimeClient::exchange_once(Timeout timeout, Done<ClockComparison> done) {
  call<ExchangeMethod>(*engine_, timeout, std::move(done));
}

std::future<ServerStatus> AsyncTimeClient::get_status(Timeout timeout) {
  return call<GetStatusMethod>(*engine_, timeout);
}

void AsyncTimeClient::get_status(Timeout timeout, Done<ServerStatus> done) {
  call<GetStatusMethod>(*engine_, timeout, std::move(done));
}

}  // namespace timeservice::client
