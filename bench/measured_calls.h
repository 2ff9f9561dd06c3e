#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace timeservice::bench {

using Bytes = std::vector<std::uint8_t>;

/// The reply is not what the call deserves. One line that shows it.
struct WrongReply : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Looks at every byte of every reply that comes on one connection, in their order.
class ReplyCheck {
 public:
  virtual ~ReplyCheck() = default;
  /// Of each reply, in bytes.
  virtual std::size_t reply_size() const = 0;
  /// `reply` has reply_size() bytes. Throws WrongReply.
  virtual void check(std::span<const std::uint8_t> reply) = 0;
};

/// One call as the bytes of one dialect, to be made again and again. Immutable: any thread.
class MeasuredCalls {
 public:
  virtual ~MeasuredCalls() = default;
  virtual const Bytes& request() const = 0;
  /// For one connection; outlived by this.
  virtual std::unique_ptr<ReplyCheck> new_check() const = 0;
};

/// Bytes for an error line: printable ones as they are, others as \xNN.
std::string shown(std::span<const std::uint8_t> bytes);

}  // namespace timeservice::bench
