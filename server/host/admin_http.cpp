#include "server/host/admin_http.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <list>
#include <string_view>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "server/host/admin_session.h"
#include "server/host/listen_socket.h"
#include "server/host/rate_limit.h"
#include "server/host/start_error.h"

namespace timeservice::host {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Without descriptors accepting rests for so long; the clients wait in the kernel's queue.
constexpr std::chrono::milliseconds kRest{100};

std::vector<ListenSocket> listen_for_admin(const wire::Endpoint& endpoint) {
  if (endpoint.tls) {
    throw UsageError(
        fmt::format("--admin {}: this endpoint is not served over TLS: leave tls: away, and keep it on "
                    "localhost or behind "
                    "a proxy",
                    wire::to_string(endpoint)));
  }
  try {
    return listen_at(endpoint);
  } catch (const StartError& error) {
    throw StartError(fmt::format("--admin: {}", error.what()));
  }
}

}  // namespace

struct AdminHttp::State {
  /// A listening socket, and what waits for its clients.
  struct Listener {
    Listener(asio::io_context& context, ListenSocket listen_socket)
        : socket(std::move(listen_socket)),
          readable(context, ::fcntl(socket.fd(), F_DUPFD_CLOEXEC, 0)),
          rest_timer(context) {}

    ListenSocket socket;
    /// A duplicate, which it closes.
    asio::posix::stream_descriptor readable;
    asio::steady_timer rest_timer;
  };

  State(const wire::Endpoint& endpoint, AdminPages the_pages, std::shared_ptr<spdlog::logger> the_log,
        AdminTimeouts timeouts);

  void wait_for_clients(Listener& listener);
  void accept(Listener& listener);
  void rest(Listener& listener);
  void serve(int fd, int family);
  /// Closes a connection where there are too many for one more.
  void make_place();
  void run();

  const AdminPages pages;
  const std::shared_ptr<spdlog::logger> log;
  RateLimit lines{1};
  const AdminSession::Owner owner;
  std::vector<wire::Endpoint> bound;
  /// In the order in which they came. Outlives the context, in which they die.
  std::list<AdminSession*> sessions;
  asio::io_context context{1};
  std::list<Listener> listeners;
  std::thread thread;
};

AdminHttp::State::State(const wire::Endpoint& endpoint, AdminPages the_pages,
                        std::shared_ptr<spdlog::logger> the_log, AdminTimeouts timeouts)
    : pages(std::move(the_pages)),
      log(std::move(the_log)),
      owner{.pages = pages,
            .timeouts = timeouts,
            .not_http =
                [this] {
                  if (std::uint64_t missed = 0; lines.pass(missed)) {
                    log->debug(
                        "admin: a client was closed whose first bytes are no HTTP request: Thrift clients "
                        "belong to --listen");
                  }
                },
            .gone = [this](AdminSession* session) { sessions.remove(session); }} {
  for (ListenSocket& socket : listen_for_admin(endpoint)) {
    bound.push_back(socket.bound());
    wait_for_clients(listeners.emplace_back(context, std::move(socket)));
  }
  thread = std::thread([this] { run(); });
}

void AdminHttp::State::wait_for_clients(Listener& listener) {
  listener.readable.async_wait(asio::posix::stream_descriptor::wait_read,
                               [this, &listener](error_code error) {
                                 if (!error) accept(listener);
                               });
}

void AdminHttp::State::accept(Listener& listener) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const int fd = ::accept4(listener.socket.fd(), reinterpret_cast<sockaddr*>(&address), &size,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0 && out_of_resources(errno)) return rest(listener);
  wait_for_clients(listener);
  if (fd >= 0) serve(fd, address.ss_family);
}

void AdminHttp::State::rest(Listener& listener) {
  listener.rest_timer.expires_after(kRest);
  listener.rest_timer.async_wait([this, &listener](error_code) { wait_for_clients(listener); });
}

void AdminHttp::State::serve(int fd, int family) {
  make_place();
  AdminSession::Socket socket(context);
  error_code error;
  socket.assign(asio::generic::stream_protocol(family, 0), fd, error);
  if (error) {
    ::close(fd);
    return;
  }
  const auto session = std::make_shared<AdminSession>(std::move(socket), owner);
  sessions.push_back(session.get());
  session->start();
}

// Who is between two requests can connect again; who takes long over one, or over its answer, is
// not who asks whether the server is ready.
void AdminHttp::State::make_place() {
  if (sessions.size() < kMostConnections) return;
  const auto first_to_go = std::min_element(
      sessions.begin(), sessions.end(), [](const AdminSession* one, const AdminSession* other) {
        return std::pair(one->phase(), one->since()) < std::pair(other->phase(), other->since());
      });
  AdminSession* const session = *first_to_go;
  // It dies when the context comes to what it waited for.
  sessions.erase(first_to_go);
  session->close();
}

void AdminHttp::State::run() {
  while (true) {
    try {
      context.run();
      return;
    } catch (const std::exception& error) {
      log->error("admin: {}; serving goes on", error.what());
    }
  }
}

AdminHttp::AdminHttp(const wire::Endpoint& endpoint, AdminPages pages, std::shared_ptr<spdlog::logger> log,
                     AdminTimeouts timeouts)
    : state_(std::make_unique<State>(endpoint, std::move(pages), std::move(log), timeouts)) {}

AdminHttp::~AdminHttp() {
  state_->context.stop();
  state_->thread.join();
}

const std::vector<wire::Endpoint>& AdminHttp::bound() const { return state_->bound; }

}  // namespace timeservice::host
