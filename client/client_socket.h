#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>

#include <thrift/transport/TTransportException.h>
#include <thrift/transport/TVirtualTransport.h>

#include "client/client_options.h"

namespace timeservice::client {

/// The system would not do what a socket was asked for.
class SocketError : public apache::thrift::transport::TTransportException {
 public:
  explicit SocketError(int number);

  /// As errno counts them.
  int number() const { return number_; }

 private:
  int number_;
};

/// A connection to a server: the lowest of a client's transports, in the place of
/// Thrift's TSocket. That prints whatever goes wrong to the program's stderr, keeps
/// the system's error number only as text, and leaks its descriptor to children.
///
/// Owns the descriptor, and closes it. Nothing is printed. One thread at a time.
/// Throws SocketError, and TTransportException TIMED_OUT after a timeout; an end of
/// the connection reads as 0 bytes. TlsAsked where a server that takes TLS only says so.
class ClientSocket : public apache::thrift::transport::TVirtualTransport<ClientSocket> {
 public:
  /// Not connected. `family` is AF_INET, AF_INET6 or AF_UNIX; of `options` the
  /// timeouts are taken.
  ClientSocket(int family, const ClientOptions& options);
  ClientSocket(const ClientSocket&) = delete;
  ClientSocket& operator=(const ClientSocket&) = delete;
  ~ClientSocket() override;

  /// Once, by the end of connect_timeout.
  void connect(const sockaddr* address, socklen_t size);

  int fd() const { return fd_; }
  bool isOpen() const override { return fd_ >= 0; }
  void close() override;
  /// Waits for poll's events, one of which may be an error that the next step on the
  /// socket reports.
  void wait_for(short events, std::chrono::milliseconds timeout) const;
  void wait_until(short events, std::chrono::steady_clock::time_point end) const;

  /// Up to `size` bytes, as soon as there are any.
  std::uint32_t read(std::uint8_t* buffer, std::uint32_t size);
  /// All of them.
  void write(const std::uint8_t* buffer, std::uint32_t size);

 private:
  int family_;
  bool replied_ = false;
  std::chrono::milliseconds connect_timeout_;
  std::chrono::milliseconds send_timeout_;
  std::chrono::milliseconds receive_timeout_;
  int fd_;
};

/// TCP connects a socket to itself where nothing listens on a port of this machine,
/// and the system picks that very port to connect from.
bool is_connected_to_itself(int fd);

}  // namespace timeservice::client
