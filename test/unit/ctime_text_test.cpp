#include "server/time/clock/ctime_text.h"

#include <atomic>
#include <ctime>
#include <optional>
#include <thread>
#include <vector>

#include "test/support/catch.h"
#include "test/unit/environment.h"
#include "test/unit/random_message.h"

namespace timeservice::clock {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

/// The process's local time zone, while it lives.
class TimeZone {
 public:
  explicit TimeZone(const char* zone) : variable_(std::in_place, "TZ", zone) { ::tzset(); }
  ~TimeZone() {
    variable_.reset();
    ::tzset();
  }
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;

 private:
  std::optional<test::Variable> variable_;
};

std::string of_libc(std::time_t second) {
  char text[64] = {};
  ::ctime_r(&second, text);
  std::string written(text);
  written.pop_back();
  return written;
}

TEST_CASE("an instant is written as ctime writes its second, without the newline", "[time]") {
  for (const char* zone : {"UTC", "America/New_York", "EST5EDT,M3.2.0,M11.1.0", "Asia/Kathmandu"}) {
    const TimeZone here(zone);
    test::Random random(31);
    for (int i = 0; i < 5000; ++i) {
      // All that 64 bits of nanoseconds can say, the years 1677 to 2262.
      const auto second = static_cast<std::int64_t>(random.below(2 * 9'223'372'036ull)) - 9'223'372'036;
      const auto within = static_cast<std::int64_t>(random.below(1'000'000'000));
      const std::string text = ctime_text({second * kSecond + within});
      if (text != of_libc(second) || text.size() != 24) {
        FAIL(zone << ", second " << second << ": '" << text << "', and not '" << of_libc(second) << "'");
      }
    }
  }
}

TEST_CASE("known instants read as everyone knows them", "[time]") {
  {
    const TimeZone here("UTC");
    CHECK(ctime_text({0}) == "Thu Jan  1 00:00:00 1970");
    CHECK(ctime_text({1'795'555'856 * kSecond}) == "Tue Nov 24 21:30:56 2026");
    CHECK(ctime_text({INT64_MAX}) == "Fri Apr 11 23:47:16 2262");
    CHECK(ctime_text({INT64_MIN}) == "Tue Sep 21 00:12:43 1677");
  }
  {
    const TimeZone here("EST5EDT,M3.2.0,M11.1.0");
    CHECK(ctime_text({1'795'555'857 * kSecond}) == "Tue Nov 24 16:30:57 2026");  // winter
    CHECK(ctime_text({1'782'043'200 * kSecond}) == "Sun Jun 21 08:00:00 2026");  // summer
  }
}

TEST_CASE("a second lasts until its last nanosecond, also before 1970", "[time]") {
  const TimeZone here("UTC");
  CHECK(ctime_text({kSecond - 1}) == "Thu Jan  1 00:00:00 1970");
  CHECK(ctime_text({kSecond}) == "Thu Jan  1 00:00:01 1970");
  CHECK(ctime_text({-1}) == "Wed Dec 31 23:59:59 1969");
  CHECK(ctime_text({-kSecond}) == "Wed Dec 31 23:59:59 1969");
  CHECK(ctime_text({-kSecond - 1}) == "Wed Dec 31 23:59:58 1969");
}

TEST_CASE("a thread that asks for other seconds in turn is never given the last one", "[time]") {
  const TimeZone here("UTC");
  for (int i = 0; i < 100; ++i) {
    CHECK(ctime_text({0}) == "Thu Jan  1 00:00:00 1970");
    CHECK(ctime_text({5}) == "Thu Jan  1 00:00:00 1970");
    CHECK(ctime_text({kSecond}) == "Thu Jan  1 00:00:01 1970");
    CHECK(ctime_text({-kSecond}) == "Wed Dec 31 23:59:59 1969");
  }
}

TEST_CASE("threads that ask for different seconds do not get each other's", "[time]") {
  const TimeZone here("UTC");
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([thread, &wrong] {
      for (int i = 0; i < 5000; ++i) {
        const std::int64_t second = thread * 1000 + i / 10;
        if (ctime_text({second * kSecond + i}) != of_libc(second)) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace timeservice::clock
