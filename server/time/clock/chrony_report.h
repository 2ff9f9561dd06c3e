#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace timeservice::clock {

/// What chronyd says of its clock in answer to "tracking", as far as a bound needs it.
/// Version 6 of chronyd's command protocol, which chrony 2.0 to 4.x speak (candm.h).
/// A value.
struct ChronyReport {
  /// False also for a chronyd that only serves its own clock ("local").
  bool synchronized = false;
  /// +1 or -1: the leap second that ends this UTC day; 0: none.
  std::int32_t pending_leap_s = 0;
  /// When a measurement last updated chronyd's clock, as that clock goes, in nanoseconds
  /// since 1970.
  std::int64_t update_ns = 0;
  /// |clock - true time| at most, in nanoseconds: what is still to be slewed, the root
  /// dispersion, and half the root delay.
  std::int64_t error_ns = 0;
  /// How fast that may grow, in 10^-9: chronyd's own assumption.
  std::int64_t growth_ppb = 0;
  /// How far off the clock's rate is that chronyd corrects, in 10^-9, whatever its sign: off
  /// it stays where chronyd leaves the clock alone.
  std::int64_t frequency_ppb = 0;
};

constexpr std::size_t kChronyMessageBytes = 104;
using ChronyRequest = std::array<unsigned char, kChronyMessageBytes>;

/// The question, numbered. It is as long as its answer, as the protocol wants it.
ChronyRequest chrony_tracking_request(std::uint32_t sequence);

/// The answer to the question of that number; nothing if it is none.
std::optional<ChronyReport> read_chrony_report(std::string_view message, std::uint32_t sequence);

}  // namespace timeservice::clock
