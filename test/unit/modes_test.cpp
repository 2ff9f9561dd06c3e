#include "server/host/modes.h"

#include "test/support/catch.h"

namespace timeservice::host {
namespace {

TEST_CASE("advice names one mode as a flag, and several as a choice", "[host]") {
  CHECK(modes_that([](const ModeRow& row) { return row.name == "simple"; }) == "--mode simple");
  CHECK(modes_that([](const ModeRow& row) { return row.name == "simple" || row.name == "threadpool"; }) ==
        "one of the modes simple, threadpool");
}

}  // namespace
}  // namespace timeservice::host
