// Options of TLS that do not fit together are refused before anything starts.
#include <string>
#include <vector>

#include "server/host/start_error.h"
#include "server/host/tls_certificates.h"
#include "test/support/catch.h"

namespace timeservice::host {
namespace {

TEST_CASE("options of TLS that do not fit together are refused with the fix", "[host][tls]") {
  struct Case {
    bool tls;
    TlsOptions options;
    std::vector<std::string> said;
  };
  const std::vector<Case> cases = {
      {true, {}, {"--listen tls:localhost:9443", "--tls-cert", "--tls-key"}},
      {true, {.certificate = "c"}, {"--tls-cert without --tls-key"}},
      {true, {.key = "k"}, {"--tls-key without --tls-cert"}},
      {false, {.key = "k"}, {"--tls-key without --tls-cert"}},
      {false, {.certificate = "c", .key = "k"}, {"--tls-cert", "tls:localhost:9443"}},
      {false, {.client_ca = "ca"}, {"--tls-client-ca", "tls:localhost:9443"}},
      {true, {.client_ca = "ca"}, {"--tls-cert", "--tls-key"}},
  };
  for (const Case& wrong : cases) {
    HostOptions options;
    options.listen = {{.host = "localhost", .port = 9443, .path = {}, .tls = wrong.tls}};
    options.tls = wrong.options;
    try {
      check_tls(options);
      FAIL("was taken: " << wrong.said.front());
    } catch (const UsageError& error) {
      const std::string line = error.what();
      INFO(line);
      for (const std::string& said : wrong.said) CHECK(line.find(said) != std::string::npos);
    }
  }
}

TEST_CASE("options of TLS that fit are taken, and none are needed without it", "[host][tls]") {
  HostOptions options;
  CHECK_NOTHROW(check_tls(options));
  CHECK_FALSE(any_tls(options));
  options.listen.push_back({.host = "localhost", .port = 9443, .path = {}, .tls = true});
  options.tls = {.certificate = "c", .key = "k", .client_ca = "ca"};
  CHECK_NOTHROW(check_tls(options));
  CHECK(any_tls(options));
}

}  // namespace
}  // namespace timeservice::host
