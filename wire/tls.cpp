#include "wire/tls.h"

#include <arpa/inet.h>

#include <new>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace timeservice::wire {
namespace {

/// What OpenSSL last complained of in this thread, and forgets it.
std::string last_error() {
  const unsigned long error = ERR_peek_last_error();
  const char* const reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  std::string text = reason != nullptr ? reason : "no reason given";
  ERR_clear_error();
  return text;
}

[[noreturn]] void fail(const std::string& what, const std::string& path, const std::string& fix) {
  const std::string why = last_error();
  throw TlsFileError(fmt::format("the {} '{}' cannot be used: {}; {}", what, path, why, fix));
}

TlsContext make(const SSL_METHOD* method, const TlsFiles& files) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(method), [](SSL_CTX* owned) { SSL_CTX_free(owned); });
  if (!context) throw TlsFileError("TLS cannot be set up: " + last_error());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // A renegotiation would let a client cost the server a handshake over and over.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // A carrier takes some of what it is given, from wherever that lies by then; and
  // idle connections are to have no buffers.
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  if (files.certificate.empty()) return context;
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1) {
    fail("certificate", files.certificate, "name a readable PEM file, the certificate itself first");
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    fail("key", files.key, "name a readable PEM file with the certificate's private key, without a password");
  }
  if (SSL_CTX_check_private_key(context.get()) != 1) {
    fail("key", files.key, "name the key that belongs to the certificate " + files.certificate);
  }
  return context;
}

void trust(SSL_CTX& context, const std::string& ca) {
  if (SSL_CTX_load_verify_locations(&context, ca.c_str(), nullptr) != 1) {
    fail("CA", ca, "name a readable PEM file with the certificates to trust");
  }
}

bool is_address(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

}  // namespace

TlsContext make_tls_server(const TlsFiles& files) {
  TlsContext context = make(TLS_server_method(), files);
  // Every connection makes a handshake of its own: what a ticket holds would outlive a reload.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_num_tickets(context.get(), 0);
  if (files.ca.empty()) return context;
  trust(*context, files.ca);
  SSL_CTX_set_client_CA_list(context.get(), SSL_load_client_CA_file(files.ca.c_str()));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return context;
}

TlsContext make_tls_client(const TlsFiles& files) {
  TlsContext context = make(TLS_client_method(), files);
  if (files.ca.empty()) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else {
    trust(*context, files.ca);
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return context;
}

/// The carrier as OpenSSL reads and writes it.
struct TlsStream::Carried {
  static TlsStream& of(BIO* bio) { return *static_cast<TlsStream*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* room, int size) {
    BIO_clear_retry_flags(bio);
    const auto got = of(bio).carrier_.receive_encrypted(
        {reinterpret_cast<std::uint8_t*>(room), static_cast<std::size_t>(size)});
    if (!got) BIO_set_retry_read(bio);
    if (got == std::size_t{0}) of(bio).ended_ = true;
    return got ? static_cast<int>(*got) : -1;
  }

  static int write(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const auto sent = of(bio).carrier_.send_encrypted(
        {reinterpret_cast<const std::uint8_t*>(bytes), static_cast<std::size_t>(size)});
    if (!sent) BIO_set_retry_write(bio);
    if (sent == std::size_t{0}) of(bio).ended_ = true;
    return sent && *sent > 0 ? static_cast<int>(*sent) : -1;
  }

  static long control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH) return 1;
    if (command == BIO_CTRL_EOF) return of(bio).ended_ ? 1 : 0;
    return 0;
  }

  static BIO_METHOD* method() {
    static BIO_METHOD* const method = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "carrier");
      BIO_meth_set_read(made, &Carried::read);
      BIO_meth_set_write(made, &Carried::write);
      BIO_meth_set_ctrl(made, &Carried::control);
      return made;
    }();
    return method;
  }
};

TlsStream::TlsStream(TlsContext context, TlsCarrier& carrier)
    : context_(std::move(context)), carrier_(carrier), ssl_(SSL_new(context_.get()), &SSL_free) {
  BIO* const bio = ssl_ ? BIO_new(Carried::method()) : nullptr;
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
}

TlsStream::TlsStream(TlsContext context, TlsCarrier& carrier, const std::string& server)
    : TlsStream(std::move(context), carrier) {
  SSL_set_connect_state(ssl_.get());
  if (is_address(server)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), server.c_str());
    return;
  }
  SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (SSL_set1_host(ssl_.get(), server.c_str()) != 1) throw std::bad_alloc();
  SSL_set_tlsext_host_name(ssl_.get(), server.c_str());
}

TlsStream::~TlsStream() = default;

TlsStream::Result TlsStream::outcome(int returned, std::size_t bytes) {
  if (returned == 1) return {Status::kDone, bytes};
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return {Status::kWantsBytes, 0};
    case SSL_ERROR_WANT_WRITE:
      return {Status::kWantsRoom, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {Status::kClosed, 0};
    default:
      break;
  }
  if (ended_) {
    ERR_clear_error();
    return {Status::kClosed, 0};
  }
  if (const long verified = SSL_get_verify_result(ssl_.get()); verified != X509_V_OK) {
    failure_ = fmt::format("the certificate: {}", X509_verify_cert_error_string(verified));
    ERR_clear_error();
  } else {
    failure_ = last_error();
  }
  return {Status::kFailed, 0};
}

TlsStream::Result TlsStream::handshake() {
  ERR_clear_error();
  return outcome(SSL_do_handshake(ssl_.get()), 0);
}

TlsStream::Result TlsStream::receive(std::span<std::uint8_t> room) {
  ERR_clear_error();
  std::size_t got = 0;
  const int returned = SSL_read_ex(ssl_.get(), room.data(), room.size(), &got);
  return outcome(returned, got);
}

TlsStream::Result TlsStream::send(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return {Status::kDone, 0};
  ERR_clear_error();
  std::size_t sent = 0;
  const int returned = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent);
  return outcome(returned, sent);
}

void TlsStream::finish() {
  if (!established()) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

bool TlsStream::established() const { return SSL_is_init_finished(ssl_.get()) != 0; }

bool TlsStream::has_buffered() const { return SSL_has_pending(ssl_.get()) != 0; }

std::string TlsStream::version() const { return SSL_get_version(ssl_.get()); }

}  // namespace timeservice::wire
