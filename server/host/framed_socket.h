#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include <thrift/transport/TSocket.h>

#include "server/host/arrivals.h"
#include "server/host/connection.h"
#include "server/host/host_options.h"
#include "server/host/tls_readiness.h"
#include "wire/detect.h"

namespace timeservice::host {

/// The socket of one connection as TNonblockingServer reads and writes it. Looks
/// at each frame's length, and at the connection's first bytes, as they come by:
/// what the server would take for a huge frame, or reserve memory for, ends here
/// with a reason. One thread, the event loop's, but for the connection itself.
class FramedSocket : public apache::thrift::transport::TSocket {
 public:
  FramedSocket(std::shared_ptr<Connection> connection, Arrivals& arrivals, const HostOptions& options,
               bool timed);
  ~FramedSocket() override;

  const std::shared_ptr<Connection>& connection() const { return connection_; }

  std::uint32_t read(std::uint8_t* buf, std::uint32_t len) override;
  std::uint32_t write_partial(const std::uint8_t* buf, std::uint32_t len) override;
  void close() override;
  /// One frame a turn: else a client that never stops sending keeps the event loop.
  bool hasPendingDataToRead() override { return payload_left_ > 0 && connection_->has_buffered(); }

  /// When the frame that was given out last was whole, by the monotonic clock; zero where
  /// nobody wants to know.
  std::chrono::nanoseconds read_at() const { return read_at_; }
  /// A reply is about to be written: the server is to wait for room. The thread that the
  /// connection is with, before the server waits again.
  void expect_room() { socket_ = connection_->fd(); }

 private:
  std::uint32_t receive(std::uint8_t* buf, std::uint32_t len);
  void watch_frames(const std::uint8_t* bytes, std::uint32_t count);
  void check_head();
  [[noreturn]] void refuse(wire::WireError error, std::string_view detail = {});

  std::shared_ptr<Connection> connection_;
  Arrivals& arrivals_;
  /// Of a connection that is TLS: what the server waits for in place of its socket.
  std::optional<TlsReadiness> readiness_;
  const wire::Limits limits_;
  const bool timed_;
  std::chrono::nanoseconds read_at_{0};
  /// Of the frame that is being read: its length's bytes so far, and what is left.
  std::array<std::uint8_t, 4> head_{};
  std::size_t head_bytes_ = 0;
  std::uint32_t payload_left_ = 0;
  bool detected_ = false;
  bool looked_at_ = false;
};

}  // namespace timeservice::host
