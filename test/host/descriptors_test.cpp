// Running out of descriptors, and clients that are gone before they are accepted,
// end no mode; it serves again as soon as it can.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/times.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"

namespace timeservice::test {
namespace {

/// Takes all but a few of the process's descriptors, until destroyed.
class DescriptorShortage {
 public:
  explicit DescriptorShortage(int spare) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    // A low ceiling, so that it is quickly reached; the host has taken its own measure before.
    const int highest = ::dup(0);
    ::close(highest);
    rlimit low = before_;
    low.rlim_cur = static_cast<rlim_t>(highest) + 32;
    ::setrlimit(RLIMIT_NOFILE, &low);
    for (int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC); fd >= 0;
         fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) {
      taken_.push_back(fd);
    }
    for (; spare > 0 && !taken_.empty(); --spare) give_back();
  }
  ~DescriptorShortage() {
    for (const int fd : taken_) ::close(fd);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  DescriptorShortage(const DescriptorShortage&) = delete;
  DescriptorShortage& operator=(const DescriptorShortage&) = delete;

 private:
  void give_back() {
    ::close(taken_.back());
    taken_.pop_back();
  }

  rlimit before_{};
  std::vector<int> taken_;
};

double cpu_seconds() {
  tms times{};
  ::times(&times);
  return static_cast<double>(times.tms_utime + times.tms_stime) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

TEST_CASE("without descriptors a host serves whom it has, rests, and accepts again later", "[host]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(options_for(mode.name));
    EchoConnection early(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    std::string reply;
    early->echo(reply, "t");
    std::unique_ptr<EchoConnection> waiting;
    {
      const DescriptorShortage shortage(1);  // one: for the client's own end
      waiting = std::make_unique<EchoConnection>(host.endpoint(), wire::Protocol::kBinary,
                                                 wire::Transport::kFramed);
      (*waiting)->send_echo("patient");
      const double before = cpu_seconds();
      // It tries and rests several times; a busy loop would count thousands.
      CHECK(eventually([&] { return host.host().counters().accept_errors >= 3; }));
      CHECK(host.host().counters().accept_errors < 100);
      CHECK(cpu_seconds() - before < 1.0);
      early->echo(reply, "served meanwhile");
      CHECK(reply == "served meanwhile");
    }
    (*waiting)->recv_echo(reply);
    CHECK(reply == "patient");
  }
}

TEST_CASE("clients that reset before they are accepted, or in a call, end nothing", "[host]") {
  for (const auto& mode : host::kModes) {
    INFO(mode.name);
    EchoHost host(options_for(mode.name));
    const linger reset{.l_onoff = 1, .l_linger = 0};
    for (int i = 0; i < 200; ++i) {
      RawConnection connection(host.endpoint());
      if (i % 2 == 0) connection.send(std::string("\0\0\0\x12\x80\x01\0\x01\0\0\0\x05notes\0\0\0\0\0", 22));
      ::setsockopt(connection.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    EchoConnection client(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
    std::string reply;
    client->echo(reply, "good");
    CHECK(reply == "good");
    CHECK(eventually([&] { return host.host().connections_open() == 1; }));
  }
}

}  // namespace
}  // namespace timeservice::test
