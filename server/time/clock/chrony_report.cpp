#include "server/time/clock/chrony_report.h"

#include <cmath>
#include <limits>

namespace timeservice::clock {
namespace {

constexpr unsigned char kVersion = 6;
constexpr unsigned char kIsRequest = 1;
constexpr unsigned char kIsReply = 2;
constexpr std::uint16_t kTracking = 33;
constexpr std::uint16_t kTrackingReply = 5;
constexpr std::uint16_t kSuccess = 0;

/// The "reference" of a chronyd that serves its own clock: 127.127.1.1.
constexpr std::uint32_t kLocalReference = 0x7F7F0101;
constexpr std::uint16_t kUnsynchronized = 3;
constexpr std::uint16_t kWorstStratum = 16;
/// What chronyd assumes of the clock by itself, "maxclockerror": 1 ppm.
constexpr std::int64_t kClock_ppb = 1000;

/// Reads big-endian fields from front to back.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : bytes_(bytes) {}

  void skip(std::size_t bytes) { at_ += bytes; }
  std::uint32_t unsigned_of(int bytes) {
    std::uint32_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(bytes_[at_++]);
    return value;
  }
  std::uint16_t u16() { return static_cast<std::uint16_t>(unsigned_of(2)); }
  std::uint32_t u32() { return unsigned_of(4); }

  /// chronyd's own format: a signed exponent of 7 bits, then a signed fraction of 25.
  double real() {
    const std::uint32_t word = u32();
    const std::int32_t exponent = static_cast<std::int32_t>(word) >> 25;
    const std::int32_t fraction = static_cast<std::int32_t>(word << 7) >> 7;
    return std::ldexp(fraction, exponent - 25);
  }

 private:
  const std::string_view bytes_;
  std::size_t at_ = 0;
};

void put(ChronyRequest& request, std::size_t at, std::uint32_t value, int bytes) {
  for (int i = bytes; i-- > 0; value >>= 8) {
    request[at + static_cast<std::size_t>(i)] = static_cast<unsigned char>(value & 0xFF);
  }
}

/// Rounded up, and staying within what 64 bits hold.
std::int64_t up(double value) {
  constexpr double kMost = 9.2e18;
  return value >= kMost ? std::numeric_limits<std::int64_t>::max()
                        : static_cast<std::int64_t>(std::ceil(value));
}

std::int32_t leap_of(std::uint16_t leap) { return leap == 1 ? 1 : leap == 2 ? -1 : 0; }

}  // namespace

ChronyRequest chrony_tracking_request(std::uint32_t sequence) {
  ChronyRequest request = {};
  request[0] = kVersion;
  request[1] = kIsRequest;
  put(request, 4, kTracking, 2);
  put(request, 8, sequence, 4);
  return request;
}

std::optional<ChronyReport> read_chrony_report(std::string_view message, std::uint32_t sequence) {
  if (message.size() != kChronyMessageBytes) return std::nullopt;
  Fields fields(message);
  const bool is_answer = fields.unsigned_of(1) == kVersion && fields.unsigned_of(1) == kIsReply &&
                         fields.u16() == 0 && fields.u16() == kTracking && fields.u16() == kTrackingReply &&
                         fields.u16() == kSuccess;
  fields.skip(6);
  if (!is_answer || fields.u32() != sequence) return std::nullopt;
  fields.skip(8);

  const std::uint32_t reference = fields.u32();
  fields.skip(20);  // the reference's address
  const std::uint16_t stratum = fields.u16();
  const std::uint16_t leap = fields.u16();
  ChronyReport report;
  fields.skip(4);  // the seconds' high word: 0, or a mark of machines that count in 32 bits
  const std::int64_t update_s = fields.u32();
  report.update_ns = update_s * 1'000'000'000 + fields.u32();
  const double correction_s = fields.real();
  fields.skip(8);  // last and usual offset
  const double frequency_ppm = fields.real();
  const double residual_ppm = fields.real();
  const double skew_ppm = fields.real();
  const double root_delay_s = fields.real();
  const double root_dispersion_s = fields.real();

  if (leap > kUnsynchronized || skew_ppm < 0 || root_delay_s < 0 || root_dispersion_s < 0)
    return std::nullopt;
  report.synchronized = leap != kUnsynchronized && stratum > 0 && stratum < kWorstStratum && reference != 0 &&
                        reference != kLocalReference;
  report.pending_leap_s = leap_of(leap);
  report.error_ns = up((std::abs(correction_s) + root_dispersion_s + root_delay_s / 2) * 1e9);
  report.growth_ppb = up((skew_ppm + std::abs(residual_ppm)) * 1e3);
  report.frequency_ppb = up(std::abs(frequency_ppm) * 1e3);
  if (report.growth_ppb < std::numeric_limits<std::int64_t>::max()) report.growth_ppb += kClock_ppb;
  return report;
}

}  // namespace timeservice::clock
