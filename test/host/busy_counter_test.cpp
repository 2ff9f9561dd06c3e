#include "server/host/busy_counter.h"

#include <atomic>
#include <latch>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "test/support/catch.h"

namespace timeservice::host {
namespace {

/// Runs `body` in so many threads, all of which live until each has run it.
template <typename Body>
void at_once(std::size_t threads, const Body& body) {
  std::latch all(static_cast<std::ptrdiff_t>(threads));
  std::vector<std::jthread> running;
  for (std::size_t i = 0; i < threads; ++i) {
    running.emplace_back([&] {
      body();
      all.arrive_and_wait();
    });
  }
}

TEST_CASE("threads that live at one time have different numbers, as long as there are any", "[host]") {
  std::mutex mutex;
  std::multiset<std::size_t> numbers;
  at_once(kNumberedThreads + 8, [&] {
    const std::size_t number = thread_number();
    const std::lock_guard lock(mutex);
    numbers.insert(number);
  });
  std::size_t of_their_own = 0;
  for (std::size_t number = 0; number < kNumberedThreads; ++number) {
    CHECK(numbers.count(number) <= 1);
    of_their_own += numbers.count(number);
  }
  // Threads of the test program itself may have some.
  CHECK(of_their_own > kNumberedThreads / 2);
  CHECK(numbers.count(kNumberedThreads) == numbers.size() - of_their_own);
}

TEST_CASE("a thread keeps its number, and another has it afterwards", "[host]") {
  std::set<std::size_t> numbers;
  for (std::size_t i = 0; i < 4 * kNumberedThreads; ++i) {
    std::jthread([&] {
      const std::size_t number = thread_number();
      numbers.insert(thread_number());
      numbers.insert(number);
    }).join();
  }
  CHECK(numbers.size() == 1);
  CHECK(*numbers.begin() < kNumberedThreads);
}

TEST_CASE("nothing is lost of what threads add, be they more than have numbers, or one after another",
          "[host]") {
  constexpr std::size_t kThreads = kNumberedThreads + 8;
  BusyCounter counter;
  std::atomic<std::uint64_t> added = 0;
  for (int round = 0; round < 2; ++round) {
    std::latch all_have_numbers(kThreads);
    at_once(kThreads, [&] {
      // Those without a number of their own add for so long that they do it at one time.
      const std::uint64_t adds = thread_number() == kNumberedThreads ? 3'000'000 : 100;
      all_have_numbers.arrive_and_wait();
      for (std::uint64_t i = 0; i < adds; ++i) counter.add(3);
      added += 3 * adds;
    });
  }
  CHECK(counter == added);
}

TEST_CASE("what was added to one counter before another is seen in it after the other", "[host]") {
  BusyCounter first;
  BusyCounter second;
  std::atomic<bool> done = false;
  std::jthread adding([&] {
    for (int i = 0; i < 20'000; ++i) {
      first.add(1);
      second.add(1);
    }
    done = true;
  });
  bool ordered = true;
  while (!done) {
    const std::uint64_t later = second;
    ordered = ordered && first >= later;
  }
  CHECK(ordered);
}

}  // namespace
}  // namespace timeservice::host
