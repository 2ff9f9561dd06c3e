#include "server/time/arrival.h"

#include <string_view>

namespace timeservice {
namespace {

/// The one call that asks when it arrived: for the others the clock is not read.
constexpr std::string_view kAsks = "TimeService.exchange";

thread_local clock::WallTime arrived;

}  // namespace

void* ArrivalStamp::getContext(const char* method, void*) {
  if (method == kAsks) arrived = clock_.wall();
  return nullptr;
}

clock::WallTime ArrivalStamp::of_this_call() { return arrived; }

}  // namespace timeservice
