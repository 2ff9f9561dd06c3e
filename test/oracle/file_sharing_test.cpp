#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "server/time/oracle/file_watermark.h"
#include "test/oracle/scratch_directory.h"
#include "test/oracle/state_bytes.h"
#include "test/support/catch.h"

// Two that want one state file.

namespace timeservice::oracle {
namespace {

using test::refusal_of;
using test::ScratchDirectory;

/// What another process finds when it opens the file: 0 it got it, 1 it was told why not.
int other_process(const std::filesystem::path& path) {
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string refusal = refusal_of(path);
    ::_exit(refusal.empty() ? 0 : refusal.find("another process is using it") != std::string::npos ? 1 : 2);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

TEST_CASE("a second process is refused, by any name of the file, until the first lets go", "[oracle]") {
  const ScratchDirectory scratch;
  const auto path = scratch / "state";
  init_watermark_file(path);
  std::filesystem::create_symlink("state", scratch / "link");
  std::filesystem::create_hard_link(path, scratch / "second");
  {
    const auto store = open_watermark_file(path);
    CHECK(other_process(path) == 1);
    CHECK(other_process(scratch / "link") == 1);
    CHECK(other_process(scratch / "second") == 1);
    store->write(5);
    CHECK(other_process(path) == 1);
  }
  CHECK(other_process(path) == 0);
}

TEST_CASE("a second oracle in the same process is refused too", "[oracle]") {
  const ScratchDirectory scratch;
  const auto path = scratch / "state";
  init_watermark_file(path);
  auto store = open_watermark_file(path);
  CHECK(refusal_of(path).find("another process is using it") != std::string::npos);
  store.reset();
  CHECK(refusal_of(path).empty());
}

TEST_CASE("reading the file does not let go of it", "[oracle]") {
  const ScratchDirectory scratch;
  const auto path = scratch / "state";
  init_watermark_file(path);
  const auto store = open_watermark_file(path);
  // With fcntl's older locks the first close of any descriptor would end the lock.
  test::read_state(path);
  CHECK(other_process(path) == 1);
}

TEST_CASE("the lock goes with a process that is killed", "[oracle]") {
  const ScratchDirectory scratch;
  const auto path = scratch / "state";
  init_watermark_file(path);
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto store = open_watermark_file(path);
    store->write(1000);
    (void)!::write(ready[1], "x", 1);
    ::pause();
    ::_exit(0);
  }
  ::close(ready[1]);
  char byte = 0;
  CHECK(::read(ready[0], &byte, 1) == 1);
  CHECK(refusal_of(path).find("another process is using it") != std::string::npos);
  ::kill(child, SIGKILL);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  ::close(ready[0]);
  CHECK(test::watermark_in(path) == 1000);
}

}  // namespace
}  // namespace timeservice::oracle
