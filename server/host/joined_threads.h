#pragma once

#include <memory>

#include <thrift/concurrency/ThreadFactory.h>

namespace timeservice::host {

/// Threads for Thrift's pool, which waits until they are gone when it stops. Those of
/// its own choice it detaches: they are still ending while the process does, after
/// OpenSSL has taken down what frees their part of it.
inline std::shared_ptr<apache::thrift::concurrency::ThreadFactory> joined_threads() {
  constexpr bool kDetached = false;
  return std::make_shared<apache::thrift::concurrency::ThreadFactory>(kDetached);
}

}  // namespace timeservice::host
