#pragma once

#include <vector>

#include "server/host/modes.h"
#include "wire/detect.h"

namespace timeservice::test {

/// Every protocol on every transport, from the tables.
inline std::vector<wire::Dialect> all_dialects() {
  std::vector<wire::Dialect> dialects;
  for (const auto& protocol : wire::kProtocols) {
    for (const auto& transport : wire::kTransports) {
      if (protocol.protocol == wire::Protocol::kAuto || transport.transport == wire::Transport::kAuto)
        continue;
      dialects.push_back({protocol.protocol, transport.transport});
    }
  }
  return dialects;
}

inline bool carries(const host::ModeRow& mode, wire::Transport transport) {
  return transport == wire::Transport::kFramed || mode.carries_buffered;
}

/// The dialects that a mode carries.
inline std::vector<wire::Dialect> dialects_of(const host::ModeRow& mode) {
  std::vector<wire::Dialect> dialects;
  for (const wire::Dialect& dialect : all_dialects()) {
    if (carries(mode, dialect.transport)) dialects.push_back(dialect);
  }
  return dialects;
}

}  // namespace timeservice::test
