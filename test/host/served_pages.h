#pragma once

#include "server/host/admin_http.h"
#include "test/support/captured_log.h"
#include "test/support/http_client.h"

namespace timeservice::test {

/// An HTTP endpoint of the admin's kind in this process, on a port of its own, with pages of
/// every kind: /hello /json /large /not /throws.
struct ServedPages {
  explicit ServedPages(host::AdminTimeouts timeouts = {},
                       const wire::Endpoint& endpoint = {.host = "127.0.0.1", .port = 0, .path = {}});

  const wire::Endpoint& endpoint() const { return http.bound().front(); }

  CapturedLog log;
  host::AdminHttp http;
};

}  // namespace timeservice::test
