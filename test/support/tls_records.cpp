#include "test/support/tls_records.h"

#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>

namespace timeservice::test {
namespace {

constexpr std::size_t kKeyBytes = 16;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kSecretBytes = 32;
constexpr std::string_view kSecretLabel = "CLIENT_TRAFFIC_SECRET_0 ";

const unsigned char* unsigned_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* unsigned_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void require(bool done) {
  if (!done) throw std::runtime_error("TlsRecords: OpenSSL will not do it");
}

/// HKDF-Expand-Label (RFC 8446, 7.1) with no context, for what fits into one block of SHA-256.
std::string expand(const std::string& secret, std::string_view label, std::size_t size) {
  const std::string name = "tls13 " + std::string(label);
  std::string info{'\0', static_cast<char>(size), static_cast<char>(name.size())};
  info += name + std::string("\0\1", 2);  // an empty context; the first block
  std::string block(EVP_MAX_MD_SIZE, '\0');
  require(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), unsigned_of(info), info.size(),
               unsigned_of(block), nullptr) != nullptr);
  return block.substr(0, size);
}

/// `head` is authenticated, `plain` encrypted too, and the tag put behind it.
std::string seal(const std::string& key, const std::string& nonce, const std::string& head,
                 const std::string& plain) {
  const std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> cipher(EVP_CIPHER_CTX_new(),
                                                                          &EVP_CIPHER_CTX_free);
  std::string sealed(plain.size() + kTagBytes, '\0');
  unsigned char* const out = unsigned_of(sealed);
  int size = 0;
  require(EVP_EncryptInit_ex(cipher.get(), EVP_aes_128_gcm(), nullptr, unsigned_of(key),
                             unsigned_of(nonce)) == 1);
  require(EVP_EncryptUpdate(cipher.get(), nullptr, &size, unsigned_of(head), static_cast<int>(head.size())) ==
          1);
  require(EVP_EncryptUpdate(cipher.get(), out, &size, unsigned_of(plain), static_cast<int>(plain.size())) ==
          1);
  require(EVP_EncryptFinal_ex(cipher.get(), out + size, &size) == 1);
  require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTagBytes),
                              out + plain.size()) == 1);
  return sealed;
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (; hex.size() >= 2; hex.remove_prefix(2)) {
    unsigned char byte = 0;
    std::from_chars(hex.data(), hex.data() + 2, byte, 16);
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

}  // namespace

TlsRecords::Ssl TlsRecords::make_ssl() {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  require(SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) == 1);
  require(SSL_CTX_set_ciphersuites(context.get(), "TLS_AES_128_GCM_SHA256") == 1);
  SSL_CTX_set_keylog_callback(context.get(), &TlsRecords::note_secret);
  Ssl ssl(SSL_new(context.get()), &SSL_free);
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl.get());
  return ssl;
}

TlsRecords::TlsRecords(const wire::Endpoint& endpoint) : raw_(endpoint), ssl_(make_ssl()) {
  SSL_set_app_data(ssl_.get(), this);
  for (int done = 0; done != 1;) {
    done = SSL_do_handshake(ssl_.get());
    if (!send_greeting() || (done != 1 && !receive_encrypted()))
      throw std::runtime_error("TlsRecords: no handshake");
  }
  require(secret_.size() == kSecretBytes);
}

void TlsRecords::note_secret(const ssl_st* ssl, const char* line) {
  const std::string_view text(line);
  if (!text.starts_with(kSecretLabel)) return;
  static_cast<TlsRecords*>(SSL_get_app_data(ssl))->use_secret(from_hex(text.substr(text.rfind(' ') + 1)));
}

void TlsRecords::use_secret(std::string secret) {
  secret_ = std::move(secret);
  key_ = expand(secret_, "key", kKeyBytes);
  iv_ = expand(secret_, "iv", kNonceBytes);
  sequence_ = 0;
}

std::string TlsRecords::record(std::string_view bytes, Type type) {
  const std::string plain = std::string(bytes) + static_cast<char>(type);
  const std::size_t size = plain.size() + kTagBytes;
  const std::string head{'\x17', 3, 3, static_cast<char>(size >> 8), static_cast<char>(size & 0xff)};
  std::string nonce = iv_;
  for (std::size_t i = 0; i < 8; ++i) {
    char& byte = nonce[nonce.size() - 1 - i];
    byte = static_cast<char>(byte ^ static_cast<char>(sequence_ >> 8 * i & 0xff));
  }
  ++sequence_;
  return head + seal(key_, nonce, head, plain);
}

std::string TlsRecords::key_update(Asks asks) {
  std::string update = handshake({asks == Asks::kAnswer ? "\x18\0\0\1\1" : "\x18\0\0\1\0", 5});
  use_secret(expand(secret_, "traffic upd", kSecretBytes));
  return update;
}

std::string TlsRecords::key_updates(int count, Asks asks) {
  std::string all;
  for (int i = 0; i < count; ++i) all += key_update(asks);
  return all;
}

bool TlsRecords::send(std::string_view records) {
  sent_ += records.size();
  return raw_.send(records);
}

bool TlsRecords::send_greeting() {
  std::string greeting(BIO_ctrl_pending(SSL_get_wbio(ssl_.get())), '\0');
  if (greeting.empty()) return true;
  BIO_read(SSL_get_wbio(ssl_.get()), greeting.data(), static_cast<int>(greeting.size()));
  return send(greeting);
}

bool TlsRecords::receive_encrypted() {
  char piece[16384];
  const ssize_t got = ::recv(raw_.fd(), piece, sizeof piece, 0);
  return got > 0 && BIO_write(SSL_get_rbio(ssl_.get()), piece, static_cast<int>(got)) == got;
}

std::string TlsRecords::receive(std::size_t most) {
  std::string all;
  while (all.size() < most) {
    char piece[16384];
    const int got = SSL_read(ssl_.get(), piece, static_cast<int>(std::min(sizeof piece, most - all.size())));
    if (got > 0) {
      all.append(piece, static_cast<std::size_t>(got));
    } else if (SSL_get_error(ssl_.get(), got) != SSL_ERROR_WANT_READ || !receive_encrypted()) {
      break;
    }
  }
  return all;
}

}  // namespace timeservice::test
