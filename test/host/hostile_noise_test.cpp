// Noise, and calls with noise in them, never end the host.
#include <sys/socket.h>

#include <chrono>
#include <random>
#include <string>

#include "test/host/hostile_bytes.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"

namespace timeservice::test {
namespace {

TEST_CASE("random bytes never end the host", "[host][hostile]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    std::mt19937 random(seed);
    auto options = options_for(mode.name);
    options.message_timeout = std::chrono::milliseconds(300);
    EchoHost host(options);
    for (int round = 0; round < 150; ++round) {
      std::string noise(random() % 300, '\0');
      for (char& c : noise) c = static_cast<char>(random());
      if (round % 3 == 1) noise = framed(noise);
      if (round % 3 == 2) noise = framed(call("echo", noise));
      RawConnection connection(host.endpoint());
      connection.send(noise);
      if (round % 2 == 0) ::shutdown(connection.fd(), SHUT_WR);
    }
    check_good_client(host, mode);
  }
}

TEST_CASE("valid calls with a byte changed never end the host", "[host][hostile]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    std::mt19937 random(seed);
    EchoHost host(options_for(mode.name));
    const std::string good =
        framed(call("counts", bytes({13, 0, 1, 11, 10, 0, 0, 0, 1, 0, 0, 0, 1, 'k', 0,  0, 0, 0,
                                     0,  0, 0, 9,  14, 0, 2, 6, 0, 0, 0, 1, 0, 5,   15, 0, 3, 2,
                                     0,  0, 0, 1,  1,  4, 0, 4, 0, 0, 0, 0, 0, 0,   0,  0, 0})));
    for (int round = 0; round < 200; ++round) {
      std::string changed = good;
      changed[random() % changed.size()] = static_cast<char>(random());
      RawConnection connection(host.endpoint());
      connection.send(changed);
      ::shutdown(connection.fd(), SHUT_WR);
      connection.receive();
    }
    check_good_client(host, mode);
  }
}

}  // namespace
}  // namespace timeservice::test
