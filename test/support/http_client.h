#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "test/support/echo_host.h"

namespace timeservice::test {

struct HttpReply {
  unsigned status = 0;
  /// By name in small letters.
  std::map<std::string, std::string> headers = {};
  std::string body = {};
};

/// A connection that speaks HTTP/1.1, and only what it is told to say.
class HttpConnection {
 public:
  explicit HttpConnection(const wire::Endpoint& endpoint) : raw_(endpoint) {}

  bool send(std::string_view bytes) { return raw_.send(bytes); }
  bool get(std::string_view path);
  /// The next reply; one of status 0 at the connection's end. `bodiless`: it answers a HEAD.
  HttpReply receive(bool bodiless = false);
  /// All that comes until the end; says so where there is none.
  std::string rest();
  int fd() const { return raw_.fd(); }

 private:
  bool more(std::size_t most);

  RawConnection raw_;
  std::string received_;
};

/// What one request on a connection of its own is answered with.
HttpReply http_get(const wire::Endpoint& endpoint, std::string_view path);

}  // namespace timeservice::test
