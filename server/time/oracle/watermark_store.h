#pragma once

#include <cstdint>

namespace timeservice::oracle {

/// Keeps one number through crashes. One thread at a time.
class WatermarkStore {
 public:
  virtual ~WatermarkStore() = default;
  /// The number that was written last. Throws std::runtime_error.
  virtual std::int64_t read() = 0;
  /// When it returns, `watermark` is durable, and read() in any later process gives it.
  /// Throws std::runtime_error where that is not sure: the write failed, was refused, or
  /// nobody knows. Then the number may be there or not, and the next write is of the
  /// whole number again. So nothing above the last number for which it returned may be
  /// handed out.
  virtual void write(std::int64_t watermark) = 0;
};

}  // namespace timeservice::oracle
