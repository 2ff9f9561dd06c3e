#include "server/time/clock/bound_sources.h"

#include <stdexcept>

#include "server/time/clock/bound_duration.h"
#include "server/time/clock/fixed_bound.h"
#include "test/clock/manual_machine.h"
#include "test/support/catch.h"

namespace timeservice::clock {
namespace {

using namespace std::chrono_literals;

std::string refusal_of(const std::string& source) {
  BoundOptions options;
  options.source = source;
  try {
    check_bound_source(options);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("each source of the table is made by its name", "[clock]") {
  const test::ManualClock clock;
  BoundOptions options;
  for (const auto& [text, name] :
       std::vector<std::pair<const char*, const char*>>{{"kernel", "kernel"},
                                                        {"chrony", "chrony"},
                                                        {"chrony:127.0.0.1:10323", "chrony"},
                                                        {"chrony:[::1]:323", "chrony"},
                                                        {"fixed:50ms", "fixed"}}) {
    options.source = text;
    CHECK(std::string(make_bound_source(options, clock)->name()) == name);
    CHECK(refusal_of(text) == "");
  }
}

TEST_CASE("a source that is none is refused with what there is", "[clock]") {
  for (const char* text : {"", "ntpd", "Kernel", ":", "kernel ", "fixed50ms"}) {
    CAPTURE(text);
    CHECK(refusal_of(text) ==
          "'" + std::string(text) + "' is not one of kernel, chrony[:ADDRESS:PORT], fixed:ERROR");
  }
  CHECK(refusal_of("kernel:5") == "'kernel' takes no argument: give 'kernel'");
  CHECK(refusal_of("kernel:") == "'kernel' takes no argument: give 'kernel'");
}

TEST_CASE("a fixed error is an error, and below the one that counts as none", "[clock]") {
  CHECK(refusal_of("fixed") == "'fixed' needs an error: give 'fixed:50ms'");
  for (const char* error :
       {"0", "0ms", "-5ms", "5", "ms", "1.5ms", "5 ms", "5ms ", "1h", "3601s", "99999999999999999999s"}) {
    CAPTURE(error);
    CHECK(refusal_of("fixed:" + std::string(error)) ==
          "'" + std::string(error) + "' is not an error above 0 and up to 3600s, such as 50us, 20ms or 1s");
  }
  CHECK(refusal_of("fixed:1s") ==
        "'fixed:1s' is no bound, since one from 1s on counts as none: give less, or raise --max-error");
}

TEST_CASE("a fixed bound outlives a step from one clock that is right by it to another, and no larger one",
          "[clock]") {
  const FixedBound bound(50ms);
  CHECK(bound.sample({0}).state == ClockState::SYNCHRONIZED);
  CHECK(bound.sample({INT64_MAX}).error_ns == 50 * test::kMs);
  for (const int sign : {1, -1}) {
    CHECK(bound.outlives_step(sign * 100 * test::kMs));
    CHECK_FALSE(bound.outlives_step(sign * (100 * test::kMs + 1)));
  }
}

TEST_CASE("chronyd is asked at an address and a port, not at a name", "[clock]") {
  for (const char* where : {"localhost:323", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536",
                            "127.0.0.1:3x", ":323", "::1:", "[::1]"}) {
    CAPTURE(where);
    CHECK(refusal_of("chrony:" + std::string(where)) ==
          "'" + std::string(where) + "' is not an address and a port such as 127.0.0.1:323 or [::1]:323");
  }
}

TEST_CASE("errors are read and written in the units of clocks", "[clock]") {
  for (const auto& [text, bound] : std::vector<std::pair<const char*, std::chrono::nanoseconds>>{
           {"1ns", 1ns}, {"50us", 50us}, {"20ms", 20ms}, {"1s", 1s}, {"3600s", 3600s}, {"1500us", 1500us}}) {
    CHECK(parse_bound(text) == bound);
    CHECK(bound_text(bound) == text);
  }
  CHECK(bound_text(0ns) == "0");
}

}  // namespace
}  // namespace timeservice::clock
