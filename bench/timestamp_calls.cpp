#include "bench/timestamp_calls.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

#include "TimeService.h"
#include "bench/canned_message.h"

namespace timeservice::bench {
namespace {

constexpr const char* kMethod = "get_timestamps";
constexpr std::size_t kTimestampBytes = 8;

Bytes request_for(wire::Dialect dialect, std::int32_t count) {
  if (dialect.protocol != wire::Protocol::kBinary) {
    throw std::invalid_argument(
        "get_timestamps is measured in binary only: elsewhere replies differ in length");
  }
  TimeService_get_timestamps_args arguments;
  arguments.count = count;
  return canned_message(dialect, kMethod, apache::thrift::protocol::T_CALL, arguments);
}

std::int64_t big_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return static_cast<std::int64_t>(number);
}

}  // namespace

TimestampCalls::TimestampCalls(wire::Dialect dialect, std::int32_t count)
    : dialect_(dialect), count_(count), request_(request_for(dialect, count)) {}

std::unique_ptr<ReplyCheck> TimestampCalls::new_check() const {
  return std::make_unique<TimestampCheck>(*this);
}

Bytes TimestampCalls::reply(std::int64_t first) const {
  TimeService_get_timestamps_result result;
  result.success.first = first;
  result.success.count = count_;
  result.__isset.success = true;
  return canned_message(dialect_, kMethod, apache::thrift::protocol::T_REPLY, result);
}

void TimestampCalls::decode(std::span<const std::uint8_t> reply) const {
  const auto result = result_of<TimeService_get_timestamps_result>(dialect_, reply);
  if (result.__isset.unavailable) throw result.unavailable;
  if (result.__isset.bad_request) throw result.bad_request;
}

TimestampCheck::TimestampCheck(const TimestampCalls& calls) : calls_(calls), right_(calls.reply(0)) {
  const Bytes other = calls.reply(-1);
  at_ = static_cast<std::size_t>(std::mismatch(right_.begin(), right_.end(), other.begin()).first -
                                 right_.begin());
}

void TimestampCheck::check(std::span<const std::uint8_t> reply) {
  const std::size_t behind = at_ + kTimestampBytes;
  const bool like_others =
      std::memcmp(reply.data(), right_.data(), at_) == 0 &&
      std::memcmp(reply.data() + behind, right_.data() + behind, right_.size() - behind) == 0;
  std::string why = "it is no such reply";
  if (like_others) {
    const std::int64_t first = big_endian(reply.subspan(at_, kTimestampBytes));
    if (first >= least_) {
      least_ = first + calls_.count();
      return;
    }
    why = fmt::format("it begins at {}, and {} were handed out on this connection before", first, least_ - 1);
  } else {
    try {
      calls_.decode(reply);
    } catch (const std::exception& error) {
      why = error.what();
    }
  }
  throw WrongReply(fmt::format("a wrong reply: '{}': {}", shown(reply), why));
}

}  // namespace timeservice::bench
