#include "server/host/access_log.h"

#include <iterator>

#include <fmt/format.h>

#include "server/host/json_log.h"
#include "wire/protocol.h"
#include "wire/transport.h"

namespace timeservice::host {
namespace {

constexpr std::size_t kMostShown = 100;

double microseconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1000; }

/// Of a long name.
std::string beginning(std::string_view text) {
  std::string first(text.substr(0, kMostShown));
  if (text.size() > kMostShown) first += "...";
  return first;
}

}  // namespace

std::string shown(std::string_view text) {
  std::string out;
  for (const char c : beginning(text)) {
    // A space or a quote would let a name look like another field.
    if (c > ' ' && c < 0x7f && c != '\\' && c != '"' && c != '=') {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out.empty() ? "-" : out;
}

void log_access(spdlog::logger& log, const AccessLine& line) {
  if (auto* const json = dynamic_cast<JsonLog*>(&log)) {
    return json->log_parts(spdlog::level::debug, "call",
                           {{"peer", line.peer},
                            {"method", beginning(line.method)},
                            {"outcome", line.outcome},
                            {"waited_us", microseconds(line.waited)},
                            {"took_us", microseconds(line.took)},
                            {"bytes_in", line.bytes_in},
                            {"bytes_out", line.bytes_out},
                            {"protocol", wire::name(line.dialect.protocol)},
                            {"transport", wire::name(line.dialect.transport)}});
  }
  log.debug(
      "call peer={} method={} outcome={} waited_us={:.1f} took_us={:.1f} bytes_in={} bytes_out={} "
      "protocol={} transport={}",
      line.peer, shown(line.method), line.outcome, microseconds(line.waited), microseconds(line.took),
      line.bytes_in, line.bytes_out, wire::name(line.dialect.protocol), wire::name(line.dialect.transport));
}

}  // namespace timeservice::host
