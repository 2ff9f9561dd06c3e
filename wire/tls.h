#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

// OpenSSL's, which only tls.cpp includes.
struct ssl_ctx_st;
struct ssl_st;

namespace timeservice::wire {

/// What one end of TLS proves and what it asks of the other: PEM files.
struct TlsFiles {
  /// The end's certificate and those between it and a root; "": it has none.
  std::string certificate = {};
  /// The key of the first of them.
  std::string key = {};
  /// What the other end's certificate must be signed by. Of a server, "": clients need
  /// none; of a client, "": what this machine trusts.
  std::string ca = {};
};

/// A file that cannot be read, or is none of what it should be. One line that names it and the fix.
class TlsFileError : public std::runtime_error {
 public:
  /// Which of TlsFiles; kNone where it is none of them.
  enum class File { kNone, kCertificate, kKey, kCa };
  explicit TlsFileError(const std::string& line, File file = File::kNone)
      : std::runtime_error(line), file_(file) {}

  File file() const { return file_; }

 private:
  File file_;
};

/// What all connections of one end share; immutable. TLS 1.2 at least.
using TlsContext = std::shared_ptr<ssl_ctx_st>;

/// Throw TlsFileError.
TlsContext make_tls_server(const TlsFiles& files);
TlsContext make_tls_client(const TlsFiles& files);

/// From when until when a context's certificate is valid, and when the first ends of it and those
/// between it and a root, of which clients may need not all.
struct TlsValidity {
  std::chrono::sys_seconds from;
  std::chrono::sys_seconds until;
  std::chrono::sys_seconds first_end;
};
/// Nothing where it has no certificate.
std::optional<TlsValidity> tls_validity(const TlsContext& context);

/// "unknown CA", say.
std::string tls_alert_name(int alert);

/// What TLS is carried over: a socket. Never waits.
class TlsCarrier {
 public:
  /// How many bytes it gave or took; 0: the other end is done or gone; nothing: not now.
  virtual std::optional<std::size_t> receive_encrypted(std::span<std::uint8_t> room) = 0;
  virtual std::optional<std::size_t> send_encrypted(std::span<const std::uint8_t> bytes) = 0;

 protected:
  ~TlsCarrier() = default;
};

/// One connection's TLS, over a carrier, on either end. One thread at a time; never waits.
///
/// The handshake is made by whichever of the functions is called first. What was sent
/// in part must be sent on with the same bytes first.
class TlsStream {
 public:
  enum class Status {
    kDone,
    kWantsBytes,  ///< try again when the carrier has bytes
    kWantsRoom,   ///< try again when the carrier has room
    kClosed,      ///< the other end is done or gone
    kFailed,      ///< see failure()
  };
  struct Result {
    Status status;
    /// Received or sent; more than 0 where done.
    std::size_t bytes;
  };

  /// As the server's end.
  TlsStream(TlsContext context, TlsCarrier& carrier);
  /// As a client's end. `server` is the name, or address, that the server's certificate must be of;
  /// std::invalid_argument for "", which would be any.
  TlsStream(TlsContext context, TlsCarrier& carrier, const std::string& server);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  Result handshake();
  Result receive(std::span<std::uint8_t> room);
  Result send(std::span<const std::uint8_t> bytes);
  /// Tells the other end that nothing more will come, as far as the carrier takes it now.
  void finish();

  bool established() const;
  /// There are received bytes that the carrier knows nothing of any more: receive() before waiting.
  bool has_buffered() const;
  /// A record has begun to arrive, and is not complete.
  bool inside_record() const;
  /// The other end has said that nothing more will come, rather than just left.
  bool told_of_end() const;
  /// "TLSv1.3", say.
  std::string version() const;
  /// What failed, for a person: one line.
  const std::string& failure() const { return failure_; }
  /// And for a program. What is wrong with the other end's certificate,
  enum class CertificateFault { kNone, kExpired, kNotYetValid, kName, kUnknownCa, kOther };
  CertificateFault certificate_fault() const { return certificate_fault_; }
  /// and the alert that the other end sent, by its number (RFC 8446, 6.2); 0: none.
  int alert() const { return alert_; }

 private:
  struct Carried;
  Result outcome(int returned, std::size_t bytes);

  TlsContext context_;
  TlsCarrier& carrier_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
  /// The carrier said that the other end is gone.
  bool ended_ = false;
  /// What was received last was not enough for anything.
  bool needs_more_ = false;
  std::string failure_;
  CertificateFault certificate_fault_ = CertificateFault::kNone;
  int alert_ = 0;
};

}  // namespace timeservice::wire
