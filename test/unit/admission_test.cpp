#include "server/host/admission.h"

#include <chrono>
#include <utility>
#include <vector>

#include "test/support/catch.h"

namespace timeservice::host {
namespace {

using namespace std::chrono_literals;

struct Limits {
  explicit Limits(std::size_t max_in_flight, std::chrono::milliseconds queue_timeout = 0ms) {
    options.max_in_flight = max_in_flight;
    options.queue_timeout = queue_timeout;
  }
  HostOptions options;
  Counters counters;
};

TEST_CASE("as many calls as max_in_flight are let in, and one more when one has left", "[host]") {
  Limits limits(2);
  Admission admission(limits.options, limits.counters);
  auto one = admission.enter();
  auto other = admission.queue();
  REQUIRE(one);
  REQUIRE(other);
  CHECK_FALSE(admission.enter());
  CHECK_FALSE(admission.queue());
  CHECK(limits.counters.calls_shed_in_flight == 1);  // whoever queues counts its calls itself
  one->leave();
  one->leave();                     // again does no harm
  CHECK(admission.waiting() == 1);  // only who queued waits
  auto third = admission.enter();
  CHECK(third);
  CHECK_FALSE(admission.enter());
}

TEST_CASE("a place that is moved is left once", "[host]") {
  Limits limits(1);
  Admission admission(limits.options, limits.counters);
  {
    auto place = admission.queue();
    REQUIRE(place);
    Admission::Place kept = std::move(*place);
    place->begin();  // what is left of it is no place
    CHECK_FALSE(admission.enter());
    CHECK(admission.waiting() == 1);
    Admission::Place again;
    again = std::move(kept);
    again.begin();
    CHECK(admission.waiting() == 0);
    CHECK_FALSE(admission.enter());
  }
  CHECK(admission.enter());
}

TEST_CASE("a call waits from when it is queued until it begins, or is given up", "[host]") {
  Limits limits(0);
  Admission admission(limits.options, limits.counters);
  std::vector<Admission::Place> places;
  for (int i = 0; i < 3; ++i) places.push_back(std::move(*admission.queue()));
  CHECK(admission.waiting() == 3);
  places[0].begin();
  places[0].begin();
  CHECK(admission.waiting() == 2);
  places.clear();
  CHECK(admission.waiting() == 0);
}

TEST_CASE("without limits everybody is let in and nothing is counted", "[host]") {
  Limits limits(0);
  Admission admission(limits.options, limits.counters);
  std::vector<std::optional<Admission::Place>> places;
  for (int i = 0; i < 1000; ++i) places.push_back(admission.enter());
  for (const auto& place : places) CHECK(place);
  CHECK_FALSE(admission.waited_too_long(1h));
  CHECK(limits.counters.calls_shed_in_flight == 0);
  CHECK(limits.counters.calls_shed_queue_timeout == 0);
}

TEST_CASE("a call that waited exactly queue_timeout is run, and one that waited longer is not", "[host]") {
  Limits limits(0, 50ms);
  Admission admission(limits.options, limits.counters);
  CHECK_FALSE(admission.waited_too_long(50ms));
  CHECK(admission.waited_too_long(50ms + 1ns));
  CHECK(limits.counters.calls_shed_queue_timeout == 1);
}

TEST_CASE("each refusal at max_in_flight is counted", "[host]") {
  Limits limits(1);
  Admission admission(limits.options, limits.counters);
  const auto place = admission.enter();
  for (int i = 0; i < 5; ++i) CHECK_FALSE(admission.enter());
  CHECK(limits.counters.calls_shed_in_flight == 5);
}

TEST_CASE("what a shed call is told begins the same for every reason and names the flag", "[host]") {
  HostOptions options;
  options.max_in_flight = 7;
  options.queue_timeout = 250ms;
  CHECK(shed_text(Shed::kQueueTimeout, options).rfind("overloaded: ", 0) == 0);
  CHECK(shed_text(Shed::kQueueTimeout, options).find("250 ms") != std::string::npos);
  CHECK(shed_text(Shed::kQueueTimeout, options).find("--queue-timeout") != std::string::npos);
  CHECK(shed_text(Shed::kInFlight, options).rfind("overloaded: 7 calls", 0) == 0);
  CHECK(shed_text(Shed::kInFlight, options).find("--max-in-flight") != std::string::npos);
  Counters counters;
  const Admission admission(options, counters);
  for (const Shed why : {Shed::kQueueTimeout, Shed::kInFlight}) {
    CHECK(admission.text(why) == shed_text(why, options));
  }
}

}  // namespace
}  // namespace timeservice::host
