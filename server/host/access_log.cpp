#include "server/host/access_log.h"

#include <iterator>

#include <fmt/format.h>

#include "wire/protocol.h"
#include "wire/transport.h"

namespace timeservice::host {
namespace {

constexpr std::size_t kMostShown = 100;

double microseconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1000; }

}  // namespace

std::string shown(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kMostShown)) {
    // A space or a quote would let a name look like another field.
    if (c > ' ' && c < 0x7f && c != '\\' && c != '"' && c != '=') {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  if (text.size() > kMostShown) out += "...";
  return out.empty() ? "-" : out;
}

void log_access(spdlog::logger& log, const AccessLine& line) {
  log.debug(
      "call peer={} method={} outcome={} waited_us={:.1f} took_us={:.1f} bytes_in={} bytes_out={} "
      "protocol={} transport={}",
      line.peer, shown(line.method), line.outcome, microseconds(line.waited), microseconds(line.took),
      line.bytes_in, line.bytes_out, wire::name(line.dialect.protocol), wire::name(line.dialect.transport));
}

}  // namespace timeservice::host
