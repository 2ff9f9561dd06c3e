#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "server/time/oracle/file_watermark.h"
#include "server/time/oracle/timestamp_oracle.h"
#include "test/oracle/hand_clock.h"
#include "test/oracle/scratch_directory.h"
#include "test/oracle/state_bytes.h"
#include "test/support/catch.h"

// The oracle and its file over a disk that fails: see failing_writes.cpp, which must be
// preloaded.

namespace timeservice::oracle {
namespace {

using namespace std::chrono_literals;
using test::error_of;
using test::says;
using test::ScratchDirectory;
using test::watermark_in;

/// From here to its end the writes go wrong: the one at `at`, from 1, or all for 0.
struct Disk {
  Disk(const char* how, int at) { tell(how, at); }
  ~Disk() { tell("well", 0); }

 private:
  static void tell(const std::string& how, int at) {
    static int serial = 0;
    std::ofstream(std::getenv("FAILING_WRITES")) << how << ' ' << at << " 0 " << ++serial << '\n';
  }
};

bool writes(WatermarkStore& store, std::int64_t watermark) {
  return error_of([&] { store.write(watermark); }).empty();
}

TEST_CASE("the failing disk is there", "[disk]") {
  const ScratchDirectory scratch;
  init_watermark_file(scratch / "state");
  const auto store = open_watermark_file(scratch / "state");
  const Disk disk("eio", 0);
  CHECK(says(error_of([&] { store->write(1); }), "cannot write: Input/output error"));
}

TEST_CASE("whichever write fails, and however, a start finds the number before or the one after", "[disk]") {
  for (const char* how : {"eio", "enospc", "short", "eio_after"}) {
    for (const int at : {1, 2, 0}) {
      INFO(how << " at " << at);
      const ScratchDirectory scratch;
      const auto path = scratch / "state";
      init_watermark_file(path);
      auto store = open_watermark_file(path);
      store->write(1000);
      {
        const Disk disk(how, at);
        CHECK_FALSE(writes(*store, 2000));
      }
      CHECK(store->read() == 1000);
      store.reset();
      const std::int64_t found = watermark_in(path);
      CHECK((found == 1000 || found == 2000));
    }
  }
}

TEST_CASE("after a failed write both slots are written whole again", "[disk]") {
  for (const char* how : {"eio", "short", "eio_after"}) {
    for (const int at : {1, 2}) {
      INFO(how << " at " << at);
      const ScratchDirectory scratch;
      const auto path = scratch / "state";
      init_watermark_file(path);
      auto store = open_watermark_file(path);
      store->write(1000);
      {
        const Disk disk(how, at);
        CHECK_FALSE(writes(*store, 2000));
        CHECK(writes(*store, 3000));
      }
      store.reset();
      test::StateBytes bytes = test::read_state(path);
      for (const std::size_t lost : {std::size_t{100}, std::size_t{4096 + 100}}) {
        test::StateBytes damaged = bytes;
        damaged[lost] = 1;
        test::write_state(path, damaged);
        CHECK(watermark_in(path) == 3000);
      }
    }
  }
}

TEST_CASE("after a failed write the file is still locked", "[disk]") {
  const ScratchDirectory scratch;
  const auto path = scratch / "state";
  init_watermark_file(path);
  const auto store = open_watermark_file(path);
  {
    const Disk disk("eio", 0);
    CHECK_FALSE(writes(*store, 2000));
    CHECK(test::refusal_of(path).find("another process") != std::string::npos);
  }
  CHECK(writes(*store, 3000));
  CHECK(test::refusal_of(path).find("another process") != std::string::npos);
}

/// Power is lost between the two writes of one number: the second never reached the disk.
TEST_CASE("a number of which one slot is lost is there after a power loss", "[disk]") {
  const ScratchDirectory scratch;
  const auto path = scratch / "state";
  init_watermark_file(path);
  auto store = open_watermark_file(path);
  for (std::int64_t number = 1; number < 10; ++number) {
    const Disk disk("lost", 2);
    store->write(number);
    store.reset();
    CHECK(watermark_in(path) == number);
    store = open_watermark_file(path);
  }
}

TEST_CASE("an oracle over a disk that fails at each write hands out nothing twice", "[disk]") {
  const ScratchDirectory scratch;
  const auto path = scratch / "state";
  init_watermark_file(path);
  test::HandClock clock;
  OracleOptions options;
  options.background = false;
  options.timeout = 0ms;
  std::int64_t last = 0;
  int answered = 0;
  for (const char* how : {"eio", "enospc", "short", "eio_after"}) {
    for (int at = 1; at < 6; ++at) {
      INFO(how << " at " << at);
      auto oracle = std::make_unique<TimestampOracle>(clock, nullptr, open_watermark_file(path), options);
      {
        const Disk disk(how, at);
        for (int step = 0; step < 6; ++step) {
          clock.pass(400ms);
          oracle->turn();
          try {
            const std::int64_t first = oracle->take(1000);
            REQUIRE(first > last);
            last = first + 999;
            ++answered;
          } catch (const OracleUnavailable&) {
          }
        }
        if (at % 2 == 0) oracle->stop();
      }
      oracle.reset();
      REQUIRE(watermark_in(path) >= last);
      clock.step(-2s);
    }
  }
  CHECK(answered > 60);
}

}  // namespace
}  // namespace timeservice::oracle
