#include "server/time/refusals.h"

#include <stdexcept>
#include <string>
#include <string_view>

#include "test/support/catch.h"

namespace timeservice {
namespace {

std::uint64_t count_of(const Refusals& refusals, std::string_view exception, std::string_view code) {
  for (const Refusals::Count& one : refusals.counts()) {
    if (one.exception == exception && one.code == code) return one.count;
  }
  FAIL("there is no " << exception << ' ' << code);
  return 0;
}

std::uint64_t sum(const Refusals& refusals) {
  std::uint64_t all = 0;
  for (const Refusals::Count& one : refusals.counts()) all += one.count;
  return all;
}

template <typename Exception>
Exception made(auto Exception::*code, auto value) {
  Exception exception;
  exception.*code = value;
  exception.message = "no";
  return exception;
}

TEST_CASE("each exception of the contract is counted by its code and goes on unchanged", "[time]") {
  Refusals refusals;
  const auto bad = made(&BadRequest::code, BadRequestCode::UNKNOWN_ZONE);
  const auto unreliable = made(&ClockUnreliable::state, ClockState::HOLDOVER);
  const auto unavailable = made(&OracleUnavailable::fault, OracleFault::STORAGE);
  for (int i = 0; i < 2; ++i) {
    try {
      refusals.watch([&] { throw bad; });
      FAIL("it did not go on");
    } catch (const BadRequest& same) {
      CHECK(same == bad);
    }
  }
  CHECK_THROWS_AS(refusals.watch([&] { throw unreliable; }), ClockUnreliable);
  for (int i = 0; i < 3; ++i) {
    CHECK_THROWS_AS(refusals.watch([&] { throw unavailable; }), OracleUnavailable);
  }
  CHECK(count_of(refusals, "BadRequest", "UNKNOWN_ZONE") == 2);
  CHECK(count_of(refusals, "ClockUnreliable", "HOLDOVER") == 1);
  CHECK(count_of(refusals, "OracleUnavailable", "STORAGE") == 3);
  CHECK(sum(refusals) == 6);
}

TEST_CASE("calls that succeed, and other exceptions, are not counted", "[time]") {
  Refusals refusals;
  refusals.watch([] {});
  CHECK_THROWS_AS(refusals.watch([] { throw std::runtime_error("another"); }), std::runtime_error);
  CHECK(sum(refusals) == 0);
}

TEST_CASE("every code is told from the start, and one that is not known yet counts as UNKNOWN", "[time]") {
  Refusals refusals;
  CHECK(refusals.counts().size() == _BadRequestCode_VALUES_TO_NAMES.size() +
                                        _ClockState_VALUES_TO_NAMES.size() +
                                        _OracleFault_VALUES_TO_NAMES.size());
  for (const int code : {99, -1}) {
    const auto bad = made(&BadRequest::code, static_cast<BadRequestCode::type>(code));
    CHECK_THROWS_AS(refusals.watch([&] { throw bad; }), BadRequest);
  }
  CHECK(count_of(refusals, "BadRequest", "UNKNOWN") == 2);
}

}  // namespace
}  // namespace timeservice
