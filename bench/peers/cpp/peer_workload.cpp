#include "bench/peers/cpp/peer_workload.h"

#include <algorithm>

namespace timeservice::peers {
namespace {

/// Of ctime(): w a letter of a word, d a digit, s a digit or a space; others themselves.
constexpr std::string_view kCtimeForm = "www www sd dd:dd:dd dddd";

constexpr bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

constexpr bool fits(char form, char letter) {
  switch (form) {
    case 'w':
      return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || is_digit(letter) ||
             letter == '_';
    case 'd':
      return is_digit(letter);
    case 's':
      return letter == ' ' || is_digit(letter);
    default:
      return letter == form;
  }
}

bool is_ctime(std::string_view text) {
  return std::equal(kCtimeForm.begin(), kCtimeForm.end(), text.begin(), text.end(), fits);
}

}  // namespace

Workload::Workload(Call call, std::size_t payload_bytes, std::int32_t count, std::int32_t milliseconds)
    : call_(call), count_(count), milliseconds_(milliseconds) {
  if (call == Call::kEcho) {
    // Begins with 0xff, which no UTF-8 does: some libraries make text of bytes that are.
    for (std::size_t index = 0; index < payload_bytes; ++index) {
      payload_ += static_cast<char>(255 - index % 256);
    }
  } else if (call == Call::kPrices) {
    for (std::int32_t index = 0; index < count; ++index) prices_.push_back(100.0 + index / 4.0);
  }
}

bool Workload::right(const Reply& reply) const {
  switch (call_) {
    case Call::kGetTime:
      return is_ctime(reply.text);
    case Call::kEcho:
      return reply.text == payload_;
    case Call::kPrices:
      return std::ranges::equal(reply.prices, prices_);
    case Call::kWait:
      return reply.milliseconds == milliseconds_;
  }
  return false;
}

}  // namespace timeservice::peers
