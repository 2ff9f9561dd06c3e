#include "test/host/kernel_stamps.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "server/host/wait_clock.h"
#include "test/support/catch.h"
#include "test/support/echo_host.h"

namespace timeservice::test {

using namespace std::chrono_literals;

void await_stamps() {
  struct Kept {
    EchoHost host = EchoHost([] {
      host::HostOptions options = options_for("reactor");
      options.queue_timeout = 1h;
      return options;
    }());
    RawConnection client = RawConnection(host.endpoint());
  };
  static Kept kept;
  host::Receipt receipt;
  int ends[2] = {::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
                 ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{
      .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t size = sizeof address;
  REQUIRE(::bind(ends[0], reinterpret_cast<const sockaddr*>(&address), size) == 0);
  REQUIRE(::getsockname(ends[0], reinterpret_cast<sockaddr*>(&address), &size) == 0);
  host::ask_for_stamps(ends[0]);
  // A datagram without a stamp is given the time of its reading: only an early one tells.
  CHECK(eventually([&] {
    std::uint8_t room[1];
    const auto sent_at = std::chrono::system_clock::now().time_since_epoch();
    ::sendto(ends[1], "x", 1, 0, reinterpret_cast<const sockaddr*>(&address), size);
    std::this_thread::sleep_for(2ms);
    return host::receive_stamped(ends[0], room, 0, receipt) == 1 && receipt.stamp < sent_at + 1ms;
  }));
  for (const int end : ends) ::close(end);
}

}  // namespace timeservice::test
