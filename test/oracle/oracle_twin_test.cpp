#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

#include "server/time/oracle/timestamp_oracle.h"
#include "test/oracle/fake_disk.h"
#include "test/oracle/hand_clock.h"
#include "test/oracle/order_checker.h"
#include "test/support/catch.h"
#include "test/support/sanitized.h"

// A random life: time goes by, the clock is set, calls come, storage fails before or after a
// number is durable, the process is killed in any write or between two steps, or stops. The same
// seed gives the same life: TIMESERVICE_SEED=N in the environment.

namespace timeservice::oracle {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using test::RecordedCall;

constexpr int kSteps = test::kSanitized ? 200'000 : 1'000'000;

/// The process is killed. No std::exception, so nothing handles it.
struct Killed {};

class Life {
 public:
  explicit Life(std::uint64_t seed) : random_(seed) {
    options_.background = false;
    options_.timeout = 0ms;
    options_.window = 20ms;
    options_.max_jump = 10s;
    disk_.before_write = [this] { fate(false); };
    disk_.after_write = [this] { fate(true); };
  }

  void run() {
    for (int step = 0; step < kSteps; ++step) {
      try {
        if (!oracle_) start();
        one_step();
      } catch (const Killed&) {
        ++kills;
        oracle_.reset();
      }
    }
    quiet_ = true;
  }

  std::vector<RecordedCall> calls;
  int kills = 0;
  int failures = 0;
  int stops = 0;
  int refusals = 0;
  int steps_of_clock = 0;

 private:
  bool chance(unsigned one_in) { return random_() % one_in == 0; }
  /// Small and large ones are as likely.
  std::int64_t up_to(std::int64_t most) {
    const int bits = static_cast<int>(random_() % 63);
    return static_cast<std::int64_t>(random_() %
                                     static_cast<std::uint64_t>(std::min(most, std::int64_t{1} << bits)));
  }

  void fate(bool durable) {
    if (quiet_) return;
    if (chance(40)) throw Killed();
    if (chance(durable ? 20 : 10)) {
      ++failures;
      throw std::runtime_error("the disk says no");
    }
  }

  void start() {
    try {
      oracle_ = std::make_unique<TimestampOracle>(
          clock_, [this] { return trusted_; }, std::make_unique<test::FakeStore>(disk_), options_);
    } catch (const std::runtime_error&) {
      // An operator starts it again.
    }
  }

  void one_step() {
    switch (random_() % 16) {
      case 0:
        return clock_.pass(nanoseconds(up_to(100'000'000)));
      case 1:
        if (chance(200)) set_clock();
        return;
      case 2:
        if (chance(100)) stop();
        return;
      case 3:
        if (chance(500)) throw Killed();
        return;
      case 4:
      case 5:
        if (oracle_) oracle_->turn();
        return;
      case 6:
        trusted_ = {clock_.wall(), up_to(20'000'000'000), static_cast<ClockState::type>(random_() % 4)};
        return;
      default:
        return call();
    }
  }

  void set_clock() {
    ++steps_of_clock;
    const nanoseconds step(up_to(7'200'000'000'000));
    clock_.step(chance(2) ? step : -step);
  }

  void stop() {
    if (!oracle_) return;
    ++stops;
    oracle_->stop();
    oracle_.reset();
  }

  void call() {
    if (!oracle_) return;
    const auto count = static_cast<std::int32_t>(1 + up_to(1'000'000));
    try {
      RecordedCall call;
      call.count = count;
      call.invoked_ns = 2 * moment_;
      call.first = oracle_->take(count);
      call.returned_ns = 2 * moment_ + 1;
      moment_ += 1;
      if (call.last() > disk_.watermark) FAIL("a timestamp above what is durable: " << call.last());
      calls.push_back(call);
    } catch (const OracleUnavailable&) {
      ++refusals;
    }
  }

  std::mt19937_64 random_;
  test::HandClock clock_;
  test::FakeDisk disk_;
  clock::BoundedTime trusted_;
  OracleOptions options_;
  std::unique_ptr<TimestampOracle> oracle_;
  std::int64_t moment_ = 0;
  bool quiet_ = false;
};

std::uint64_t chosen_seed() {
  const char* given = std::getenv("TIMESERVICE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

TEST_CASE("through a random life of kills, stops, clock steps and failing disks the promise holds",
          "[oracle]") {
  const std::uint64_t seed = chosen_seed();
  INFO("TIMESERVICE_SEED=" << seed);
  Life life(seed);
  life.run();
  const auto violation = test::order_violation(life.calls);
  INFO(violation.value_or(""));
  CHECK_FALSE(violation);
  // A life in which nothing happened proves nothing.
  CHECK(life.calls.size() > kSteps / 20);
  CHECK(life.kills > kSteps / 10'000);
  CHECK(life.stops > kSteps / 10'000);
  CHECK(life.failures > kSteps / 10'000);
  CHECK(life.refusals > kSteps / 10'000);
  CHECK(life.steps_of_clock > kSteps / 10'000);
}

}  // namespace
}  // namespace timeservice::oracle
