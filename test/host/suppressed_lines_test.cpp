// What the log leaves out is still told of.
#include <algorithm>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <spdlog/sinks/ringbuffer_sink.h>

#include "server/host/host.h"
#include "test/support/catch.h"
#include "test/support/echo_host.h"

namespace timeservice::test {
namespace {

/// Of the lines that hold `text`, the sum of the numbers that stand behind `before` in them.
int told(const std::vector<std::string>& lines, const std::string& before, const std::string& text) {
  int sum = 0;
  for (const std::string& line : lines) {
    if (line.find(text) == std::string::npos) continue;
    const std::size_t at = line.find(before);
    if (at != std::string::npos) sum += std::stoi(line.substr(at + before.size()));
  }
  return sum;
}

int holding(const std::vector<std::string>& lines, const std::string& text) {
  return static_cast<int>(std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
    return line.find(text) != std::string::npos;
  }));
}

TEST_CASE("when a burst of refusals has ended, the log tells how many it left out", "[host][log]") {
  constexpr int kBad = 40;
  const auto sink = std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(200);
  const auto log = std::make_shared<spdlog::logger>("test", sink);
  log->set_pattern("%v");
  const auto processor = std::make_shared<echo_service::EchoProcessor>(nullptr);
  host::Host host(options_for("reactor"), processor, log);
  host.start();
  for (int i = 0; i < kBad; ++i) {
    RawConnection client(host.endpoints().front());
    client.send("no thrift at all");
    client.receive();
  }
  // No other event comes: the lines that were written and the numbers that were told are all of them.
  const auto all_told = [&] {
    const auto lines = sink->last_formatted();
    return holding(lines, ": closed, ") + told(lines, "(and ", ": closed, ") +
               told(lines, "", "more connections closed") ==
           kBad;
  };
  CHECK(eventually(all_told));
  CHECK(holding(sink->last_formatted(), ": closed, ") < kBad);
  host.stop();
}

TEST_CASE("when a burst of calls whose handler threw has ended, the log tells how many it left out",
          "[host][log]") {
  constexpr int kThrown = 40;
  const auto sink = std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(200);
  const auto log = std::make_shared<spdlog::logger>("test", sink);
  log->set_pattern("%l %v");
  Latch latch;
  host::Host host(options_for("reactor"),
                  std::make_shared<echo_service::EchoProcessor>(std::make_shared<EchoHandler>(latch)), log);
  host.start();
  EchoConnection client(host.endpoints().front(), wire::Protocol::kBinary, wire::Transport::kFramed);
  for (int i = 0; i < kThrown; ++i) client->send_fail("gone");
  for (int i = 0; i < kThrown; ++i) CHECK_THROWS(client->recv_fail());
  const auto all_told = [&] {
    const auto lines = sink->last_formatted();
    return holding(lines, "warning Echo.fail: the handler threw: gone") +
               told(lines, "(and ", "threw: gone") +
               told(lines, "warning ", "more calls whose handler threw") ==
           kThrown;
  };
  CHECK(eventually(all_told));
  CHECK(holding(sink->last_formatted(), "threw: gone") < kThrown);
  host.stop();
}

TEST_CASE("a server that sheds calls says so in one line, and how many", "[host][log]") {
  const auto sink = std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(200);
  const auto log = std::make_shared<spdlog::logger>("test", sink);
  log->set_pattern("%l %v");
  auto options = options_for("threaded");
  options.max_in_flight = 1;
  Latch latch;
  const auto handler = std::make_shared<EchoHandler>(latch);
  auto host =
      std::make_unique<host::Host>(options, std::make_shared<echo_service::EchoProcessor>(handler), log);
  host->start();
  const auto connect = [&] {
    return EchoConnection(host->endpoints().front(), wire::Protocol::kBinary, wire::Transport::kFramed);
  };
  auto held = std::async(std::launch::async, [&] {
    std::string reply;
    connect()->block(reply, "held");
  });
  latch.until_waiting(1);
  constexpr int kShed = 40;
  EchoConnection client = connect();
  std::string reply;
  for (int i = 0; i < kShed; ++i) CHECK_THROWS(client->echo(reply, "x"));
  latch.release();
  held.get();
  host->stop();
  host.reset();
  const auto lines = sink->last_formatted();
  CHECK(told(lines, "warning overloaded: ", "--max-in-flight") == kShed);
  CHECK(holding(lines, "overloaded") <= 2);
}

}  // namespace
}  // namespace timeservice::test
