#include "client/client_error.h"

#include <algorithm>

#include <fmt/format.h>

namespace timeservice::client {

ClientError::ClientError(std::string_view line) : std::runtime_error(printable(line)) {}

std::string printable(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](unsigned char letter) { return letter < 0x20 || letter == 0x7f; }, '?');
  return line;
}

std::string describe(const wire::Endpoint& endpoint, std::string_view step, std::string_view cause,
                     std::string_view advice) {
  return fmt::format("{}: {}: {}: {}", wire::to_string(endpoint), step, cause, advice);
}

}  // namespace timeservice::client
