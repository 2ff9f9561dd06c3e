#include "server/host/health.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "test/support/catch.h"

namespace timeservice::host {
namespace {

TEST_CASE("a server begins as starting, and stands where it was told to", "[health]") {
  Health health;
  CHECK(health.now().state == Health::State::kStarting);
  for (const auto state : {Health::State::kServing, Health::State::kDraining}) {
    health.enter(state);
    CHECK(health.now().state == state);
    CHECK(health.now().reason.empty());
  }
}

TEST_CASE("a check that fails while it serves makes it failed, with the reason, until it does not",
          "[health]") {
  Health health;
  std::string reason = "the disk is full";
  const auto watched = health.watch([&] { return reason; });
  health.enter(Health::State::kServing);
  CHECK(health.now().state == Health::State::kFailed);
  CHECK(health.now().reason == "the disk is full");
  reason.clear();
  CHECK(health.now().state == Health::State::kServing);
}

TEST_CASE("checks are not asked before it serves, nor while it drains", "[health]") {
  Health health;
  const auto watched = health.watch([]() -> std::string { return "not all of it is made yet"; });
  CHECK(health.now().state == Health::State::kStarting);
  health.enter(Health::State::kDraining);
  CHECK(health.now().state == Health::State::kDraining);
}

TEST_CASE("the first of several checks that fails gives the reason", "[health]") {
  Health health;
  health.enter(Health::State::kServing);
  const auto good = health.watch([] { return std::string(); });
  const auto bad = health.watch([] { return std::string("the first"); });
  const auto worse = health.watch([] { return std::string("the second"); });
  CHECK(health.now().reason == "the first");
}

TEST_CASE("a check whose registration went is not asked any more", "[health]") {
  Health health;
  health.enter(Health::State::kServing);
  {
    const auto watched = health.watch([]() -> std::string { return "gone soon"; });
    CHECK(health.now().state == Health::State::kFailed);
  }
  CHECK(health.now().state == Health::State::kServing);
}

TEST_CASE("a registration may outlive the health that it belongs to", "[health]") {
  Health::Registration watched;
  {
    Health health;
    watched = health.watch([] { return std::string(); });
  }
  SUCCEED();
}

TEST_CASE("a check is never asked while, or after, what it reads is taken away", "[health]") {
  Health health;
  health.enter(Health::State::kServing);
  std::atomic<bool> stop = false;
  std::atomic<int> asked = 0;
  std::thread asker([&] {
    for (; !stop; ++asked) static_cast<void>(health.now());
  });
  while (asked < 10'000) {
    auto text = std::make_unique<std::string>("");
    const auto watched = health.watch([&text = *text] { return text; });
  }
  stop = true;
  asker.join();
}

TEST_CASE("what only a restart mends is told apart, and only while it serves", "[health]") {
  Health health;
  const auto stuck = health.watch_life([] { return std::string("all threads hang"); });
  CHECK(health.dead().empty());
  health.enter(Health::State::kServing);
  CHECK(health.dead() == "all threads hang");
  CHECK(health.now().state == Health::State::kServing);
  health.enter(Health::State::kDraining);
  CHECK(health.dead().empty());
}

TEST_CASE("each state has its name", "[health]") {
  CHECK(to_string(Health::State::kStarting) == "starting");
  CHECK(to_string(Health::State::kServing) == "serving");
  CHECK(to_string(Health::State::kDraining) == "draining");
  CHECK(to_string(Health::State::kFailed) == "failed");
}

}  // namespace
}  // namespace timeservice::host
