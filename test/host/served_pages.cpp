#include "test/host/served_pages.h"

#include <stdexcept>
#include <string>

namespace timeservice::test {
namespace {

host::AdminPages pages() {
  return {
      {"/hello", "a greeting", [] { return host::AdminAnswer{.body = "hello\n"}; }},
      {"/json", "some JSON", [] { return host::AdminAnswer{.type = "application/json", .body = "{}\n"}; }},
      // More than the kernel takes on its way.
      {"/large", "much", [] { return host::AdminAnswer{.body = std::string(6 << 20, 'x')}; }},
      {"/not", "no", [] { return host::AdminAnswer{.status = 503, .body = "not now\n"}; }},
      {"/throws", "throws", []() -> host::AdminAnswer { throw std::runtime_error("out of paper"); }}};
}

}  // namespace

ServedPages::ServedPages(host::AdminTimeouts timeouts, const wire::Endpoint& endpoint)
    : http(endpoint, pages(), log.logger(), timeouts) {}

}  // namespace timeservice::test
