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

/// [1,"method",type,...
int json_type(std::string_view text) {
  const std::string_view type = behind_comma(behind_comma(text));
  return type.size() > 1 && type[1] == ',' ? type[0] - '0' : 0;
}

}  // namespace

int message_type(Protocol protocol, std::span<const std::uint8_t> message) {
  int type = 0;
  switch (protocol) {
    case Protocol::kBinary:
      if (message.size() > 3) type = message[3];
      break;
    case Protocol::kCompact:
      if (message.size() > 1) type = message[1] >> 5;
      break;
    case Protocol::kJson:
      type = json_type({reinterpret_cast<const char*>(message.data()), message.size()});
      break;
    case Protocol::kAuto:
      break;
  }
  return is_message_type(type) ? type : 0;
}

}  // namespace timeservice::wire
