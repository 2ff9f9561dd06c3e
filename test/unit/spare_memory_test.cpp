#include "wire/spare_memory.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "test/support/catch.h"
#include "wire/message_buffer.h"
#include "wire/read_buffer.h"

namespace timeservice::wire {
namespace {

constexpr std::size_t kLeast = SpareMemory::kLeast;

TEST_CASE("memory that is done with is taken again, that given last first", "[wire]") {
  SpareMemory spare(10 * kLeast);
  RawBytes one = spare.take(kLeast);
  RawBytes two = spare.take(kLeast);
  REQUIRE(one.size() >= kLeast);
  const auto* const place_of_one = one.data();
  const auto* const place_of_two = two.data();
  spare.give(std::move(one));
  spare.give(std::move(two));
  const RawBytes third = spare.take(kLeast);
  const RawBytes fourth = spare.take(kLeast);
  CHECK(third.data() == place_of_two);
  CHECK(fourth.data() == place_of_one);
}

TEST_CASE("what is taken is large enough, whatever was given", "[wire]") {
  SpareMemory spare(64 * kLeast);
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, kLeast - 1, kLeast, kLeast + 1, 3 * kLeast,
                                  5 * kLeast + 7, kLeast, 2 * kLeast, 100 * kLeast}) {
    RawBytes memory = spare.take(bytes);
    CHECK(memory.size() >= bytes);
    if (bytes > 0) std::memset(memory.data(), 1, memory.size());
    spare.give(std::move(memory));
  }
}

TEST_CASE("who asks for little is not given the memory of a large message", "[wire]") {
  SpareMemory spare(64 * kLeast);
  spare.give(spare.take(32 * kLeast));
  REQUIRE(spare.kept() == 32 * kLeast);
  CHECK(spare.take(kLeast).size() <= 4 * kLeast);
  CHECK(spare.take(7 * kLeast).size() <= 28 * kLeast);
  CHECK(spare.kept() == 32 * kLeast);
  CHECK(spare.take(8 * kLeast).size() == 32 * kLeast);
}

TEST_CASE("no more is kept than may be, and what was kept longest goes first", "[wire]") {
  SpareMemory spare(4 * kLeast);
  std::vector<RawBytes> memory;
  for (int i = 0; i < 6; ++i) memory.push_back(spare.take(kLeast));
  memory.push_back(spare.take(5 * kLeast));
  std::vector<const std::uint8_t*> kept;
  for (int i = 5; i >= 2; --i) kept.push_back(memory[static_cast<std::size_t>(i)].data());
  std::vector<RawBytes> taken;
  for (RawBytes& each : memory) {
    spare.give(std::move(each));
    CHECK(spare.kept() <= 4 * kLeast);
  }
  CHECK(spare.kept() == 4 * kLeast);
  for (const auto* const place : kept) {
    taken.push_back(spare.take(kLeast));
    CHECK(taken.back().data() == place);
  }
  CHECK(spare.kept() == 0);
}

TEST_CASE("an output takes large memory from what is spare, and gives it back", "[wire]") {
  SpareMemory spare(16 * kLeast);
  RawBytes large = spare.take(8 * kLeast);
  const auto* const place = large.data();
  spare.give(std::move(large));
  const std::string text(4 * kLeast, 'x');
  for (int round = 0; round < 3; ++round) {
    MessageOutput output(kLeast, &spare);
    output.write(reinterpret_cast<const std::uint8_t*>(text.data()), static_cast<std::uint32_t>(text.size()));
    CHECK(output.written().data() == place);
    CHECK(std::equal(text.begin(), text.end(), output.written().begin(), output.written().end()));
    output.clear();
    CHECK(output.written().empty());
    CHECK(output.written().data() != place);
  }
}

TEST_CASE("an output that gives its memory away begins anew", "[wire]") {
  MessageOutput output;
  const std::uint8_t first[] = {1, 2, 3};
  const std::uint8_t second[] = {4, 5};
  output.write(first, 3);
  const RawBytes given = output.take();
  CHECK(output.written().empty());
  output.write(second, 2);
  CHECK(std::equal(std::begin(first), std::end(first), given.data()));
  CHECK(std::equal(std::begin(second), std::end(second), output.written().begin(), output.written().end()));
}

TEST_CASE("a read buffer takes large memory from what is spare, and gives it back", "[wire]") {
  SpareMemory spare(16 * kLeast);
  RawBytes large = spare.take(4 * kLeast);
  const auto* const place = large.data();
  spare.give(std::move(large));
  for (int round = 0; round < 3; ++round) {
    ReadBuffer buffer(&spare);
    buffer.room(2 * kLeast)[0] = 7;
    buffer.filled(1);
    CHECK(buffer.bytes().data() == place);
    buffer.consume(1);
    buffer.release_if_empty();
    CHECK(buffer.bytes().data() == nullptr);
  }
}

TEST_CASE("a read buffer goes on with memory that is given to it", "[wire]") {
  RawBytes memory(10);
  for (std::uint8_t i = 0; i < 10; ++i) memory.data()[i] = i;
  ReadBuffer buffer;
  buffer.adopt(std::move(memory), 3, 9);
  REQUIRE(buffer.bytes().size() == 6);
  CHECK(buffer.bytes()[0] == 3);
  buffer.consume(5);
  CHECK(buffer.bytes()[0] == 8);
}

TEST_CASE("any thread may take and give", "[wire]") {
  SpareMemory spare(8 * kLeast);
  std::vector<std::jthread> threads;
  std::vector<int> wrong(4);
  for (std::size_t number = 0; number < wrong.size(); ++number) {
    threads.emplace_back([&spare, &wrong, number] {
      const auto mark = static_cast<std::uint8_t>(number + 1);
      for (std::size_t round = 0; round < 2000; ++round) {
        const std::size_t bytes = kLeast * (1 + round % 3);
        RawBytes memory = spare.take(bytes);
        memory.data()[0] = memory.data()[bytes - 1] = mark;
        std::this_thread::yield();
        if (memory.data()[0] != mark || memory.data()[bytes - 1] != mark) ++wrong[number];
        spare.give(std::move(memory));
      }
    });
  }
  threads.clear();
  CHECK(wrong == std::vector<int>(4));
}

}  // namespace
}  // namespace timeservice::wire
