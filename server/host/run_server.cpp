#include "server/host/run_server.h"

#include <cstdio>
#include <exception>
#include <stdexcept>

#include <fmt/format.h>

#include "server/host/start_error.h"
#include "wire/standard_streams.h"

namespace timeservice::host {
namespace {

constexpr int kStartFailed = 1;
constexpr int kWrongUsage = 2;

int fail(std::string_view name, const std::exception& error, int code) {
  fmt::print(stderr, "{}: {}\n", name, error.what());
  return code;
}

}  // namespace

int run_server(std::string_view name, const std::function<int()>& body) {
  wire::keep_standard_streams_apart();
  try {
    return body();
  } catch (const UsageError& error) {
    return fail(name, error, kWrongUsage);
  } catch (const std::invalid_argument& error) {
    return fail(name, error, kWrongUsage);  // a value that could not be read, such as an endpoint
  } catch (const std::exception& error) {
    return fail(name, error, kStartFailed);
  }
}

}  // namespace timeservice::host
