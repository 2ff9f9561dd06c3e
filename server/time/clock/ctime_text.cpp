#include "server/time/clock/ctime_text.h"

#include <ctime>

namespace timeservice::clock {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

/// The second that an instant is in, also before 1970.
std::time_t second_of(WallTime time) {
  const std::int64_t second = time.ns / kNanosecondsPerSecond;
  return static_cast<std::time_t>(time.ns % kNanosecondsPerSecond < 0 ? second - 1 : second);
}

std::string write(std::time_t second) {
  char text[64] = {};
  if (::ctime_r(&second, text) == nullptr) return {};
  std::string written(text);
  if (written.ends_with('\n')) written.pop_back();
  return written;
}

}  // namespace

std::string ctime_text(WallTime time) {
  thread_local std::time_t last_second = 0;
  thread_local std::string last_text;
  const std::time_t second = second_of(time);
  if (second != last_second || last_text.empty()) {
    last_text = write(second);
    last_second = second;
  }
  return last_text;
}

}  // namespace timeservice::clock
