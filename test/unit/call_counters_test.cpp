#include "server/host/call_counters.h"

#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/host/call_runner.h"
#include "test/support/catch.h"
#include "test/unit/bytes.h"
#include "test/unit/echo_handler.h"
#include "test/unit/random_message.h"

namespace timeservice::host {
namespace {

using echo_service::EchoClient;
using test::Bytes;
using wire::Protocol;

std::string text_of(const CallCounters& counters) {
  std::string text;
  for (const auto& method : counters.methods()) {
    text += fmt::format("{}{}: {} calls, {} failed, {} in flight", text.empty() ? "" : "; ", method.name,
                        method.calls, method.failed, method.in_flight);
  }
  return text;
}

/// Writes down what it is told.
struct Recorder : apache::thrift::TProcessorEventHandler {
  void* getContext(const char* method, void* connection) override {
    note("get", method);
    last_connection = connection;
    return &context;
  }
  void freeContext(void* given, const char* method) override { note("free", method, given); }
  void preRead(void* given, const char* method) override { note("pre-read", method, given); }
  void postRead(void* given, const char* method, std::uint32_t) override { note("post-read", method, given); }
  void preWrite(void* given, const char* method) override { note("pre-write", method, given); }
  void postWrite(void* given, const char* method, std::uint32_t) override {
    note("post-write", method, given);
  }
  void asyncComplete(void* given, const char* method) override { note("async", method, given); }
  void handlerError(void* given, const char* method) override { note("error", method, given); }

  void note(const std::string& event, const char* method) { events += event + " " + method + "; "; }
  void note(const std::string& event, const char* method, void* given) {
    note(given == &context ? event : event + " WITHOUT ITS CONTEXT", method);
  }

  std::string events;
  void* last_connection = nullptr;
  int context = 0;
};

/// Calls on a processor whose calls are counted.
struct Counted {
  explicit Counted(std::shared_ptr<apache::thrift::TProcessorEventHandler> next = nullptr)
      : counters(std::make_shared<CallCounters>(std::move(next))),
        handler(std::make_shared<test::EchoHandler>()) {
    processor->setEventHandler(counters);
  }

  void call(const std::function<void(EchoClient&)>& send) {
    CallRunner runner(processor, Protocol::kBinary, {});
    const auto buffer = std::make_shared<apache::thrift::transport::TMemoryBuffer>();
    EchoClient client(test::apache_protocol(Protocol::kBinary, buffer));
    send(client);
    if (!runner.run(test::from_text(buffer->getBufferAsString()), false)) throw std::runtime_error("no call");
  }

