#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include <sched.h>

#include "server/time/oracle/file_watermark.h"
#include "test/oracle/scratch_directory.h"
#include "test/oracle/state_bytes.h"
#include "test/support/catch.h"

// Full disks, read-only ones and limits, in a child process with mounts of its own.

namespace timeservice::oracle {
namespace {

using test::refusal_of;
using test::ScratchDirectory;

constexpr int kKept = 0;
constexpr int kBroken = 1;
constexpr int kNotPossible = 77;

/// Whether the promise holds in a child process, which exits with one of the above.
template <typename Promise>
int in_child(Promise promise) {
  const pid_t child = ::fork();
  if (child == 0) {
    int code = kBroken;
    try {
      code = promise();
    } catch (const std::exception& error) {
      std::cerr << error.what() << std::endl;
    }
    ::_exit(code);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : kBroken;
}

bool own_mounts() {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

void check_kept(int code, const char* what) {
  if (code == kNotPossible) {
    WARN("NOT TESTED: " << what << ": this process may not mount");
    return;
  }
  CHECK(code == kKept);
}

std::string error_of_write(WatermarkStore& store, std::int64_t watermark) {
  return test::error_of([&] { store.write(watermark); });
}

TEST_CASE("a full disk fails making the file, with nothing left, but not writing to it", "[oracle]") {
  const ScratchDirectory scratch;
  const auto full = [&] {
    if (!own_mounts() || ::mount("none", scratch.path().c_str(), "tmpfs", 0, "size=64k") != 0)
      return kNotPossible;
    init_watermark_file(scratch / "state");
    std::ofstream filler(scratch / "filler");
    while (filler.write("x", 1).flush()) {
    }
    const auto store = open_watermark_file(scratch / "state");
    for (int i = 1; i < 20; ++i) store->write(i);
    try {
      init_watermark_file(scratch / "another");
      return kBroken;
    } catch (const std::runtime_error& error) {
      if (std::string(error.what()).find("No space left") == std::string::npos) return kBroken;
    }
    for (const auto& entry : std::filesystem::directory_iterator(scratch.path())) {
      if (entry.path().filename() != "state" && entry.path().filename() != "filler") return kBroken;
    }
    return store->read() == 19 ? kKept : kBroken;
  };
  check_kept(in_child(full), "a full disk");
}

TEST_CASE("a read-only file system is refused at the start, by name", "[oracle]") {
  const ScratchDirectory scratch;
  init_watermark_file(scratch / "state");
  const auto read_only = [&] {
    const char* path = scratch.path().c_str();
    if (!own_mounts() || ::mount(path, path, nullptr, MS_BIND, nullptr) != 0) return kNotPossible;
    if (::mount(nullptr, path, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) != 0) return kNotPossible;
    const std::string refusal = refusal_of(scratch / "state");
    return refusal.find("Read-only file system") != std::string::npos &&
                   refusal.find((scratch / "state").string()) != std::string::npos
               ? kKept
               : kBroken;
  };
  check_kept(in_child(read_only), "a read-only file system");
}

TEST_CASE("a file system that was read-only is taken when it can be written again", "[oracle]") {
  const ScratchDirectory scratch;
  const auto remounted = [&] {
    const char* path = scratch.path().c_str();
    if (!own_mounts() || ::mount("none", path, "tmpfs", 0, "size=64k") != 0) return kNotPossible;
    init_watermark_file(scratch / "state");
    if (::mount(nullptr, path, nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) return kNotPossible;
    if (refusal_of(scratch / "state").find("Read-only") == std::string::npos) return kBroken;
    if (::mount(nullptr, path, nullptr, MS_REMOUNT, nullptr) != 0) return kNotPossible;
    const auto store = open_watermark_file(scratch / "state");
    store->write(5);
    return store->read() == 5 ? kKept : kBroken;
  };
  check_kept(in_child(remounted), "a remounted file system");
}

TEST_CASE("a file that one may not write is refused, by name", "[oracle]") {
  const ScratchDirectory scratch;
  init_watermark_file(scratch / "state");
  std::filesystem::permissions(scratch.path(), std::filesystem::perms::all);
  const auto as_nobody = [&] {
    // Who is root may write everything.
    if (::getuid() == 0 && ::setuid(65534) != 0) return kNotPossible;
    if (::getuid() != 65534) ::chmod((scratch / "state").c_str(), 0400);
    return refusal_of(scratch / "state").find("Permission denied") != std::string::npos ? kKept : kBroken;
  };
  check_kept(in_child(as_nobody), "a file of somebody else");
}

TEST_CASE("a limit on file sizes fails the write, which then goes on where the limit is gone", "[oracle]") {
  const ScratchDirectory scratch;
  init_watermark_file(scratch / "state");
  const auto limited = [&] {
    const auto store = open_watermark_file(scratch / "state");
    store->write(1000);
    ::signal(SIGXFSZ, SIG_IGN);
    // Half of the second slot: a write that is cut short.
    rlimit limit{4096 + 2048, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 5; ++i) {
      if (error_of_write(*store, 2000 + i).find("cannot write") == std::string::npos) return kBroken;
      if (store->read() != 1000) return kBroken;
    }
    limit.rlim_cur = RLIM_INFINITY;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    if (!error_of_write(*store, 3000).empty()) return kBroken;
    return store->read() == 3000 ? kKept : kBroken;
  };
  CHECK(in_child(limited) == kKept);
  CHECK(test::watermark_in(scratch / "state") == 3000);
}

TEST_CASE("a write that was cut short leaves the number before it", "[oracle]") {
  const ScratchDirectory scratch;
  init_watermark_file(scratch / "state");
  const auto killed = [&] {
    const auto store = open_watermark_file(scratch / "state");
    store->write(1000);
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{2048, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    return error_of_write(*store, 2000).empty() ? kBroken : kKept;
  };
  CHECK(in_child(killed) == kKept);
  CHECK(test::watermark_in(scratch / "state") == 1000);
}

}  // namespace
}  // namespace timeservice::oracle
