#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "bench/measured_calls.h"
#include "wire/detect.h"

namespace timeservice::bench {

/// TimeService.get_time and its replies as the bytes of one dialect, made by Thrift's
/// own protocols. Every call is the same, and so is every reply but for the time in
/// it, whose text always has the same length.
class CannedCalls : public MeasuredCalls {
 public:
  explicit CannedCalls(wire::Dialect dialect);

  const Bytes& request() const override { return request_; }
  std::unique_ptr<ReplyCheck> new_check() const override;
  /// Bytes of each reply.
  std::size_t reply_size() const { return reply_size_; }
  /// The reply that says `text`.
  Bytes reply(std::string_view text) const;
  /// The text in a reply. Throws what Thrift throws, or std::invalid_argument, where
  /// the bytes are no reply to this call.
  std::string text_of(std::span<const std::uint8_t> reply) const;

 private:
  wire::Dialect dialect_;
  Bytes request_;
  std::size_t reply_size_;
};

/// The time in replies changes once a second: a reply like the last good one is good,
/// any other is decoded, and made again from what was decoded. One thread at a time.
class TimeCheck : public ReplyCheck {
 public:
  explicit TimeCheck(const CannedCalls& calls) : calls_(calls), good_(calls.reply_size()) {}

  std::size_t reply_size() const override { return good_.size(); }
  void check(std::span<const std::uint8_t> reply) override;

 private:
  void decode(std::span<const std::uint8_t> reply);

  const CannedCalls& calls_;
  /// The last good reply; zeros, which are none, at first.
  Bytes good_;
};

}  // namespace timeservice::bench
