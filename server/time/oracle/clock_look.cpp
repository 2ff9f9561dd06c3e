#include "server/time/oracle/clock_look.h"

#include <cstdint>

namespace timeservice::oracle {
namespace {

constexpr std::int64_t kTogether_ns = 1'000'000;
constexpr int kTries = 4;

}  // namespace

ClockLook look_at(const clock::Clock& clock) {
  ClockLook look;
  for (int i = 0; i < kTries; ++i) {
    look.boot = clock.boot();
    look.wall = clock.wall();
    if (clock.boot().ns - look.boot.ns <= kTogether_ns) break;
  }
  return look;
}

}  // namespace timeservice::oracle
