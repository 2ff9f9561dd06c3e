#include "server/oracle_life.h"

#include <cstdio>
#include <cstdlib>
#include <future>
#include <thread>
#include <utility>

#include "server/event_logs.h"
#include "server/host/serve_until_signal.h"
#include "server/time/oracle/file_watermark.h"

namespace timeservice {

std::unique_ptr<oracle::TimestampOracle> make_oracle(const ServerOptions& options, const clock::Clock& clock,
                                                     clock::BoundedWallClock& bounded_clock,
                                                     const std::shared_ptr<spdlog::logger>& log) {
  if (options.oracle_state.empty()) return nullptr;
  if (options.oracle_init) oracle::init_watermark_file(options.oracle_state);
  oracle::OracleOptions oracle_options = options.oracle;
  oracle_options.log = oracle_log(log);
  return std::make_unique<oracle::TimestampOracle>(
      clock, [&bounded_clock] { return bounded_clock.read(); },
      oracle::open_watermark_file(options.oracle_state, oracle_options.log), oracle_options);
}

void stop_oracle(oracle::TimestampOracle& oracle, const std::shared_ptr<spdlog::logger>& log,
                 std::chrono::milliseconds timeout) {
  std::promise<void> stopped;
  auto done = stopped.get_future();
  std::thread([&oracle, promise = std::move(stopped)]() mutable {
    oracle.stop();
    promise.set_value();
  }).detach();
  if (done.wait_for(timeout) == std::future_status::ready) return;
  log->error("oracle: the disk did not take the last timestamp within {} ms, and is not waited for",
             timeout.count());
  std::fflush(nullptr);
  std::_Exit(host::kCutShort);
}

}  // namespace timeservice
