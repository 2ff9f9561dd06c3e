#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace timeservice::host {

/// Looks at what a thread does, from its making on, to tell handlers that hold the thread up from a
/// machine that has given the processor to others meanwhile. Costs a microsecond. One thread.
class TurnWatch {
 public:
  TurnWatch();

  /// How long the thread was held up by so many `calls` that it ran, where some are slow: they have
  /// waited for something (a disk, a lock, another server), or each has computed for
  /// long. Nothing where they are quick, also if the thread itself had to wait for a processor.
  std::optional<std::chrono::nanoseconds> slow(std::uint64_t calls) const;

 private:
  struct Usage {
    std::chrono::nanoseconds computed;
    /// How often the thread has given the processor away because it had to wait.
    long waits;
  };
  static Usage usage();

  const std::chrono::nanoseconds began_;
  const Usage usage_;
};

}  // namespace timeservice::host
