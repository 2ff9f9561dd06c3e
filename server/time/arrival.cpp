#include "server/time/arrival.h"

namespace timeservice {
namespace {

thread_local clock::WallTime arrived;

}  // namespace

void* ArrivalStamp::getContext(const char*, void*) {
  arrived = clock_.wall();
  return nullptr;
}

clock::WallTime ArrivalStamp::of_this_call() { return arrived; }

}  // namespace timeservice
