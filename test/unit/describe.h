#pragma once

#include <string>
#include <variant>

#include <fmt/format.h>

#include "wire/detect.h"
#include "wire/message_cutter.h"
#include "wire/message_scanner.h"

// What the wire's answers look like in a table and in a failed test.
namespace timeservice::test {

inline std::string describe(wire::NeedMore) { return "need more"; }
inline std::string describe(wire::WireError error) { return std::string(wire::name(error)); }
inline std::string describe(wire::Dialect dialect) {
  return fmt::format("{} {}", wire::name(dialect.protocol), wire::name(dialect.transport));
}
inline std::string describe(const wire::Message& message) {
  return fmt::format("message of {} in {}", message.payload.size(), message.consumed);
}

template <typename... Answers>
std::string describe(const std::variant<Answers...>& answer) {
  return std::visit([](const auto& one) { return describe(one); }, answer);
}

/// What `scanner` answers to `bytes`.
inline std::string scanned(wire::MessageScanner& scanner, std::span<const std::uint8_t> bytes) {
  switch (scanner.scan(bytes)) {
    case wire::MessageScanner::State::kNeedMore:
      return "need more";
    case wire::MessageScanner::State::kComplete:
      return fmt::format("complete {}", scanner.length());
    case wire::MessageScanner::State::kBad:
      return describe(scanner.error());
  }
  return "none of its states";
}

}  // namespace timeservice::test
