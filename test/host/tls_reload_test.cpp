// Certificates change while the host serves, and what cannot be used never takes their place.
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "server/host/start_error.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/tls_echo.h"

namespace timeservice::test {
namespace {

namespace fs = std::filesystem;

constexpr wire::Dialect kFramedBinary{wire::Protocol::kBinary, wire::Transport::kFramed};

/// A folder with one certificate and its key, which can be changed.
class CertificateFolder {
 public:
  CertificateFolder() {
    std::string name = "/tmp/timeservice-tls-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    put("server");
  }
  ~CertificateFolder() { fs::remove_all(folder_); }
  CertificateFolder(const CertificateFolder&) = delete;
  CertificateFolder& operator=(const CertificateFolder&) = delete;

  void put(std::string_view name) {
    put_key(name);
    replace(certificate_file(name), "certificate");
  }
  void put_key(std::string_view name) { replace(key_file(name), "key"); }
  void write(const std::string& file, const std::string& text) { std::ofstream(folder_ / file) << text; }

  host::HostOptions options_for(std::string_view mode) const {
    auto options = tls_options_for(mode);
    options.tls.certificate = folder_ / "certificate";
    options.tls.key = folder_ / "key";
    return options;
  }

 private:
  void replace(const fs::path& from, const std::string& file) {
    fs::copy_file(from, folder_ / (file + ".new"), fs::copy_options::overwrite_existing);
    fs::rename(folder_ / (file + ".new"), folder_ / file);
  }

  fs::path folder_;
};

/// Which of the two certificates the host shows: only one of them is trusted.
bool shows(const EchoHost& host, std::string_view ca) {
  RawTls client(host.endpoint(), {.ca = certificate_file(ca)});
  return client.handshake();
}

TEST_CASE("a reload changes what new connections are shown, and loses no call", "[host][tls]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    CertificateFolder folder;
    EchoHost host(folder.options_for(mode.name));
    std::atomic<bool> over = false;
    std::atomic<int> calls = 0;
    std::atomic<int> failed = 0;
    TlsEchoConnection open(host.endpoint(), kFramedBinary);
    std::vector<std::thread> clients;
    for (int i = 0; i < 2; ++i) {
      clients.emplace_back([&] {
        while (!over) {
          try {
            TlsEchoConnection client(host.endpoint(), kFramedBinary);
            std::string reply;
            for (int call = 0; call < 3; ++call, ++calls) client->echo(reply, "t");
          } catch (const apache::thrift::TException&) {
            ++failed;
          }
        }
      });
    }
    for (int round = 0; round < 10; ++round) {
      folder.put(round % 2 == 0 ? "renewed" : "server");
      CHECK(host.host().reload_certificates());
      const int before = calls;
      CHECK(eventually([&] { return calls > before + 6; }));
    }
    over = true;
    for (std::thread& client : clients) client.join();
    CHECK(failed == 0);
    folder.put("impostor");
    CHECK(host.host().reload_certificates());
    CHECK(shows(host, "other-ca"));
    CHECK_FALSE(shows(host, "ca"));
    std::string reply;
    open->echo(reply, "open since before");
    CHECK(reply == "open since before");
  }
}

TEST_CASE("files that cannot be used leave the certificates in use as they are", "[host][tls]") {
  CertificateFolder folder;
  EchoHost host(folder.options_for("reactor"));
  folder.put_key("impostor");  // of another certificate
  CHECK_FALSE(host.host().reload_certificates());
  folder.write("key", "nonsense");
  CHECK_FALSE(host.host().reload_certificates());
  CHECK(shows(host, "ca"));
  folder.put("impostor");
  CHECK(host.host().reload_certificates());
  CHECK(shows(host, "other-ca"));
}

TEST_CASE("a certificate that has ended takes no valid one's place, and gives its own to one",
          "[host][tls]") {
  CertificateFolder folder;
  EchoHost host(folder.options_for("reactor"));
  folder.put("expired");
  CHECK_FALSE(host.host().reload_certificates());
  CHECK(shows(host, "ca"));

  EchoHost ended(folder.options_for("reactor"));
  CHECK_FALSE(shows(ended, "ca"));
  folder.put("renewed");
  CHECK(ended.host().reload_certificates());
  CHECK(shows(ended, "ca"));
}

TEST_CASE("changed files are noticed without being told", "[host][tls]") {
  CertificateFolder folder;
  EchoHost host(folder.options_for("reactor"));
  CHECK(shows(host, "ca"));
  folder.put("impostor");
  CHECK(eventually([&] { return shows(host, "other-ca"); }));
}

TEST_CASE("a host without TLS has nothing to reload, and that is no failure", "[host][tls]") {
  EchoHost host(options_for("reactor"));
  CHECK(host.host().reload_certificates());
}

TEST_CASE("files that cannot be used are refused at the start, by flag, file and fix", "[host][tls]") {
  struct Case {
    std::string certificate, key, ca;
    std::vector<std::string> said;
  };
  const std::string good = certificate_file("server");
  const std::string good_key = key_file("server");
  const std::vector<Case> cases = {
      {"/nowhere/c.pem",
       good_key,
       "",
       {"--tls-cert", "/nowhere/c.pem", "No such file", "name a readable PEM"}},
      {good_key, good_key, "", {"--tls-cert", good_key}},
      {good, "/nowhere/k.pem", "", {"--tls-key", "/nowhere/k.pem", "No such file"}},
      {good, good, "", {"--tls-key", good}},
      {good, key_file("client"), "", {"--tls-key", key_file("client"), "belongs to the certificate"}},
      {good, key_file("server-ec"), "", {"--tls-key", key_file("server-ec"), "belongs to the certificate"}},
      {certificate_file("locked"),
       key_file("locked"),
       "",
       {"--tls-key", key_file("locked"), "without a password"}},
      {good, good_key, "/nowhere/ca.pem", {"--tls-client-ca", "/nowhere/ca.pem", "No such file"}},
      {good, good_key, good_key, {"--tls-client-ca", good_key}},
  };
  for (const Case& wrong : cases) {
    auto options = tls_options_for("reactor");
    options.tls.certificate = wrong.certificate;
    options.tls.key = wrong.key;
    options.tls.client_ca = wrong.ca;
    try {
      const EchoHost host(options);
      FAIL(wrong.certificate << ' ' << wrong.key << ' ' << wrong.ca << " were taken");
    } catch (const host::StartError& error) {
      const std::string line = error.what();
      INFO(line);
      CHECK(line.find('\n') == std::string::npos);
      for (const std::string& said : wrong.said) CHECK(line.find(said) != std::string::npos);
    }
  }
}

}  // namespace
}  // namespace timeservice::test
