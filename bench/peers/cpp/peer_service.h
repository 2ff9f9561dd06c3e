#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <string>
#include <thread>

namespace timeservice::peers {

/// What the calls of every C++ peer do; each framework dresses it in its own manner.

/// The time as ctime() writes it, without the end of the line.
inline std::string ctime_now() {
  const std::time_t now = std::time(nullptr);
  char text[26];
  ctime_r(&now, text);
  return {text, 24};
}

inline double price(std::int32_t index) { return 100.0 + 0.25 * index; }

inline void sleep_for(std::int32_t milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

}  // namespace timeservice::peers
