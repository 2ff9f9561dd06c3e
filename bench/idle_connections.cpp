#include "bench/idle_connections.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>

#include <fmt/format.h>

#include "bench/load_socket.h"
#include "bench/repeated_bytes.h"

namespace timeservice::bench {
namespace {

/// On a socket that waits.
void make_call(const Descriptor& socket, const MeasuredCalls& calls, ReplyCheck& check) {
  const Bytes& request = calls.request();
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    throw LoadError(reason(errno));
  }
  Bytes reply(check.reply_size());
  const ssize_t got = ::recv(socket.get(), reply.data(), reply.size(), MSG_WAITALL);
  if (got < 0) throw LoadError(would_wait(errno) ? "no reply in time" : reason(errno));
  if (got < static_cast<ssize_t>(reply.size())) throw LoadError("the server closed the connection");
  check.check(reply);
}

}  // namespace

IdleConnections::IdleConnections(const wire::Endpoint& endpoint, const MeasuredCalls& calls,
                                 std::size_t count, std::chrono::milliseconds patience) {
  const auto check = calls.new_check();
  sockets_.reserve(count);
  while (sockets_.size() < count) {
    try {
      sockets_.push_back(connect_to(endpoint, patience));
      make_call(sockets_.back(), calls, *check);
    } catch (const LoadError& error) {
      throw LoadError(fmt::format("idle connection {} of {}: {}", sockets_.size(), count, error.what()));
    }
  }
}

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace timeservice::bench
