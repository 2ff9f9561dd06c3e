#include "wire/message_type.h"

#include <string_view>

namespace timeservice::wire {
namespace {

/// The text behind the first comma that stands in no string, or nothing.
std::string_view behind_comma(std::string_view text) {
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_string && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      in_string = !in_string;
    } else if (text[i] == ',' && !in_string) {
      return text.substr(i + 1);
    }
  }
  return {};
}

}  // namespace

// [1,"method",type,...
int json_message_type(std::span<const std::uint8_t> message) {
  const std::string_view text(reinterpret_cast<const char*>(message.data()), message.size());
  const std::string_view type = behind_comma(behind_comma(text));
  return type.size() > 1 && type[1] == ',' ? type[0] - '0' : 0;
}

}  // namespace timeservice::wire
