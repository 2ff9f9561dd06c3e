#include "wire/detect.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "wire/big_endian.h"
#include "wire/limits.h"

namespace timeservice::wire {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint8_t kBinaryVersion = 0x80;
constexpr std::uint8_t kCompactVersion = 0x82;
constexpr std::uint8_t kTlsHandshake = 0x16;

/// The protocol of an unframed message that begins with these two bytes.
std::optional<Protocol> protocol_of(std::uint8_t first, std::uint8_t second) {
  if (first == kBinaryVersion && second == 0x01) return Protocol::kBinary;
  if (first == kCompactVersion && (second & 0x1f) == 1) return Protocol::kCompact;
  if (first == '[') return Protocol::kJson;
  return std::nullopt;
}

bool starts_like(Bytes bytes, std::string_view word) {
  return std::equal(word.begin(), word.end(), bytes.begin(), bytes.begin() + 4);
}

bool looks_like_http(Bytes bytes) {
  static constexpr std::string_view kVerbs[] = {"GET ", "POST", "HEAD", "OPTI", "PUT ",
                                                "DELE", "CONN", "PRI ", "PATC", "TRAC"};
  return std::any_of(std::begin(kVerbs), std::end(kVerbs),
                     [&](std::string_view verb) { return starts_like(bytes, verb); });
}

/// Text, as other protocols greet with. Were it a frame's length, it would be above
/// the largest, unless it begins with a line's end: what follows tells such a frame.
bool looks_like_text(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.begin() + 4, [](std::uint8_t byte) {
    return (byte >= ' ' && byte <= '~') || byte == '\t' || byte == '\r' || byte == '\n';
  });
}

Detection detect_framed(std::uint32_t length, Bytes payload) {
  if (payload.size() < 2) return NeedMore{};
  if (const auto protocol = protocol_of(payload[0], payload[1])) {
    return Dialect{*protocol, Transport::kFramed};
  }
  if (payload[0] == 0x0f && payload[1] == 0xff) return WireError::kHeaderProtocol;
  // Without its version a binary message begins with the length of the method's
  // name, unframed (then that is the "frame's" length) or in a frame.
  constexpr std::uint32_t kLongestName = 256;
  const bool letter = (payload[0] | 0x20) >= 'a' && (payload[0] | 0x20) <= 'z';
  if (length <= kLongestName && letter) return WireError::kOldBinary;
  if (payload[0] == 0 && payload[1] == 0) return WireError::kOldBinary;
  return WireError::kUnknownProtocol;
}

}  // namespace

Detection detect(Bytes first_bytes) {
  if (first_bytes.size() < 2) return NeedMore{};
  if (const auto protocol = protocol_of(first_bytes[0], first_bytes[1])) {
    return Dialect{*protocol, Transport::kBuffered};
  }
  if (first_bytes[0] == kTlsHandshake && first_bytes[1] == 0x03) return WireError::kTls;
  if (first_bytes[0] == kBinaryVersion || first_bytes[0] == kCompactVersion) {
    return WireError::kMalformed;  // the protocol's mark, with a version that nobody has
  }
  if (first_bytes.size() < 4) return NeedMore{};
  if (looks_like_http(first_bytes)) return WireError::kHttp;
  const std::uint32_t length = read_big_endian32(first_bytes.data());
  if (length > 0x7fffffffu) return WireError::kNegativeSize;
  if (length > kMaxMessageBytes) {
    return looks_like_text(first_bytes) ? WireError::kUnknownProtocol : WireError::kMessageTooLarge;
  }
  if (length < 2) return WireError::kMalformed;
  return detect_framed(length, first_bytes.subspan(4));
}

Detection detect_payload(Bytes payload) {
  return detect_framed(static_cast<std::uint32_t>(payload.size()), payload);
}

std::variant<Dialect, WireError> admit(Dialect dialect, Protocol protocol, Transport transport) {
  if (protocol != Protocol::kAuto && protocol != dialect.protocol) return WireError::kProtocolRefused;
  if (transport != Transport::kAuto && transport != dialect.transport) return WireError::kTransportRefused;
  return dialect;
}

}  // namespace timeservice::wire
