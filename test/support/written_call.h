#pragma once

#include <functional>
#include <string>

#include "test/support/echo_host.h"
#include "wire/detect.h"

namespace timeservice::test {

/// The bytes that a stock client of the echo service sends, in that dialect, to the
/// last: for tests that cut them up or send many at once.
std::string written(const wire::Dialect& dialect, const std::function<void(EchoClient&)>& send);

}  // namespace timeservice::test
