// --mode simple: TSimpleServer, everything on one thread.
#include <poll.h>

#include <cerrno>

#include <thrift/server/TSimpleServer.h>

#include "server/host/blocking_serving.h"
#include "server/host/modes.h"

namespace timeservice::host {
namespace {

/// The one thread waits for this connection's next call or for anybody else's: a
/// client that is connected and silent does not shut the others out.
bool speaks_before_others(int fd, int others) {
  pollfd fds[2] = {{.fd = fd, .events = POLLIN, .revents = 0},
                   {.fd = others, .events = POLLIN, .revents = 0}};
  while (::poll(fds, 2, -1) < 0 && errno == EINTR) {
  }
  return fds[0].revents != 0 && fds[1].revents == 0;
}

class SimpleMode : public Mode {
 public:
  explicit SimpleMode(const ModeParts& parts)
      : serving_(parts, [this](int fd) { return speaks_before_others(fd, serving_.gate().poll_fd()); }),
        server_(serving_.processor_factory(), serving_.server_transport(), serving_.transport_factory(),
                serving_.protocol_factory()) {}

  void serve() override { server_.serve(); }
  void stop() override { server_.stop(); }

 private:
  BlockingServing serving_;
  apache::thrift::server::TSimpleServer server_;
};

}  // namespace

std::unique_ptr<Mode> make_simple(const ModeParts& parts) { return std::make_unique<SimpleMode>(parts); }

}  // namespace timeservice::host
