#include "test/clock/manual_machine.h"

#include <cmath>

namespace timeservice::clock::test {

std::uint32_t ManualReport::real(double value) {
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  // 24 bits and a sign; rounded away from zero.
  double scaled = std::ldexp(fraction, 24);
  scaled = scaled < 0 ? std::floor(scaled) : std::ceil(scaled);
  if (std::abs(scaled) >= std::ldexp(1.0, 24)) scaled /= 2, ++exponent;
  if (value == 0) exponent = -64, scaled = 0;
  exponent += 1;
  const auto coefficient = static_cast<std::uint32_t>(static_cast<std::int32_t>(scaled)) & 0x1FFFFFF;
  return (static_cast<std::uint32_t>(exponent) & 0x7F) << 25 | coefficient;
}

}  // namespace timeservice::clock::test
