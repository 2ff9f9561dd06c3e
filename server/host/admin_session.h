#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>

#include "server/host/admin_page.h"
#include "server/host/admin_timeouts.h"

namespace timeservice::host {

/// One connection to the admin endpoint: reads requests and answers them one after another,
/// until the client is done, too slow or makes no sense. Lives as long as something of it
/// is under way. One thread's.
class AdminSession : public std::enable_shared_from_this<AdminSession> {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;

  /// What its owner knows, and does for it.
  struct Owner {
    const AdminPages& pages;
    AdminTimeouts timeouts;
    /// Its first bytes are no HTTP request.
    std::function<void()> not_http;
    /// It dies.
    std::function<void(AdminSession*)> gone;
  };

  AdminSession(Socket socket, const Owner& owner);
  ~AdminSession();
  AdminSession(const AdminSession&) = delete;
  AdminSession& operator=(const AdminSession&) = delete;

  void start();
  void close();

  /// In the order in which they are closed for others.
  enum class Phase {
    kIdle,     ///< between requests
    kReading,  ///< a request has begun, or is to begin soon
    kWriting,
  };
  Phase phase() const { return phase_; }
  /// When that began.
  std::chrono::steady_clock::time_point since() const { return since_; }

 private:
  using Stream = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;

  void enter(Phase phase, std::chrono::milliseconds patience);
  void wait_for_request();
  void read_request();
  void answer(boost::beast::error_code error);
  void write(AdminResponse response);
  /// Ends sending, and takes what still comes for a moment: a socket that is closed before it
  /// was read takes the answer back from the client.
  void leave();
  void discard();

  const Owner& owner_;
  Stream stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  AdminResponse response_;
  Phase phase_ = Phase::kReading;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  std::size_t discarded_ = 0;
};

}  // namespace timeservice::host
