#pragma once

namespace timeservice::test {

/// Whether a sanitizer is built in: then memory figures mean nothing, and the same
/// load takes ten times as long.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace timeservice::test
