#include <cstdio>
#include <exception>

#include <fmt/format.h>

#include "test/oracle/order_checker.h"
#include "test/oracle/recorded_calls.h"

// timestamp_order FILE...: holds all calls that were recorded in the files against the promise.
// Exit 0 and how many there were, 1 and the first violation, 2 where there is nothing to read.

int main(int argc, char** argv) {
  using namespace timeservice::test;
  std::vector<RecordedCall> calls;
  try {
    for (int i = 1; i < argc; ++i) {
      const auto some = read_calls(argv[i]);
      calls.insert(calls.end(), some.begin(), some.end());
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
  if (const auto violation = order_violation(calls)) {
    fmt::print("{}\n", *violation);
    return 1;
  }
  fmt::print("{} calls in order\n", calls.size());
  return calls.empty() ? 2 : 0;
}
