#include "server/host/build_info.h"

#include <boost/version.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <thrift/config.h>

namespace timeservice::host {
namespace {

#ifdef __clang__
constexpr std::string_view kCompiler = __VERSION__;
#else
constexpr std::string_view kCompiler = "GCC " __VERSION__;
#endif

}  // namespace

BuildInfo build_info() {
  return {.compiler = kCompiler,
          .thrift = PACKAGE_VERSION,
          .boost = fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000,
                               BOOST_VERSION % 100),
          .openssl = ::OpenSSL_version(OPENSSL_VERSION)};
}

}  // namespace timeservice::host
