#include "client/async_call_table.h"

#include <string>

#include "client/async_methods.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

using std::chrono::milliseconds;

std::unique_ptr<AsyncCall> call_with(milliseconds timeout) {
  return std::make_unique<MethodCall<GetTimeMethod>>(timeout, [](const Result<std::string>&) {});
}

constexpr milliseconds kSoon{10};
constexpr milliseconds kLater{1000};

AsyncCall::Clock::time_point in_an_hour() { return AsyncCall::Clock::now() + std::chrono::hours(1); }

TEST_CASE("numbers begin again at 1 and pass over those in use", "[async_call_table]") {
  AsyncCallTable table(4);
  for (const std::int32_t number : {1, 2, 3, 4}) CHECK(table.add(call_with(kLater)) == number);
  table.take(3);
  CHECK(table.add(call_with(kLater)) == 3);
  table.take(1);
  CHECK(table.add(call_with(kLater)) == 1);
}

TEST_CASE("a number is in use while its late reply may come", "[async_call_table]") {
  AsyncCallTable table(3);
  table.mark_sent(table.add(call_with(kSoon)));
  REQUIRE(table.take_overdue(in_an_hour()));
  for (const std::int32_t number : {2, 3}) CHECK(table.add(call_with(kLater)) == number);
  table.take(2);
  CHECK(table.add(call_with(kLater)) == 2);
}

TEST_CASE("calls become overdue in the order of their deadlines", "[async_call_table]") {
  AsyncCallTable table;
  const std::int32_t later = table.add(call_with(kLater));
  const std::int32_t sooner = table.add(call_with(kSoon));
  CHECK(table.next_deadline() == table.find(sooner)->deadline());
  CHECK_FALSE(table.take_overdue(table.find(sooner)->deadline() - milliseconds(1)));
  const auto first = table.take_overdue(in_an_hour());
  REQUIRE(first);
  CHECK(first->call->timeout() == kSoon);
  CHECK(table.next_deadline() == table.find(later)->deadline());
  CHECK(table.take_overdue(in_an_hour())->call->timeout() == kLater);
  CHECK_FALSE(table.take_overdue(in_an_hour()));
  CHECK_FALSE(table.next_deadline());
}

TEST_CASE("a reply comes late only to a call that was sent, and once", "[async_call_table]") {
  AsyncCallTable table;
  const std::int32_t sent = table.add(call_with(kSoon));
  const std::int32_t unsent = table.add(call_with(kSoon));
  CHECK_FALSE(table.owed());
  table.mark_sent(sent);
  CHECK(table.owed());
  for (int call = 0; call < 2; ++call) REQUIRE(table.take_overdue(in_an_hour()));
  CHECK(table.late() == 1);
  CHECK(table.owed());
  CHECK_FALSE(table.forget_late(unsent));
  CHECK(table.forget_late(sent));
  CHECK_FALSE(table.forget_late(sent));
  CHECK_FALSE(table.owed());
}

TEST_CASE("a call that was answered has no deadline any more", "[async_call_table]") {
  AsyncCallTable table;
  const std::int32_t number = table.add(call_with(kSoon));
  table.mark_sent(number);
  CHECK(table.take(number) != nullptr);
  CHECK(table.find(number) == nullptr);
  CHECK_FALSE(table.next_deadline());
  CHECK_FALSE(table.owed());
}

TEST_CASE("with all calls taken nothing is owed", "[async_call_table]") {
  AsyncCallTable table;
  for (int call = 0; call < 3; ++call) table.mark_sent(table.add(call_with(kLater)));
  const std::int32_t late = table.add(call_with(kSoon));
  table.mark_sent(late);
  REQUIRE(table.take_overdue(AsyncCall::Clock::now() + milliseconds(100)));
  CHECK(table.take_all().size() == 3);
  CHECK_FALSE(table.owed());
  CHECK_FALSE(table.forget_late(late));
  CHECK_FALSE(table.next_deadline());
}

}  // namespace
}  // namespace timeservice::client
