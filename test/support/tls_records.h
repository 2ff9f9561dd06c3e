#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "test/support/echo_host.h"

// OpenSSL's, which only tls_records.cpp includes.
struct ssl_st;

namespace timeservice::test {

/// A TLS client that makes its records by hand once OpenSSL has shaken hands for it: those that
/// OpenSSL itself would not send, and parts of them. TLS 1.3 and AES-128-GCM, which it insists on;
/// trusts whatever certificate it is shown. Waits at most 30 s. One thread.
class TlsRecords {
 public:
  /// Makes the handshake; std::runtime_error where that fails.
  explicit TlsRecords(const wire::Endpoint& endpoint);

  // The next record, to be sent in the order in which they were made:
  std::string data(std::string_view bytes) { return record(bytes, kData); }
  /// Bytes of the handshake, whole messages or not.
  std::string handshake(std::string_view bytes) { return record(bytes, kHandshake); }
  /// That no more follows.
  std::string close_notify() { return record(std::string_view("\1\0", 2), kAlert); }
  /// Whether the peer is asked for new keys of its own too.
  enum class Asks { kNothing, kAnswer };
  /// New keys for what follows.
  std::string key_update(Asks asks);
  std::string key_updates(int count, Asks asks);

  /// As they are, whole or cut. False: the peer does not take them any more.
  bool send(std::string_view records);
  /// How much was sent in all, as it is on the wire.
  std::uint64_t sent() const { return sent_; }
  /// What the peer sent, decrypted: everything up to its end, or `most` bytes.
  std::string receive(std::size_t most = static_cast<std::size_t>(-1));
  int fd() const { return raw_.fd(); }

 private:
  enum Type : char { kAlert = 21, kHandshake = 22, kData = 23 };
  using Ssl = std::unique_ptr<ssl_st, void (*)(ssl_st*)>;

  static void note_secret(const ssl_st* ssl, const char* line);
  static Ssl make_ssl();
  bool send_greeting();
  bool receive_encrypted();
  std::string record(std::string_view bytes, Type type);
  void use_secret(std::string secret);

  RawConnection raw_;
  Ssl ssl_;
  std::uint64_t sent_ = 0;
  // Of what we send (RFC 8446, 7.3):
  std::string secret_;
  std::string key_;
  std::string iv_;
  std::uint64_t sequence_ = 0;
};

}  // namespace timeservice::test
