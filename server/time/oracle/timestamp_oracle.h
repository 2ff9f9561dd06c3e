#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/time/clock/bounded_wall_clock.h"
#include "server/time/clock/clock.h"
#include "server/time/oracle/oracle_log.h"
#include "server/time/oracle/watermark_store.h"
#include "time_service_types.h"

namespace timeservice::oracle {

struct OracleOptions {
  /// How far ahead of the clock the watermark is made durable; it is written each half
  /// of it. A restart after a crash goes on at most so far ahead of the clock. 10ms to 1h.
  std::chrono::nanoseconds window = std::chrono::seconds(1);
  /// How long a call waits for a durable watermark; see take(). 0 to 1min.
  std::chrono::milliseconds timeout{500};
  /// A jump of the clock that is larger is not followed until the clock is trusted. From 1s.
  std::chrono::nanoseconds max_jump = std::chrono::minutes(1);
  OracleLog log = [](Severity, const std::string&) {};
  /// Whether a thread of its own extends the window. Without, somebody calls turn().
  bool background = true;
};

/// Throws std::invalid_argument, naming what is out of its range.
void check(const OracleOptions& options);

/// What an oracle has done since it was made; each number only grows.
struct OracleCounts {
  std::uint64_t timestamps = 0;
  /// Tries to make a watermark durable, and those of them that failed.
  std::uint64_t writes = 0;
  std::uint64_t write_failures = 0;
  /// How long all writes took together.
  std::chrono::nanoseconds writing{0};
  /// When a write last succeeded.
  std::optional<clock::WallTime> written;
  /// Why the last write failed; "" if it did not.
  std::string failure;
  /// A jump of the clock is not followed.
  bool holding = false;
};

/// Hands out unique, strictly increasing timestamps below a durable watermark. Any
/// thread.
///
/// Its thread keeps the watermark between half of the window and all of it ahead of
/// the clock, and a tenth of it ahead of the timestamps, so that no call has to wait for
/// storage unless that is slower than half a window, or much is asked for at once.
class TimestampOracle {
 public:
  /// `bounded` tells how far the clock may be trusted; it is asked by the oracle's own
  /// thread, and only while a jump is not followed. Both clocks outlive the oracle. The
  /// first window is durable when it returns. Throws std::runtime_error where the store
  /// cannot be read or written, std::invalid_argument as check() does.
  TimestampOracle(const clock::Clock& clock, std::function<clock::BoundedTime()> bounded,
                  std::unique_ptr<WatermarkStore> store, OracleOptions options);
  /// Ends the thread and writes nothing: without stop() the next start is as after a crash.
  ~TimestampOracle();

  /// The first of `count` consecutive timestamps; `count` is 1 to MAX_TIMESTAMPS.
  ///
  /// Meets a call the watermark, it waits until the write that is under way is done, but
  /// for no write longer than `timeout`: a caller that has an event loop's thread keeps
  /// all clients of that loop waiting, so a disk that hangs must cost it one timeout and
  /// not one for each call. After a failed write calls do not wait, until one succeeds.
  ///
  /// Throws OracleUnavailable: STORAGE, EXHAUSTED or, after stop(), NOT_READY.
  std::int64_t take(std::int32_t count);
  /// Never throws, never waits for storage.
  OracleStatus status() const;
  OracleCounts counts() const;
  const OracleOptions& options() const;
  /// No more timestamps: writes the last one as the watermark, so that a restart goes
  /// on right behind it. Waits for a write that is under way. May be repeated, from one thread.
  void stop();

  /// What the oracle's own thread does over and over: extends the window if it is time,
  /// asks whether a jump may be followed, logs. Returns for how long there is nothing to do.
  std::chrono::nanoseconds turn();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace timeservice::oracle
