#include "server/host/modes.h"

#include <stdexcept>

#include <fmt/format.h>

#include "server/host/start_error.h"
#include "wire/names.h"

namespace timeservice::host {

const ModeRow& mode_for(const HostOptions& options) {
  const ModeRow* mode = nullptr;
  try {
    mode = &wire::row_named(kModes, options.mode);
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("--mode {}", error.what()));
  }
  if (options.transport == wire::Transport::kBuffered && !mode->carries_buffered) {
    throw UsageError(fmt::format(
        "--mode {0} carries framed messages only, not --transport buffered: use --transport framed or auto, "
        "or {1}",
        mode->name, modes_that([](const ModeRow& row) { return row.carries_buffered; })));
  }
  if (options.threads && !mode->takes_threads) {
    throw UsageError(fmt::format("--threads means nothing to --mode {}: leave it out, or use {}", mode->name,
                                 modes_that([](const ModeRow& row) { return row.takes_threads; })));
  }
  if (options.io_threads && !mode->takes_io_threads) {
    throw UsageError(fmt::format("--io-threads means nothing to --mode {}: leave it out, or use {}",
                                 mode->name,
                                 modes_that([](const ModeRow& row) { return row.takes_io_threads; })));
  }
  if (options.max_in_flight > 0 && !mode->takes_max_in_flight) {
    throw UsageError(fmt::format(
        "--max-in-flight means nothing to --mode {}, which never has more than one: leave it out, "
        "or use {}",
        mode->name, modes_that([](const ModeRow& row) { return row.takes_max_in_flight; })));
  }
  return *mode;
}

void warn_of_limit_beyond(std::size_t loops, const ModeParts& parts) {
  const std::size_t limit = parts.options.max_in_flight;
  if (limit < loops) return;
  parts.calls.log.warn(
      "--max-in-flight {} means nothing without --threads: calls run in the event loops, {} at most, and no "
      "call waits for a thread: name --threads, or leave it out",
      limit, loops);
}

wire::Transport transport_taken(const HostOptions& options) {
  return wire::row_named(kModes, options.mode).carries_buffered ? options.transport
                                                                : wire::Transport::kFramed;
}

}  // namespace timeservice::host
