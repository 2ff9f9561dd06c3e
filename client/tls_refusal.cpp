#include "client/tls_refusal.h"

#include <fmt/format.h>

#include "wire/wire_error.h"

namespace timeservice::client {
namespace {

using Fault = wire::TlsStream::CertificateFault;

constexpr std::uint8_t kAlertRecord = 0x15;
constexpr std::uint8_t kHandshakeRecord = 0x16;

/// Of RFC 8446, 6.2.
constexpr int kHandshakeFailure = 40;
constexpr int kBadCertificate = 42;
constexpr int kAccessDenied = 49;
constexpr int kDecryptError = 51;
constexpr int kProtocolVersion = 70;
constexpr int kUnrecognizedName = 112;
constexpr int kCertificateRequired = 116;

constexpr const char* kNoTls = "leave --tls and tls: out, or find the TLS port";
constexpr const char* kOwnCertificate = "name one in --tls-cert and --tls-key";

/// Alerts 42 to 49, but for illegal_parameter, are a judgement on a certificate.
bool judges_certificate(int alert) {
  constexpr int kIllegalParameter = 47;
  return (alert >= kBadCertificate && alert <= kAccessDenied && alert != kIllegalParameter) ||
         alert == kDecryptError;
}

TlsRefusal certificate_refusal(const wire::TlsStream& tls, const std::string& server) {
  switch (tls.certificate_fault()) {
    case Fault::kExpired:
      return {"the server's certificate has expired",
              "renew it on the server, or set this machine's clock right"};
    case Fault::kNotYetValid:
      return {"the server's certificate is not valid yet",
              "set this machine's clock right, or see to the certificate"};
    case Fault::kName:
      return {fmt::format("the server's certificate is not for '{}'", server),
              "is it the right server? then name it as its certificate does, in subjectAltName, or use "
              "--tls-server-name"};
    case Fault::kUnknownCa:
      return {"the server's certificate is signed by an unknown CA, or the server leaves out one between",
              "is it the right server? then name its CA's certificate in --tls-ca"};
    default:
      return {fmt::format("the server's certificate is not accepted ({})", tls.failure()),
              "see to the server's certificate"};
  }
}

TlsRefusal alert_refusal(int alert, bool own) {
  if (alert == kProtocolVersion) return {"the port takes no TLS, or none of version 1.2 or later", kNoTls};
  if (alert == kCertificateRequired) return {"the server wants a client certificate", kOwnCertificate};
  const std::string name = wire::tls_alert_name(alert);
  if (own && judges_certificate(alert)) {
    return {fmt::format("the server does not accept this client's certificate ({})", name),
            "name one that a CA of the server has signed in --tls-cert and --tls-key"};
  }
  const std::string cause = fmt::format("the server refused the TLS handshake ({})", name);
  // As TLS 1.2 says it, among other things.
  if (!own && alert == kHandshakeFailure)
    return {cause, fmt::format("it may want a client certificate: {}", kOwnCertificate)};
  const bool permanent =
      judges_certificate(alert) || alert == kHandshakeFailure || alert == kUnrecognizedName;
  return {cause, "see the server's log", permanent};
}

bool is_no_tls(std::optional<std::uint8_t> first) {
  return first && *first != kAlertRecord && *first != kHandshakeRecord;
}

TlsRefusal answers_without_tls() { return {"the port answers without TLS", kNoTls}; }

}  // namespace

TlsRefusal handshake_refusal(const wire::TlsStream& tls, const std::string& server,
                             std::optional<std::uint8_t> first, bool own) {
  if (is_no_tls(first)) return answers_without_tls();
  if (tls.certificate_fault() != Fault::kNone) return certificate_refusal(tls, server);
  if (tls.alert() != 0) return alert_refusal(tls.alert(), own);
  if (!tls.failure().empty())
    return {fmt::format("the TLS handshake failed ({})", tls.failure()), "see the server's log", false};
  return {"the server closed the connection in the TLS handshake",
          fmt::format("it may take no TLS: {}", kNoTls), false};
}

TlsRefusal handshake_timeout(const ClientOptions& options, std::optional<std::uint8_t> first) {
  if (is_no_tls(first)) return answers_without_tls();
  return {fmt::format("no TLS handshake within {} ms", options.connect_timeout.count()),
          fmt::format("the server may be overloaded, or take no TLS: {}", kNoTls), false};
}

std::optional<TlsRefusal> late_refusal(const wire::TlsStream& tls, bool own) {
  const int alert = tls.alert();
  if (alert != kCertificateRequired && alert != kHandshakeFailure && !judges_certificate(alert))
    return std::nullopt;
  return alert_refusal(alert, own);
}

TlsRefusal tls_only(const wire::Endpoint& endpoint) {
  wire::Endpoint with_tls = endpoint;
  with_tls.tls = true;
  return {"the server takes TLS only",
          fmt::format("use --tls, or write the endpoint as {}", wire::to_string(with_tls))};
}

bool says_tls_only(std::string_view exception) {
  return exception.find(wire::advice(wire::WireError::kPlain)) != std::string_view::npos;
}

bool is_tls_alert(std::span<const std::uint8_t> first_bytes) {
  constexpr std::uint8_t kMajorVersion = 3;
  return first_bytes.size() >= 2 && first_bytes[0] == kAlertRecord && first_bytes[1] == kMajorVersion;
}

}  // namespace timeservice::client
