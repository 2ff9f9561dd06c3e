#include "server/time/zone/bad_request.h"

#include <utility>

#include <fmt/format.h>

namespace timeservice::zone {

void refuse(BadRequestCode::type code, std::string message, std::int32_t index) {
  BadRequest bad;
  bad.message = std::move(message);
  bad.code = code;
  bad.index = index;
  throw bad;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMostBytes = 60;
  std::string result = "\"";
  for (const char c : text.substr(0, kMostBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') result += '\\';
    if (byte >= 0x20 && byte < 0x7f) {
      result += c;
    } else {
      result += fmt::format("\\x{:02x}", byte);
    }
  }
  result += '"';
  if (text.size() > kMostBytes) result += fmt::format("... ({} bytes)", text.size());
  return result;
}

}  // namespace timeservice::zone
