#pragma once

#include <cstddef>

namespace timeservice::host {

/// So many threads have a number of their own at one time.
inline constexpr std::size_t kNumberedThreads = 64;

namespace detail {

/// The calling thread's number and 1; 0 while it has not asked.
extern constinit thread_local std::size_t number_behind;
std::size_t take_thread_number();

}  // namespace detail

/// The calling thread's number, below kNumberedThreads. While the thread lives it is
/// nobody else's; after that it is given again, to a thread that then sees all
/// that the first one wrote. Threads beyond so many share kNumberedThreads.
inline std::size_t thread_number() {
  const std::size_t behind = detail::number_behind;
  return behind != 0 ? behind - 1 : detail::take_thread_number();
}

}  // namespace timeservice::host
