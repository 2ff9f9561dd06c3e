#include "server/time/clock/chrony_report.h"

#include <cmath>

#include "test/clock/manual_machine.h"
#include "test/support/catch.h"

namespace timeservice::clock {
namespace {

using test::ManualReport;

std::string answer(const ManualReport& report, std::uint32_t sequence = 0x01020304) {
  return report.answer_to(chrony_tracking_request(sequence));
}

TEST_CASE("the question to chronyd is version 6's 'tracking', as long as its answer", "[clock]") {
  const ChronyRequest request = chrony_tracking_request(0xA1B2C3D4);
  const std::string head(request.begin(), request.begin() + 12);
  CHECK(head == std::string("\x06\x01\x00\x00\x00\x21\x00\x00\xA1\xB2\xC3\xD4", 12));
  CHECK(request.size() == 104);
  for (std::size_t i = 12; i < request.size(); ++i) CHECK(request[i] == 0);
}

TEST_CASE("a report bounds the error by what is left to slew, the dispersion and half the delay", "[clock]") {
  const auto report = read_chrony_report(answer({}), 0x01020304);
  REQUIRE(report);
  CHECK(report->synchronized);
  CHECK(report->pending_leap_s == 0);
  CHECK(report->update_ns == test::kNoon);
  // 1 ms + 3 ms + 4 ms / 2, as exact as 24 bits are.
  CHECK(report->error_ns >= 6'000'000);
  CHECK(report->error_ns < 6'000'010);
  // 1.5 + 0.5 + 1 ppm.
  CHECK(report->growth_ppb >= 3000);
  CHECK(report->growth_ppb < 3002);

  ManualReport behind;
  behind.correction_s = -0.5;
  behind.residual_ppm = -2.5;
  const auto same = read_chrony_report(answer(behind), 0x01020304);
  REQUIRE(same);
  CHECK(same->error_ns >= 505'000'000);
  CHECK(same->growth_ppb >= 5000);
}

TEST_CASE("a chronyd without a source of time is not synchronized", "[clock]") {
  struct Row {
    const char* what;
    std::uint32_t reference;
    std::uint16_t stratum;
    std::uint16_t leap;
    bool synchronized;
  };
  for (const Row& row : {Row{"all is well", 1, 3, 0, true}, Row{"a reference clock", 0x50505300, 1, 0, true},
                         Row{"leap status 3", 1, 3, 3, false}, Row{"stratum 0", 1, 0, 0, false},
                         Row{"stratum 16", 1, 16, 0, false}, Row{"stratum 15", 1, 15, 0, true},
                         Row{"no reference", 0, 3, 0, false}, Row{"its own clock", 0x7F7F0101, 10, 0, false},
                         Row{"a leap second", 1, 3, 1, true}}) {
    CAPTURE(row.what);
    ManualReport report;
    report.reference = row.reference;
    report.stratum = row.stratum;
    report.leap = row.leap;
    const auto read = read_chrony_report(answer(report), 0x01020304);
    REQUIRE(read);
    CHECK(read->synchronized == row.synchronized);
  }
}

TEST_CASE("chronyd announces leap seconds", "[clock]") {
  for (const auto& [leap, pending] :
       std::vector<std::pair<std::uint16_t, int>>{{0, 0}, {1, 1}, {2, -1}, {3, 0}}) {
    ManualReport report;
    report.leap = leap;
    CHECK(read_chrony_report(answer(report), 0x01020304)->pending_leap_s == pending);
  }
}

TEST_CASE("what is no answer to the question is no report", "[clock]") {
  const std::string good = answer({});
  REQUIRE(read_chrony_report(good, 0x01020304));
  CHECK_FALSE(read_chrony_report(good, 0x01020305));
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK_FALSE(read_chrony_report(good.substr(0, size), 0x01020304));
  CHECK_FALSE(read_chrony_report(good + '\0', 0x01020304));
  // Version, kind, reserved, command, kind of reply, status; and the sequence number.
  for (const std::size_t at : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 18, 19}) {
    CAPTURE(at);
    for (const int bit : {0, 3, 7}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ 1 << bit);
      CHECK_FALSE(read_chrony_report(bad, 0x01020304));
    }
  }
}

TEST_CASE("a report that makes no sense is none", "[clock]") {
  ManualReport report;
  report.root_delay_s = -1e-6;
  CHECK_FALSE(read_chrony_report(answer(report), 0x01020304));
  report = {};
  report.root_dispersion_s = -1e-6;
  CHECK_FALSE(read_chrony_report(answer(report), 0x01020304));
  report = {};
  report.skew_ppm = -1e-6;
  CHECK_FALSE(read_chrony_report(answer(report), 0x01020304));
  report = {};
  report.leap = 4;
  CHECK_FALSE(read_chrony_report(answer(report), 0x01020304));
}

TEST_CASE("any bytes that are taken for a report give a bound that is one", "[clock]") {
  const std::string good = answer({});
  std::uint64_t state = 12345;
  int read = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string bytes = good;
    for (std::size_t at = 28; at < bytes.size(); ++at) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      bytes[at] = static_cast<char>(state >> 56);
    }
    bytes[54] = 0, bytes[55] = 1;  // leap status
    const auto report = read_chrony_report(bytes, 0x01020304);
    if (!report) continue;
    ++read;
    REQUIRE(report->error_ns >= 0);
    REQUIRE(report->growth_ppb >= 1000);
  }
  CHECK(read > 10'000);
}

}  // namespace
}  // namespace timeservice::clock
