#include "server/host/access_log.h"

#include "server/host/json_log.h"
#include "server/host/shown.h"
#include "wire/protocol.h"
#include "wire/transport.h"

namespace timeservice::host {
namespace {

double microseconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1000; }

}  // namespace

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
