#include "wire/read_buffer.h"

#include <algorithm>
#include <deque>

#include "test/support/catch.h"
#include "test/unit/random_message.h"

namespace timeservice::wire {
namespace {

void fill(ReadBuffer& buffer, std::size_t count, std::uint8_t value) {
  const auto room = buffer.room(count);
  REQUIRE(room.size() >= count);
  std::fill_n(room.begin(), count, value);
  buffer.filled(count);
}

TEST_CASE("a new read buffer is empty and costs nothing", "[wire]") {
  ReadBuffer buffer;
  CHECK(buffer.empty());
  CHECK(buffer.bytes().empty());
  CHECK(buffer.bytes().data() == nullptr);
}

TEST_CASE("bytes come out of a read buffer as they went in, whatever the pieces", "[wire]") {
  test::Random random(21);
  ReadBuffer buffer;
  std::deque<std::uint8_t> expected;
  std::uint8_t next = 0;
  for (int round = 0; round < 5000; ++round) {
    const std::size_t least = 1 + random.below(random.one_in(20) ? 5000 : 100);
    const auto room = buffer.room(least);
    REQUIRE(room.size() >= least);
    const std::size_t arrived = random.below(least + 1);
    for (std::size_t i = 0; i < arrived; ++i) {
      room[i] = next;
      expected.push_back(next++);
    }
    buffer.filled(arrived);
    const auto bytes = buffer.bytes();
    if (!std::equal(bytes.begin(), bytes.end(), expected.begin(), expected.end())) {
      FAIL("round " << round << ": " << bytes.size() << " bytes, not the " << expected.size() << " expected");
    }
    const std::size_t used = random.one_in(3) ? bytes.size() : random.below(bytes.size() + 1);
    buffer.consume(used);
    expected.erase(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(used));
    if (buffer.empty() != expected.empty()) FAIL("round " << round << ": empty or not");
    if (random.one_in(10)) buffer.release_if_empty();
  }
}

TEST_CASE("a read buffer that is used up as it fills does not grow", "[wire]") {
  ReadBuffer buffer;
  fill(buffer, 1, 0);
  const std::size_t room = buffer.room(4096).size();
  for (int i = 0; i < 1000; ++i) {
    fill(buffer, 4096, 1);
    buffer.consume(4096);
  }
  CHECK(buffer.bytes().size() == 1);
  CHECK(buffer.room(4096).size() <= 2 * room + 4096);
}

TEST_CASE("a read buffer gives its memory back when it is empty, and only then", "[wire]") {
  ReadBuffer buffer;
  fill(buffer, 1000, 5);
  buffer.release_if_empty();
  CHECK(buffer.bytes().size() == 1000);
  CHECK(buffer.bytes()[999] == 5);
  buffer.consume(1000);
  CHECK(buffer.empty());
  CHECK(buffer.bytes().data() != nullptr);
  buffer.release_if_empty();
  CHECK(buffer.bytes().data() == nullptr);
  fill(buffer, 10, 6);
  CHECK(buffer.bytes().size() == 10);
}

}  // namespace
}  // namespace timeservice::wire
