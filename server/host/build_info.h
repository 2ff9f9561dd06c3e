#pragma once

#include <string>
#include <string_view>

namespace timeservice::host {

/// What the host was built from, or runs with.
struct BuildInfo {
  std::string_view compiler;
  std::string_view thrift;
  std::string boost;
  /// The library that is loaded.
  std::string_view openssl;
};

BuildInfo build_info();

}  // namespace timeservice::host
