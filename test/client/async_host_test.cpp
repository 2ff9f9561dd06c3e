// An AsyncTimeClient and the real host, in one process.

#include "test/client/async_under_test.h"
#include "test/client/time_host.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"

namespace timeservice::client {
namespace {

ClientOptions options_for_dialect(const TimeHost& host, const wire::Dialect& dialect) {
  ClientOptions options = patient_options({host.endpoint()});
  options.protocol = dialect.protocol;
  options.transport = dialect.transport;
  return options;
}

TEST_CASE("every mode answers pipelined calls in every dialect that it carries", "[async_host]") {
  constexpr int kCalls = 200;
  for (const auto& mode : host::kModes) {
    LocalClock service;
    TimeHost host(service, mode.name);
    for (const wire::Dialect& dialect : test::dialects_of(mode)) {
      CAPTURE(mode.name, wire::name(dialect.protocol), wire::name(dialect.transport));
      AsyncTimeClient client(options_for_dialect(host, dialect));
      std::vector<std::future<std::string>> texts;
      std::vector<std::future<ClockComparison>> comparisons;
      std::vector<std::future<ServerStatus>> statuses;
      for (int call = 0; call < kCalls; ++call) {
        texts.push_back(client.get_time(kPatience));
        comparisons.push_back(client.exchange_once(kPatience));
        statuses.push_back(client.get_status(kPatience));
      }
      int good = 0;
      for (auto& text : texts) good += get(text).size() == 24 ? 1 : 0;
      // One clock is compared with itself.
      for (auto& exchange : comparisons) {
        const ClockComparison comparison = get(exchange);
        good += comparison.offset_ns <= comparison.bound_ns && -comparison.offset_ns <= comparison.bound_ns;
      }
      for (auto& status : statuses) good += get(status).version == "9.8.7" ? 1 : 0;
      CHECK(good == 3 * kCalls);
    }
  }
}

/// Answers get_time once the gate is open.
class Gated : public LocalClock {
 public:
  std::promise<void> entered;
  std::promise<void> gate;

  void get_time(std::string& text) override {
    if (!std::exchange(was_entered_, true)) entered.set_value();
    open_.wait_for(kPatience);
    LocalClock::get_time(text);
  }

 private:
  bool was_entered_ = false;  // calls of one connection run one after another
  std::shared_future<void> open_ = gate.get_future().share();
};

TEST_CASE("calls that have reached a host that drains are answered, and the next goes elsewhere",
          "[async_host]") {
  LocalClock elsewhere;
  TimeHost other(elsewhere);
  for (const auto& mode : host::kModes) {
    CAPTURE(mode.name);
    Gated service;
    TimeHost host(service, mode.name);
    ClientOptions options = options_for_dialect(host, {wire::Protocol::kBinary, wire::Transport::kFramed});
    options.endpoints.push_back(other.endpoint());
    AsyncTimeClient client(options);
    // Before there is a connection: they are sent together.
    std::vector<std::future<std::string>> texts;
    for (int call = 0; call < 3; ++call) texts.push_back(client.get_time(kPatience));
    REQUIRE(comes(service.entered.get_future()));
    auto drained = std::async(std::launch::async, [&] { return host.host().drain(kPatience); });
    CHECK(drained.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout);
    service.gate.set_value();
    for (auto& text : texts) CHECK(get(text).size() == 24);
    CHECK(drained.get().complete);
    ServerStatus status;
    try {
      status = get(client.get_status(kPatience));
    } catch (const ConnectionLost&) {  // it may come before the end of the connection is seen
      status = get(client.get_status(kPatience));
    }
    CHECK(status.version == "9.8.7");
    CHECK(other.host().counters().connections_accepted > 0);
  }
}

TEST_CASE("a host that drains leaves no call without an end", "[async_host]") {
  for (const auto& mode : host::kModes) {
    CAPTURE(mode.name);
    LocalClock service;
    TimeHost host(service, mode.name);
    AsyncTimeClient client(options_for_dialect(host, {wire::Protocol::kBinary, wire::Transport::kFramed}));
    CHECK(get(client.get_time(kPatience)).size() == 24);
    std::vector<std::future<std::string>> texts;
    for (int call = 0; call < 1000; ++call) texts.push_back(client.get_time(kPatience));
    host.host().drain(std::chrono::seconds(10));
    int ended = 0;
    for (auto& text : texts) {
      try {
        ended += get(text).size() == 24 ? 1 : 0;
      } catch (const ConnectionLost&) {
        ++ended;
      }
    }
    CHECK(ended == 1000);
    CHECK_THROWS_AS(get(client.get_time(kPatience)), ClientError);
  }
}

}  // namespace
}  // namespace timeservice::client
