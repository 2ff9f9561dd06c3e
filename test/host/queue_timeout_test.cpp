// A call that waited too long for its turn is answered and not run.
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <thrift/TApplicationException.h>

#include "test/host/kernel_stamps.h"
#include "test/host/overload_clients.h"
#include "test/support/catch.h"
#include "test/support/written_call.h"

namespace timeservice::test {
namespace {

using apache::thrift::TApplicationException;
using namespace std::chrono_literals;

TEST_CASE("a call that waited too long for its turn is answered and not run", "[host][overload]") {
  await_stamps();
  for (auto options : one_at_a_time()) {
    if (options.mode == "threaded") continue;  // no client waits for another
    if (options.mode == "threadpool" && !options.threads) continue;
    INFO(options.mode << ' ' << options.threads.value_or(0) << " threads");
    options.queue_timeout = 200ms;
    EchoHost host(options);
    auto first = call_block(host, "first");
    host.latch().until_waiting(1);
    auto second = connect(host);
    second->send_echo("x");
    std::this_thread::sleep_for(options.queue_timeout + 200ms);  // the time that it waits
    host.latch().release();
    CHECK(first.get() == "first");
    std::string reply;
    try {
      second->recv_echo(reply);
      FAIL("it was run");
    } catch (const TApplicationException& error) {
      CHECK(error.getType() == TApplicationException::INTERNAL_ERROR);
      CHECK(begins(error.what(), "overloaded: the call waited longer than 200 ms"));
    }
    CHECK(host.host().call_metrics().shed_queue_timeout == 1);
    CHECK(eventually([&] { return refusal_of(second).empty(); }));
  }
}

/// The next reply's payload, of less than 64 KiB.
std::string receive_frame(RawConnection& client) {
  const std::string head = client.receive(4);
  if (head.size() < 4) return {};
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(head[i]); };
  return client.receive(static_cast<std::size_t>(byte(2) << 8 | byte(3)));
}

TEST_CASE("calls that come one behind another wait for those before them", "[host][overload]") {
  constexpr int kTail = 5;
  await_stamps();
  for (auto options : one_at_a_time()) {
    // Whether the tail is read with the head, or waits for it in the kernel.
    for (const bool together : {true, false}) {
      INFO(options.mode << ' ' << options.threads.value_or(0) << " threads, " << together);
      options.queue_timeout = 200ms;
      EchoHost host(options);
      RawConnection client(host.endpoint());
      const std::string quick = written(kFramedBinary, [](EchoClient& c) { c.send_notes(); });
      const std::string head = written(kFramedBinary, [](EchoClient& c) { c.send_block("head"); });
      std::string tail;
      for (int i = 0; i < kTail; ++i) tail += quick;
      REQUIRE(client.send(quick));  // the kernel stamps what comes after the first, at the latest
      CHECK_FALSE(receive_frame(client).empty());
      REQUIRE(client.send(together ? head + tail : head));
      host.latch().until_waiting(1);
      if (!together) REQUIRE(client.send(tail));
      std::this_thread::sleep_for(options.queue_timeout + 200ms);
      host.latch().release();
      for (int i = 0; i < 1 + kTail; ++i) CHECK_FALSE(receive_frame(client).empty());
      CHECK(host.host().call_metrics().shed_queue_timeout == kTail);
    }
  }
}

TEST_CASE("a client that was silent for longer than a call may wait is not late", "[host][overload]") {
  struct Silent {
    explicit Silent(const host::HostOptions& options) : host(options), client(connect(host)) {}
    EchoHost host;
    EchoConnection client;
  };
  await_stamps();
  std::vector<std::unique_ptr<Silent>> all;
  for (auto options : one_at_a_time()) {
    options.queue_timeout = 1s;
    all.push_back(std::make_unique<Silent>(options));
    CHECK(refusal_of(all.back()->client).empty());
  }
  std::this_thread::sleep_for(1500ms);
  for (const auto& silent : all) {
    CHECK(refusal_of(silent->client).empty());
    CHECK(silent->host.host().call_metrics().shed_queue_timeout == 0);
  }
}

}  // namespace
}  // namespace timeservice::test
