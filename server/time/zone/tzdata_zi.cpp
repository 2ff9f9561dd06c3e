#include "server/time/zone/tzdata_zi.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "server/time/zone/bad_request.h"

namespace timeservice::zone {
namespace {

constexpr std::string_view kVersion = "# version ";

/// Letters, digits and "+-_" between single slashes: no "..", nothing absolute.
bool safe(std::string_view name) {
  char last = '/';
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool other = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '_';
    if (!letter && !other && (c != '/' || last == '/')) return false;
    last = c;
  }
  return last != '/';
}

}  // namespace

TzdataZi read_tzdata_zi(std::istream& file) {
  TzdataZi result;
  std::string line;
  std::getline(file, line);
  if (line.rfind(kVersion, 0) == 0) result.version = line.substr(kVersion.size());
  if (result.version.empty()) throw std::runtime_error("its first line is not \"# version ...\"");
  while (std::getline(file, line)) {
    // "Z name rules..." and "L target name"; other lines are rules and continuations.
    if (line.rfind("Z ", 0) != 0 && line.rfind("L ", 0) != 0) continue;
    std::istringstream words(line);
    std::string kind, name;
    words >> kind >> name;
    if (kind == "L") words >> name;
    if (!words || !safe(name)) {
      throw std::runtime_error(fmt::format("its line {} has no name of a zone", in_quotes(line)));
    }
    result.names.push_back(name);
  }
  if (result.names.empty()) throw std::runtime_error("it names no zones");
  std::sort(result.names.begin(), result.names.end());
  result.names.erase(std::unique(result.names.begin(), result.names.end()), result.names.end());
  return result;
}

}  // namespace timeservice::zone
