#pragma once

#include <string>

#include "test/support/catch.h"
#include "time_service_types.h"

namespace timeservice::test {

/// The BadRequest that this throws. Fails the test if it throws none, or one whose
/// message is not one printable line.
template <typename Call>
BadRequest refused(Call&& call) {
  try {
    call();
  } catch (const BadRequest& bad) {
    CHECK_FALSE(bad.message.empty());
    CHECK(bad.message.size() < 400);
    for (const char c : bad.message) {
      if (c < 0x20 || c > 0x7e) FAIL_CHECK("not printable: " << bad.message);
    }
    return bad;
  }
  FAIL("it was not refused");
  return {};
}

inline bool mentions(const BadRequest& bad, const std::string& words) {
  if (bad.message.find(words) != std::string::npos) return true;
  UNSCOPED_INFO("not in: " << bad.message);
  return false;
}

}  // namespace timeservice::test
