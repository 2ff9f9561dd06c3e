#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "Peer.h"
#include "bench/peers/cpp/peer_service.h"

namespace timeservice::peers {

/// The handler of the servers that speak Thrift: Apache's, and this project's host.
class ThriftHandler : public PeerIf {
 public:
  void get_time(std::string& reply) override { reply = ctime_now(); }
  void echo(std::string& reply, const std::string& payload) override { reply = payload; }
  void prices(std::vector<double>& reply, const std::int32_t count) override {
    reply.reserve(count > 0 ? static_cast<std::size_t>(count) : 0);
    for (std::int32_t index = 0; index < count; ++index) reply.push_back(price(index));
  }
  std::int32_t wait(const std::int32_t milliseconds) override {
    sleep_for(milliseconds);
    return milliseconds;
  }
};

}  // namespace timeservice::peers
