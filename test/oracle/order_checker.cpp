#include "test/oracle/order_checker.h"

#include <algorithm>

#include <fmt/format.h>

namespace timeservice::test {
namespace {

std::string describe(const RecordedCall& call) {
  return fmt::format("[{}, {}] asked for from {} to {}", call.first, call.last(), call.invoked_ns,
                     call.returned_ns);
}

std::optional<std::string> overlap(std::vector<RecordedCall>& calls) {
  std::sort(calls.begin(), calls.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 1; i < calls.size(); ++i) {
    if (calls[i].first <= calls[i - 1].last()) {
      return fmt::format("the same timestamp twice: {} and {}", describe(calls[i - 1]), describe(calls[i]));
    }
  }
  return std::nullopt;
}

/// Goes through time. Of the calls that ended before the one at hand began it needs
/// only the one with the highest timestamp.
std::optional<std::string> disorder(std::vector<RecordedCall>& by_end) {
  std::vector<RecordedCall> by_begin = by_end;
  std::sort(by_begin.begin(), by_begin.end(),
            [](const auto& a, const auto& b) { return a.invoked_ns < b.invoked_ns; });
  std::sort(by_end.begin(), by_end.end(),
            [](const auto& a, const auto& b) { return a.returned_ns < b.returned_ns; });
  auto ended = by_end.begin();
  const RecordedCall* highest = nullptr;
  for (const RecordedCall& call : by_begin) {
    for (; ended != by_end.end() && ended->returned_ns < call.invoked_ns; ++ended) {
      if (highest == nullptr || ended->last() > highest->last()) highest = &*ended;
    }
    if (highest != nullptr && call.first <= highest->last()) {
      return fmt::format("a later call got less: {} after {}", describe(call), describe(*highest));
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> order_violation(std::vector<RecordedCall> calls) {
  for (const RecordedCall& call : calls) {
    if (call.count < 1 || call.returned_ns < call.invoked_ns) return "no such call: " + describe(call);
  }
  if (auto found = overlap(calls)) return found;
  return disorder(calls);
}

}  // namespace timeservice::test
