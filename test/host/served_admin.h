#pragma once

#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

#include "server/host/admin.h"
#include "test/support/captured_log.h"
#include "test/support/http_client.h"

namespace timeservice::test {

/// An admin endpoint in this process, on a port of its own.
struct ServedAdmin {
  CapturedLog log;
  host::Admin admin{wire::Endpoint{.host = "127.0.0.1", .port = 0, .path = {}}, "test-server", "1.2.3",
                    log.logger()};

  HttpReply get(std::string_view path) const { return http_get(*admin.endpoint(), path); }
  /// Each sample's value, by its name and labels as they are written.
  std::map<std::string, double> metrics() const {
    std::map<std::string, double> values;
    std::istringstream lines(get("/metrics").body);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with('#')) continue;
      const std::size_t space = line.rfind(' ');
      const bool is_new = values.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second;
      if (!is_new) throw std::runtime_error("told twice: " + line);
    }
    return values;
  }
};

}  // namespace timeservice::test
