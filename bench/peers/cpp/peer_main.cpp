#include "bench/peers/cpp/peer_main.h"

#include <cstdio>
#include <cstdlib>

#include <boost/program_options/errors.hpp>
#include <fmt/format.h>

namespace timeservice::peers {
namespace {

int fail(std::string_view name, const std::exception& error, int code) {
  fmt::print(stderr, "{}: {}\n", name, error.what());
  return code;
}

}  // namespace

int run_peer(std::string_view name, const std::function<int()>& body) {
  try {
    return body();
  } catch (const Unsupported& error) {
    fmt::print("unsupported: {}\n", error.what());
    return 3;
  } catch (const boost::program_options::error& error) {
    return fail(name, error, 2);
  } catch (const std::invalid_argument& error) {
    return fail(name, error, 2);
  } catch (const std::exception& error) {
    return fail(name, error, EXIT_FAILURE);
  }
}

}  // namespace timeservice::peers
