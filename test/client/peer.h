#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <thrift/TApplicationException.h>
#include <thrift/protocol/TProtocol.h>
#include <thrift/transport/TSocket.h>

#include "TimeService.h"
#include "test/client/tls_peer.h"
#include "wire/detect.h"
#include "wire/endpoint.h"

namespace timeservice::client {

/// A server's end of one connection, for a test's script to play the server on. The
/// blocking functions throw when nothing comes for 10 s, so that no test hangs.
class PeerConnection {
 public:
  struct Request {
    std::string method;
    std::int32_t number = 0;
  };

  /// `tls` is null for a plain one.
  PeerConnection(int fd, wire::Dialect dialect, const wire::TlsContext& tls);

  /// Throws at the end of the connection.
  Request read_request();
  /// `write_result` writes what the call returns; for binary, without a struct's begin.
  void reply(const Request& request, apache::thrift::protocol::TType type,
             const std::function<void(apache::thrift::protocol::TProtocol&)>& write_result);
  void reply_text(const Request& request, const std::string& text);
  void reply_error(const Request& request,
                   apache::thrift::TApplicationException::TApplicationExceptionType code,
                   const std::string& message);
  void write_raw(const std::string& bytes);
  /// Answers with `handler` until the client closes.
  void serve(TimeServiceIf& handler);
  /// Answers one call; whether there may be another.
  bool serve_once(TimeServiceIf& handler);
  /// Until something has come, which is not read.
  void wait_for_bytes();
  /// Reads what comes until the client closes; then it returns.
  void wait_until_closed();
  /// Of a TCP client that has closed: whether it did so without a reset.
  bool closed_in_order() const;
  /// Past TLS.
  void write_beneath(const std::string& bytes);
  /// Null without TLS.
  TlsPeer* tls() { return tls_.get(); }
  /// Ends the connection, in order or by a reset; TLS is not told.
  void close();
  void reset();

 private:
  friend class Peer;
  std::mutex mutex_;  // of closing
  std::shared_ptr<apache::thrift::transport::TSocket> socket_;
  std::shared_ptr<TlsPeer> tls_;
  /// One of both.
  std::shared_ptr<apache::thrift::transport::TTransport> transport_;
  std::shared_ptr<apache::thrift::protocol::TProtocol> protocol_;
};

/// Listens on loopback and plays a script, in a thread of its own, on each
/// connection. Its destructor ends the connections and waits for the scripts.
class Peer {
 public:
  enum class Address { kV4, kV6, kUnix };
  /// `index` counts the connections from 0. What the script throws ends it.
  using Script = std::function<void(PeerConnection& connection, int index)>;

  /// With TLS where `tls` is not null. Throws std::system_error where it cannot listen (no
  /// IPv6 on this machine).
  explicit Peer(Script script, Address address = Address::kV4,
                wire::Dialect dialect = {wire::Protocol::kBinary, wire::Transport::kBuffered},
                wire::TlsContext tls = nullptr);
  ~Peer();

  const wire::Endpoint& endpoint() const { return endpoint_; }
  /// Connections so far.
  int connections() const { return connections_; }

 private:
  void accept_all();

  Script script_;
  wire::Dialect dialect_;
  wire::TlsContext tls_;
  wire::Endpoint endpoint_;
  std::string directory_;
  int listening_;
  std::atomic<int> connections_ = 0;
  // Only the accepting thread's, until it has ended.
  std::list<PeerConnection> ends_;
  std::list<std::thread> scripts_;
  std::thread accepting_;
};

/// Every connection is answered by that service, or clock.
template <typename Service>
Peer::Script serving(Service& service) {
  return [&service](PeerConnection& connection, int) { connection.serve(service); };
}

/// A loopback port that refuses connections for as long as this lives.
class DeadPort {
 public:
  DeadPort();
  ~DeadPort();
  const wire::Endpoint& endpoint() const { return endpoint_; }

 private:
  int bound_;
  wire::Endpoint endpoint_;
};

/// A loopback port where connecting never gets an answer: its queue is full.
class DeafPort {
 public:
  DeafPort();
  ~DeafPort();
  const wire::Endpoint& endpoint() const { return endpoint_; }

 private:
  int listening_;
  wire::Endpoint endpoint_;
  std::list<int> queued_;
};

}  // namespace timeservice::client
