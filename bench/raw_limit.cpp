#include "bench/raw_limit.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "bench/canned_calls.h"
#include "bench/descriptor.h"
#include "bench/repeated_bytes.h"

namespace timeservice::bench {
namespace {

constexpr int kBacklog = 4096;
constexpr std::size_t kReadAtOnce = std::size_t{64} * 1024;

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

class RawLimit {
 public:
  RawLimit(wire::Dialect dialect, std::uint16_t port)
      : calls_(dialect),
        replies_(calls_.reply("Thu Jan  1 00:00:00 1970")),
        epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
        listening_(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket")) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    socklen_t size = sizeof address;
    checked(::bind(listening_.get(), reinterpret_cast<const sockaddr*>(&address), size), "bind");
    checked(::listen(listening_.get(), kBacklog), "listen");
    checked(::getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
    watch(listening_.get(), EPOLL_CTL_ADD, EPOLLIN, nullptr);
    fmt::print("ready: listening on 127.0.0.1:{}\n", ntohs(address.sin_port));
    std::fflush(stdout);
  }

  [[noreturn]] void serve() {
    std::array<epoll_event, 256> events;
    while (true) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        auto* client = static_cast<Client*>(event.data.ptr);
        if (client == nullptr) {
          accept();
        } else if (!serve(*client, event.events)) {
          delete client;  // closes the socket, which epoll then forgets
        }
      }
    }
  }

 private:
  struct Client {
    Descriptor socket;
    RepeatedSend replies;
    /// Bytes of a request whose rest has not come.
    std::size_t part = 0;
  };

  void watch(int fd, int operation, std::uint32_t events, Client* client) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = client;
    checked(::epoll_ctl(epoll_.get(), operation, fd, &event), "epoll_ctl");
  }

  void accept() {
    Descriptor socket(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket.get() < 0) return;
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int fd = socket.get();
    auto client = std::make_unique<Client>(Client{std::move(socket), RepeatedSend(replies_), 0});
    watch(fd, EPOLL_CTL_ADD, EPOLLIN, client.get());
    static_cast<void>(client.release());  // epoll's from now on
  }

  /// Whether the client is still there.
  bool serve(Client& client, std::uint32_t events) {
    const bool owed = client.replies.owes();
    if (!owed && !receive(client)) return false;
    if (client.replies.flush(client.socket.get()) != 0) return false;
    // A client that does not take its replies is not read from.
    if (client.replies.owes() != owed) {
      watch(client.socket.get(), EPOLL_CTL_MOD, owed ? EPOLLIN : EPOLLOUT, &client);
    }
    return (events & EPOLLERR) == 0;
  }

  bool receive(Client& client) {
    const ssize_t got = ::recv(client.socket.get(), buffer_.data(), buffer_.size(), 0);
    if (got <= 0) return got < 0 && would_wait(errno);
    const std::size_t bytes = client.part + static_cast<std::size_t>(got);
    client.replies.owe(bytes / calls_.request().size());
    client.part = bytes % calls_.request().size();
    return true;
  }

  CannedCalls calls_;
  RepeatedBytes replies_;
  Descriptor epoll_;
  Descriptor listening_;
  std::array<std::uint8_t, kReadAtOnce> buffer_;
};

}  // namespace

void serve_raw_limit(wire::Dialect dialect, std::uint16_t port) {
  std::make_unique<RawLimit>(dialect, port)->serve();
}

}  // namespace timeservice::bench
