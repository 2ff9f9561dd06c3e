#pragma once

#include <cstdint>

namespace timeservice::peers {

/// Of Apache's buffered transports, at both ends. With its standard 512 bytes each reads and writes
/// a long message in as many small pieces, a system call for each: 10,000 doubles take five times
/// as long, 1 KiB twice. Who has such messages gives it more.
inline constexpr std::uint32_t kThriftBufferBytes = 64 * 1024;

}  // namespace timeservice::peers
