#pragma once

#include <chrono>

namespace timeservice::oracle {

/// Each throws OracleUnavailable, with what was in the way and when to come again.
[[noreturn]] void refuse_stopped();
[[noreturn]] void refuse_exhausted(std::chrono::nanoseconds wait);
[[noreturn]] void refuse_used_up();
[[noreturn]] void refuse_failing(std::chrono::milliseconds retry_after);
[[noreturn]] void refuse_slow(std::chrono::milliseconds timeout, std::chrono::milliseconds retry_after);

}  // namespace timeservice::oracle
