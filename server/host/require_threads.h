#pragma once

#include <cstddef>

namespace timeservice::host {

/// Throws StartError where the system does not give the process so many threads
/// more. Thrift's thread pool waits for ever for those that it does not get.
void require_threads(std::size_t count);

}  // namespace timeservice::host
