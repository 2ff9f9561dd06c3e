#pragma once

#include <cstddef>

#include "server/host/start_error.h"

namespace timeservice::host {

/// So many threads cannot be had, only `had`; what() says how to mend that.
StartError too_few_threads(std::size_t wanted, std::size_t had);

/// Throws StartError where the system does not give the process so many threads
/// more. Thrift's thread pool waits for ever for those that it does not get.
void require_threads(std::size_t count);

}  // namespace timeservice::host
