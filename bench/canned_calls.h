#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "wire/detect.h"

namespace timeservice::bench {

using Bytes = std::vector<std::uint8_t>;

/// A call of TimeService.get_time and its replies as the bytes of one dialect, made
/// by Thrift's own protocols. Every call is the same, and so is every reply but for
/// the time in it, whose text always has the same length. Immutable: any thread.
class CannedCalls {
 public:
  explicit CannedCalls(wire::Dialect dialect);

  wire::Dialect dialect() const { return dialect_; }
  const Bytes& request() const { return request_; }
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

/// The reply is not what the call deserves. One line that shows it.
struct WrongReply : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Looks at every byte of every reply. The time in them changes once a second: a
/// reply like the last good one is good, any other is decoded, and made again from
/// what was decoded. One thread at a time.
class ReplyCheck {
 public:
  explicit ReplyCheck(const CannedCalls& calls) : calls_(calls), good_(calls.reply_size()) {}

  std::size_t reply_size() const { return good_.size(); }
  /// `reply` has reply_size() bytes. Throws WrongReply.
  void check(std::span<const std::uint8_t> reply);

 private:
  void decode(std::span<const std::uint8_t> reply);

  const CannedCalls& calls_;
  /// The last good reply; zeros, which are none, at first.
  Bytes good_;
};

/// Bytes for an error line: printable ones as they are, others as \xNN.
std::string shown(std::span<const std::uint8_t> bytes);

}  // namespace timeservice::bench
