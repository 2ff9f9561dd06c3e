#include "test/host/overload_clients.h"

#include <thrift/TApplicationException.h>

namespace timeservice::test {

EchoConnection connect(EchoHost& host) {
  return EchoConnection(host.endpoint(), kFramedBinary.protocol, kFramedBinary.transport);
}

std::future<std::string> call_block(EchoHost& host, const std::string& token) {
  return std::async(std::launch::async, [&host, token] {
    EchoConnection client = connect(host);
    std::string reply;
    client->block(reply, token);
    return reply;
  });
}

std::string refusal_of(EchoConnection& client) {
  try {
    std::string reply;
    client->echo(reply, "x");
    return reply == "x" ? "" : "a wrong reply";
  } catch (const apache::thrift::TApplicationException& error) {
    if (error.getType() != apache::thrift::TApplicationException::INTERNAL_ERROR) return "a wrong type";
    return error.what();
  }
}

bool begins(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

std::vector<host::HostOptions> one_at_a_time() {
  std::vector<host::HostOptions> ways;
  for (const auto& mode : host::kModes) {
    ways.push_back(options_for(mode.name));
    if (mode.takes_io_threads) {
      ways.back().io_threads = 1;
      ways.back().threads = 0;
    }
    if (!mode.takes_threads) continue;
    ways.push_back(ways.back());
    ways.back().threads = 1;
  }
  return ways;
}

}  // namespace timeservice::test
