#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "bench/measured_calls.h"
#include "wire/detect.h"

namespace timeservice::bench {

/// TimeService.get_timestamps(count) and its replies, in binary, where every reply has
/// the same length and all its bytes but the eight of the first timestamp.
class TimestampCalls : public MeasuredCalls {
 public:
  /// Throws std::invalid_argument for another protocol.
  TimestampCalls(wire::Dialect dialect, std::int32_t count);

  const Bytes& request() const override { return request_; }
  std::unique_ptr<ReplyCheck> new_check() const override;
  /// The reply that hands out `first` and those behind it.
  Bytes reply(std::int64_t first) const;
  std::int32_t count() const { return count_; }
  /// What a reply that is no right one says. Throws what Thrift throws.
  void decode(std::span<const std::uint8_t> reply) const;

 private:
  wire::Dialect dialect_;
  std::int32_t count_;
  Bytes request_;
};

/// On one connection, whose calls are answered in order, each range begins behind the
/// one before. One thread at a time.
class TimestampCheck : public ReplyCheck {
 public:
  explicit TimestampCheck(const TimestampCalls& calls);

  std::size_t reply_size() const override { return right_.size(); }
  void check(std::span<const std::uint8_t> reply) override;

 private:
  const TimestampCalls& calls_;
  /// A right reply, and where its first timestamp stands.
  Bytes right_;
  std::size_t at_;
  /// The smallest that the next one may be.
  std::int64_t least_ = 1;
};

}  // namespace timeservice::bench
