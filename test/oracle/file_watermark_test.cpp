#include "server/time/oracle/file_watermark.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>

#include "server/time/oracle/state_file.h"
#include "server/time/oracle/watermark_slot.h"
#include "test/oracle/scratch_directory.h"
#include "test/oracle/state_bytes.h"
#include "test/support/catch.h"

namespace timeservice::oracle {
namespace {

using test::error_of;
using test::read_state;
using test::refusal_of;
using test::says;
using test::ScratchDirectory;
using test::StateBytes;
using test::watermark_in;
using test::write_state;

constexpr std::size_t kSlot = WatermarkSlot::kBytes;

TEST_CASE("a new state file holds nothing, is the owner's alone, and full size", "[oracle]") {
  const ScratchDirectory scratch;
  init_watermark_file(scratch / "state");
  CHECK(watermark_in(scratch / "state") == 0);
  struct stat status {};
  REQUIRE(::stat((scratch / "state").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  CHECK(status.st_size == 2 * kSlot);
  CHECK(static_cast<std::size_t>(status.st_blocks) * 512 >= 2 * kSlot);
  // Nothing beside it.
  CHECK(std::distance(std::filesystem::directory_iterator(scratch.path()), {}) == 1);
}

TEST_CASE("what was written is read by the next process", "[oracle]") {
  const ScratchDirectory scratch;
  init_watermark_file(scratch / "state");
  for (const std::int64_t watermark :
       {std::int64_t{1}, std::int64_t{1'800'000'000'000'000'000}, std::int64_t{5}}) {
    const auto store = open_watermark_file(scratch / "state");
    store->write(watermark - 1);
    store->write(watermark);
    CHECK(store->read() == watermark);
  }
  CHECK(watermark_in(scratch / "state") == 5);
}

TEST_CASE("a missing file is refused with the way to make one", "[oracle]") {
  const ScratchDirectory scratch;
  CHECK(says(refusal_of(scratch / "state"), (scratch / "state").string() + "': it does not exist"));
  CHECK(says(refusal_of(scratch / "state"), "--oracle-init"));
  CHECK(says(refusal_of(scratch / "no" / "state"), "it does not exist"));
  CHECK(says(refusal_of(scratch.path()), "not a regular file"));
  CHECK(says(refusal_of("/dev/null"), "not a regular file"));
}

TEST_CASE("a file that is there is never made anew, valid or not", "[oracle]") {
  const ScratchDirectory scratch;
  const auto path = scratch / "state";
  init_watermark_file(path);
  open_watermark_file(path)->write(99);
  CHECK(says(error_of([&] { init_watermark_file(path); }), "start without --oracle-init"));
  CHECK(watermark_in(path) == 99);
  for (const StateBytes& bytes : {StateBytes{}, StateBytes{'x'}}) {
    write_state(path, bytes);
    CHECK_THROWS(init_watermark_file(path));
    CHECK(read_state(path) == bytes);
  }
  std::filesystem::remove(path);
  std::filesystem::create_symlink(scratch / "nowhere", path);
  CHECK_THROWS(init_watermark_file(path));
  CHECK(says(error_of([&] { init_watermark_file(scratch / "no" / "state"); }), "No such file"));
}

TEST_CASE("a file that appears just before is not replaced, and no draft is left", "[oracle]") {
  const ScratchDirectory scratch;
  write_state(scratch / "state", {'x'});
  const std::uint8_t bytes[] = {1, 2, 3};
  CHECK(says(error_of([&] { create_durably(scratch / "state", bytes); }), "File exists"));
  CHECK(read_state(scratch / "state") == StateBytes{'x'});
  CHECK(std::distance(std::filesystem::directory_iterator(scratch.path()), {}) == 1);
}

TEST_CASE("any one byte wrong loses nothing, and is mended by the next write", "[oracle]") {
  const ScratchDirectory scratch;
  const auto path = scratch / "state";
  init_watermark_file(path);
  open_watermark_file(path)->write(1000);
  const StateBytes right = read_state(path);
  for (std::size_t at = 0; at < right.size(); at += at % kSlot < 40 || at % kSlot > 4080 ? 1 : 61) {
    StateBytes wrong = right;
    wrong[at] = static_cast<char>(wrong[at] ^ 0x10);
    write_state(path, wrong);
    int warnings = 0;
    const auto store = open_watermark_file(path, [&](Severity severity, const std::string& line) {
      warnings += severity == Severity::kWarning && says(line, "one of its two slots is damaged") ? 1 : 0;
    });
    REQUIRE(store->read() == 1000);
    REQUIRE(warnings == 1);
    store->write(1000);
    const StateBytes mended = read_state(path);
    for (const std::uint32_t slot : {0U, 1U}) {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(mended.data()) + slot * kSlot;
      REQUIRE(WatermarkSlot::decode({bytes, kSlot}, slot));
    }
  }
}

TEST_CASE("a file with both slots wrong, or none, is refused and left as it is", "[oracle]") {
  const ScratchDirectory scratch;
  const auto path = scratch / "state";
  init_watermark_file(path);
  StateBytes wrong = read_state(path);
  wrong[30] = wrong[kSlot + 4000] = 1;
  for (const StateBytes& bytes : {wrong, StateBytes(), StateBytes(2 * kSlot, '\0'), StateBytes(100, 'x'),
                                  StateBytes(wrong.begin(), wrong.begin() + kSlot)}) {
    write_state(path, bytes);
    CHECK(says(refusal_of(path), path.string() + "': it is damaged"));
    CHECK(read_state(path) == bytes);
  }
}

TEST_CASE("slots that changed places are refused", "[oracle]") {
  const ScratchDirectory scratch;
  const auto path = scratch / "state";
  init_watermark_file(path);
  StateBytes bytes = read_state(path);
  std::swap_ranges(bytes.begin(), bytes.begin() + kSlot, bytes.begin() + kSlot);
  write_state(path, bytes);
  CHECK(says(refusal_of(path), "damaged"));
}

/// What a crash leaves of a write from `before` to `after`: the slot written first torn or
/// whole, the other as it was, or also torn.
TEST_CASE("after a crash anywhere in a write the number is the one before or the one after", "[oracle]") {
  const ScratchDirectory scratch;
  const auto path = scratch / "state";
  init_watermark_file(path);
  std::mt19937_64 random(7);
  for (const std::int64_t next : {1000, 2000, 500}) {
    const StateBytes before = read_state(path);
    const std::int64_t old = watermark_in(path);
    open_watermark_file(path)->write(next);
    const StateBytes after = read_state(path);
    for (const bool low_first : {true, false}) {
      const std::size_t first = low_first ? 0 : kSlot;
      for (std::size_t done = 0; done <= 2 * kSlot; done += 1 + random() % 50) {
        StateBytes torn = before;
        for (std::size_t i = 0; i < done; ++i) {
          const std::size_t at = (first + i) % (2 * kSlot);
          torn[at] = after[at];
        }
        write_state(path, torn);
        const std::int64_t found = watermark_in(path);
        REQUIRE((found == old || found == next));
        if (done >= kSlot) REQUIRE(found == next);
      }
    }
    write_state(path, after);
  }
}

TEST_CASE("a truncated file is taken while a whole slot is left", "[oracle]") {
  const ScratchDirectory scratch;
  const auto path = scratch / "state";
  init_watermark_file(path);
  open_watermark_file(path)->write(1000);
  std::filesystem::resize_file(path, kSlot + 100);
  CHECK(watermark_in(path) == 1000);
  open_watermark_file(path)->write(2000);
  CHECK(std::filesystem::file_size(path) == 2 * kSlot);
  CHECK(watermark_in(path) == 2000);
}

TEST_CASE("a file that is removed or replaced while in use is not written to", "[oracle]") {
  const ScratchDirectory scratch;
  const auto path = scratch / "state";
  init_watermark_file(path);
  const auto store = open_watermark_file(path);
  store->write(1000);
  std::filesystem::rename(path, scratch / "moved");
  CHECK(says(error_of([&] { store->write(2000); }), "removed or replaced"));
  std::filesystem::copy_file(scratch / "moved", path);
  CHECK(says(error_of([&] { store->write(2000); }), "removed or replaced"));
  std::filesystem::rename(scratch / "moved", path);
  store->write(3000);
  CHECK(store->read() == 3000);
}

TEST_CASE("a symbolic link to the file does", "[oracle]") {
  const ScratchDirectory scratch;
  init_watermark_file(scratch / "state");
  std::filesystem::create_symlink("state", scratch / "link");
  open_watermark_file(scratch / "link")->write(7);
  CHECK(watermark_in(scratch / "state") == 7);
}

}  // namespace
}  // namespace timeservice::oracle