  std::shared_ptr<CallCounters> counters;
  std::shared_ptr<test::EchoHandler> handler;
  std::shared_ptr<apache::thrift::TProcessor> processor =
      std::make_shared<echo_service::EchoProcessor>(handler);
};

TEST_CASE("calls are counted by method, once they were made", "[host]") {
  Counted counted;
  CHECK(counted.counters->methods().empty());
  for (int i = 0; i < 3; ++i) counted.call([](EchoClient& c) { c.send_echo("x"); });
  counted.call([](EchoClient& c) { c.send_note("x"); });
  CHECK(text_of(*counted.counters) ==
        "Echo.echo: 3 calls, 0 failed, 0 in flight; Echo.note: 1 calls, 0 failed, 0 in flight");
}

TEST_CASE("what the IDL does not declare is a failure, and what it declares is an answer", "[host]") {
  Counted counted;
  counted.call([](EchoClient& c) { c.send_fail("why"); });
  counted.call([](EchoClient& c) { c.send_refuse("no", 1); });
  CHECK(text_of(*counted.counters) ==
        "Echo.fail: 1 calls, 1 failed, 0 in flight; Echo.refuse: 1 calls, 0 failed, 0 in flight");
}

TEST_CASE("whatever ends a call, it is not in flight afterwards", "[host]") {
  Counted counted;
  counted.call([](EchoClient& c) { c.send_fail("int"); });
  CallRunner runner(counted.processor, Protocol::kJson, {});
  CHECK(runner.run(test::from_text("[1,\"echo\",1,1,{\"1\":{\"str\":7}}]"), false));
  for (const auto& method : counted.counters->methods()) {
    CAPTURE(method.name);
    CHECK(method.calls == 1);
    CHECK(method.in_flight == 0);
  }
}

TEST_CASE("an exception that is no std::exception is a failure, and arguments that do not decode are",
          "[host]") {
  Counted counted;
  counted.call([](EchoClient& c) { c.send_fail("int"); });
  CallRunner runner(counted.processor, Protocol::kJson, {});
  CHECK(runner.run(test::from_text("[1,\"echo\",1,1,{\"1\":{\"str\":7}}]"), false));
  CHECK(text_of(*counted.counters) ==
        "Echo.echo: 1 calls, 1 failed, 0 in flight; Echo.fail: 1 calls, 1 failed, 0 in flight");
}

TEST_CASE("a call that runs is in flight", "[host]") {
  Counted counted;
  std::string during;
  counted.handler->on_echo = [&] { during = text_of(*counted.counters); };
  counted.call([](EchoClient& c) { c.send_echo("x"); });
  CHECK(during == "Echo.echo: 1 calls, 0 failed, 1 in flight");
}

TEST_CASE("each event is handed on to the handler that was there before, with its own context", "[host]") {
  const auto recorder = std::make_shared<Recorder>();
  Counted counted(recorder);
  counted.call([](EchoClient& c) { c.send_echo("x"); });
  CHECK(recorder->events ==
        "get Echo.echo; pre-read Echo.echo; post-read Echo.echo; pre-write Echo.echo; post-write Echo.echo; "
        "free Echo.echo; ");
  recorder->events.clear();
  counted.call([](EchoClient& c) { c.send_note("x"); });
  CHECK(recorder->events ==
        "get Echo.note; pre-read Echo.note; post-read Echo.note; async Echo.note; free Echo.note; ");
  recorder->events.clear();
  counted.call([](EchoClient& c) { c.send_fail("x"); });
  CHECK(recorder->events ==
        "get Echo.fail; pre-read Echo.fail; post-read Echo.fail; error Echo.fail; free Echo.fail; ");
  int connection = 0;
  CHECK(counted.counters->getContext("Echo.echo", &connection) == &recorder->context);
  CHECK(recorder->last_connection == &connection);
}

TEST_CASE("two literals of one name are one method", "[host]") {
  CallCounters counters(nullptr);
  const std::array<char, 7> one = {"S.same"};
  const std::array<char, 7> two = {"S.same"};
  counters.getContext(one.data(), nullptr);
  counters.getContext(two.data(), nullptr);
  counters.handlerError(nullptr, two.data());
  counters.freeContext(nullptr, one.data());
  CHECK(text_of(counters) == "S.same: 2 calls, 1 failed, 1 in flight");
}

TEST_CASE("methods beyond what there is room for are counted together", "[host]") {
  CallCounters counters(nullptr);
  std::deque<std::string> names;
  for (int i = 0; i < 600; ++i) names.push_back(fmt::format("S.method{}", i));
  for (const std::string& name : names) counters.getContext(name.c_str(), nullptr);
  for (const std::string& name : names) counters.freeContext(nullptr, name.c_str());
  std::map<std::string, CallCounters::Method> by_name;
  std::uint64_t calls = 0;
  for (const auto& method : counters.methods()) {
    by_name.emplace(method.name, method);
    calls += method.calls;
    CHECK(method.in_flight == 0);
  }
  CHECK(calls == 600);
  CHECK(by_name.at("S.method0").calls == 1);
  CHECK(by_name.at("(others)").calls > 1);
}

TEST_CASE("calls of many threads are all counted", "[host]") {
  CallCounters counters(nullptr);
  static constexpr const char* kNames[] = {"S.a", "S.b", "S.c", "S.d", "S.e", "S.f", "S.g", "S.h"};
  constexpr int kThreads = 4;
  constexpr int kRounds = 20'000;
  std::atomic<int> running = kThreads;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kRounds; ++i) {
        // Each thread meets the methods in another order, so that they race for slots.
        const char* name = kNames[(i + 3 * thread) % 8];
        counters.getContext(name, nullptr);
        if (i % 2 == 0) counters.handlerError(nullptr, name);
        counters.freeContext(nullptr, name);
      }
      --running;
    });
  }
  // Read meanwhile: nothing ended that had not begun.
  bool sane = true;
  while (running > 0) {
    for (const auto& method : counters.methods()) sane = sane && method.in_flight <= method.calls;
  }
  for (auto& thread : threads) thread.join();
  CHECK(sane);
  const auto methods = counters.methods();
  REQUIRE(methods.size() == 8);
  for (const auto& method : methods) {
    CAPTURE(method.name);
    CHECK(method.calls == kThreads * kRounds / 8);
    CHECK(method.in_flight == 0);
  }
  std::uint64_t failed = 0;
  for (const auto& method : methods) failed += method.failed;
  CHECK(failed == kThreads * kRounds / 2);
}

}  // namespace
}  // namespace timeservice::host
