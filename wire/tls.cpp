#include "wire/tls.h"

#include <arpa/inet.h>

#include <algorithm>
#include <climits>
#include <new>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <time.h>

namespace timeservice::wire {
namespace {

/// What OpenSSL complained of in this thread first, which the others follow from; and
/// forgets them all.
std::string first_error() {
  const unsigned long error = ERR_peek_error();
  std::string text = "no reason given";
  if (ERR_SYSTEM_ERROR(error)) {
    text = std::generic_category().message(ERR_GET_REASON(error));
  } else if (const char* const reason = ERR_reason_error_string(error); error != 0 && reason != nullptr) {
    text = reason;
  }
  ERR_clear_error();
  return text;
}

/// Whether a key was refused because it is not its certificate's.
bool is_of_another_certificate(unsigned long error) {
  return ERR_GET_LIB(error) == ERR_LIB_X509 && (ERR_GET_REASON(error) == X509_R_KEY_VALUES_MISMATCH ||
                                                ERR_GET_REASON(error) == X509_R_KEY_TYPE_MISMATCH);
}

using File = TlsFileError::File;

[[noreturn]] void fail(File file, const std::string& what, const std::string& path, const std::string& fix) {
  const std::string why = first_error();
  throw TlsFileError(fmt::format("the {} '{}' cannot be used: {}; {}", what, path, why, fix), file);
}

TlsContext make(const SSL_METHOD* method, const TlsFiles& files) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(method), [](SSL_CTX* owned) { SSL_CTX_free(owned); });
  if (!context) throw TlsFileError("TLS cannot be set up: " + first_error());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // A renegotiation would let a client cost the server a handshake over and over.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // A carrier takes some of what it is given, from wherever that lies by then; and
  // idle connections are to have no buffers.
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  // One read of the socket for a record, and for several, where they are short.
  SSL_CTX_set_read_ahead(context.get(), 1);
  // OpenSSL's own way to a password is to ask the terminal.
  SSL_CTX_set_default_passwd_cb(context.get(), [](char*, int, int, void*) { return -1; });
  if (files.certificate.empty()) return context;
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1) {
    fail(File::kCertificate, "certificate", files.certificate,
         "name a readable PEM file, the certificate itself first");
  }
  const bool taken = SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) == 1;
  if (!taken && !is_of_another_certificate(ERR_peek_error())) {
    fail(File::kKey, "key", files.key,
         "name a readable PEM file with the certificate's private key, without a password");
  }
  if (!taken || SSL_CTX_check_private_key(context.get()) != 1) {
    fail(File::kKey, "key", files.key, "name the key that belongs to the certificate " + files.certificate);
  }
  return context;
}

void trust(SSL_CTX& context, const std::string& ca) {
  if (SSL_CTX_load_verify_locations(&context, ca.c_str(), nullptr) != 1) {
    fail(File::kCa, "CA", ca, "name a readable PEM file with the certificates to trust");
  }
}

bool is_address(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

TlsStream::CertificateFault fault_of(long verified) {
  using Fault = TlsStream::CertificateFault;
  switch (verified) {
    case X509_V_OK:
      return Fault::kNone;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Fault::kExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Fault::kNotYetValid;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return Fault::kName;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:  // a CA that is only called alike
      return Fault::kUnknownCa;
    default:
      return Fault::kOther;
  }
}

/// The alert that OpenSSL's error is about; 0: none that was received.
int alert_of(unsigned long error) {
  const int reason = ERR_GET_REASON(error);
  const bool alert = ERR_GET_LIB(error) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET &&
                     reason < SSL_AD_REASON_OFFSET + 256;
  return alert ? reason - SSL_AD_REASON_OFFSET : 0;
}

}  // namespace

TlsContext make_tls_server(const TlsFiles& files) {
  TlsContext context = make(TLS_server_method(), files);
  // Every connection makes a handshake of its own: what a ticket holds would outlive a reload.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_num_tickets(context.get(), 0);
  // Else the end of a client's bytes, or of our reading them, is answered with a fatal alert
  // instead of what is left to say. Messages tell themselves where they end.
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
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

std::string tls_alert_name(int alert) { return SSL_alert_desc_string_long(alert); }

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
  if (server.empty()) throw std::invalid_argument("TLS: no name to check the server's certificate against");
  SSL_set_connect_state(ssl_.get());
  if (is_address(server)) {
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), server.c_str()) != 1)
      throw std::bad_alloc();
    return;
  }
  SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
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
  // Before the end, which only says that what we answered could not be sent.
  alert_ = alert_of(ERR_peek_last_error());
  const long verified = SSL_get_verify_result(ssl_.get());
  if (ended_ && alert_ == 0 && verified == X509_V_OK) {
    ERR_clear_error();
    return {Status::kClosed, 0};
  }
  if (alert_ == 0 && verified != X509_V_OK) {
    certificate_fault_ = fault_of(verified);
    failure_ = fmt::format("the certificate: {}", X509_verify_cert_error_string(verified));
    ERR_clear_error();
  } else {
    failure_ = first_error();
  }
  return {Status::kFailed, 0};
}

std::optional<TlsValidity> tls_validity(const TlsContext& context) {
  std::optional<TlsValidity> all;
  const auto look = [&](X509* certificate) {
    tm from{};
    tm until{};
    if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notBefore(certificate), &from) != 1 ||
        ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &until) != 1) {
      return;
    }
    const auto seconds = [](tm& time) {
      return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&time)));
    };
    if (!all) all = {seconds(from), seconds(until), seconds(until)};
    all->first_end = std::min(all->first_end, seconds(until));
  };
  look(SSL_CTX_get0_certificate(context.get()));
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get_extra_chain_certs(context.get(), &chain);
  for (int i = 0; i < sk_X509_num(chain); ++i) look(sk_X509_value(chain, i));
  return all;
}

TlsStream::Result TlsStream::handshake() {
  ERR_clear_error();
  const Result result = outcome(SSL_do_handshake(ssl_.get()), 0);
  needs_more_ = result.status == Status::kWantsBytes;
  return result;
}

TlsStream::Result TlsStream::receive(std::span<std::uint8_t> room) {
  ERR_clear_error();
  std::size_t got = 0;
  const int returned = SSL_read_ex(ssl_.get(), room.data(), room.size(), &got);
  const Result result = outcome(returned, got);
  needs_more_ = result.status == Status::kWantsBytes;
  return result;
}

TlsStream::Result TlsStream::send(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return {Status::kDone, 0};
  ERR_clear_error();
  std::size_t sent = 0;
  const int returned = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent);
  return outcome(returned, sent);
}

void TlsStream::finish() {
  // Again would not tell it again, but wait for the other end to say so.
  const bool told = (SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) != 0;
  if (told || !established() || !failure_.empty()) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

bool TlsStream::established() const { return SSL_is_init_finished(ssl_.get()) != 0; }

// What there is may be the beginning of a record.
bool TlsStream::has_buffered() const { return !needs_more_ && SSL_has_pending(ssl_.get()) != 0; }

bool TlsStream::inside_record() const { return needs_more_ && SSL_has_pending(ssl_.get()) != 0; }

bool TlsStream::told_of_end() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }

std::string TlsStream::version() const { return SSL_get_version(ssl_.get()); }

}  // namespace timeservice::wire
