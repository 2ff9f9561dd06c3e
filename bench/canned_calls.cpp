#include "bench/canned_calls.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <stdexcept>

#include <fmt/format.h>

#include "TimeService.h"
#include "bench/canned_message.h"

namespace timeservice::bench {
namespace {

constexpr const char* kMethod = "get_time";
constexpr std::string_view kSomeTime = "Thu Jan  1 00:00:00 1970";

/// Whether it is an instant as ctime(3) writes it.
bool is_ctime(const std::string& text) {
  constexpr const char* kLayout = "%a %b %e %H:%M:%S %Y";
  std::tm time{};
  const char* end = ::strptime(text.c_str(), kLayout, &time);
  if (end == nullptr || *end != '\0') return false;
  char again[64];
  return text == std::string_view(again, std::strftime(again, sizeof again, kLayout, &time));
}

}  // namespace

CannedCalls::CannedCalls(wire::Dialect dialect)
    : dialect_(dialect),
      request_(
          canned_message(dialect, kMethod, apache::thrift::protocol::T_CALL, TimeService_get_time_args())),
      reply_size_(reply(kSomeTime).size()) {}

Bytes CannedCalls::reply(std::string_view text) const {
  TimeService_get_time_result result;
  result.success = text;
  result.__isset.success = true;
  return canned_message(dialect_, kMethod, apache::thrift::protocol::T_REPLY, result);
}

std::string CannedCalls::text_of(std::span<const std::uint8_t> reply) const {
  const auto result = result_of<TimeService_get_time_result>(dialect_, reply);
  if (!result.__isset.success) throw std::invalid_argument("it holds no result");
  return result.success;
}

std::unique_ptr<ReplyCheck> CannedCalls::new_check() const { return std::make_unique<TimeCheck>(*this); }

void TimeCheck::check(std::span<const std::uint8_t> reply) {
  if (std::memcmp(reply.data(), good_.data(), good_.size()) != 0) decode(reply);
}

void TimeCheck::decode(std::span<const std::uint8_t> reply) {
  std::string why;
  try {
    const std::string text = calls_.text_of(reply);
    const Bytes right = calls_.reply(text);
    if (!is_ctime(text)) {
      why = "its text is no time";
    } else if (!std::equal(reply.begin(), reply.end(), right.begin(), right.end())) {
      why = fmt::format("right would be '{}'", shown(right));
    } else {
      good_ = right;
      return;
    }
  } catch (const std::exception& error) {
    why = error.what();
  }
  throw WrongReply(fmt::format("a wrong reply: '{}': {}", shown(reply), why));
}

}  // namespace timeservice::bench
