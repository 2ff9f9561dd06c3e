#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/time/oracle/timestamp_oracle.h"
#include "test/oracle/fake_disk.h"
#include "test/oracle/hand_clock.h"

namespace timeservice::test {

/// An oracle on a clock moved by hand and a disk that fails as told. Without a thread
/// of its own unless asked for, and then calls do not wait.
struct OracleUnderTest {
  OracleUnderTest() {
    options.background = false;
    options.timeout = std::chrono::milliseconds(0);
    options.log = [this](oracle::Severity, const std::string& line) {
      const std::lock_guard lock(mutex);
      lines.push_back(line);
    };
  }
  ~OracleUnderTest() { oracle.reset(); }

  /// As a new process after the last was killed.
  void start() {
    oracle.reset();
    oracle = std::make_unique<oracle::TimestampOracle>(
        clock, [this] { return trusted; }, std::make_unique<FakeStore>(disk), options);
  }
  /// The fault with which a call is refused; nothing if it is answered.
  std::optional<OracleUnavailable> refusal(std::int32_t count = 1) {
    try {
      oracle->take(count);
      return std::nullopt;
    } catch (const OracleUnavailable& unavailable) {
      return unavailable;
    }
  }
  int logged(const std::string& part) {
    const std::lock_guard lock(mutex);
    int found = 0;
    for (const std::string& line : lines) found += line.find(part) != std::string::npos ? 1 : 0;
    return found;
  }
  int role() { return static_cast<int>(oracle->status().role); }

  HandClock clock;
  clock::BoundedTime trusted;
  FakeDisk disk;
  oracle::OracleOptions options;
  std::mutex mutex;
  std::vector<std::string> lines;
  std::unique_ptr<oracle::TimestampOracle> oracle;
};

constexpr int kServing = static_cast<int>(OracleRole::SERVING);
constexpr int kUnavailable = static_cast<int>(OracleRole::UNAVAILABLE);

}  // namespace timeservice::test
