#include "server/time/clock/published.h"

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "test/support/catch.h"

namespace timeservice::clock {
namespace {

/// So large that a reader is preempted within a load now and then.
using Many = std::array<std::int64_t, 256>;

Many many(std::int64_t value) {
  Many many;
  many.fill(value);
  return many;
}

TEST_CASE("what is loaded was stored as a whole, and never an older one than before", "[clock]") {
  Published<Many> published(many(0));
  std::atomic<bool> go_on = true;
  std::atomic<int> torn = 0;
  std::atomic<int> older = 0;
  std::atomic<int> loads = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      std::int64_t last = 0;
      do {
        const Many loaded = published.load();
        if (loaded != many(loaded.front())) ++torn;
        if (loaded.front() < last) ++older;
        last = loaded.front();
        ++loads;
      } while (go_on);
    });
  }
  std::int64_t stored = 0;
  for (; stored < 100'000 || loads < 100'000; ++stored) {
    published.store(many(stored + 1));
  }
  go_on = false;
  for (std::thread& reader : readers) reader.join();
  CHECK(torn == 0);
  CHECK(older == 0);
  CHECK(published.load().back() == stored);
}

}  // namespace
}  // namespace timeservice::clock
