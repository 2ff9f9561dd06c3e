#include "server/time/oracle/state_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace timeservice::oracle {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const char* what, int error) {
  throw std::runtime_error(fmt::format("oracle state file '{}': cannot {}: {}", path.string(), what,
                                       std::generic_category().message(error)));
}

void write_all(int descriptor, const std::filesystem::path& path, std::span<const std::uint8_t> bytes,
               std::uint64_t offset) {
  ssize_t written = 0;
  do {
    written = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  } while (written < 0 && errno == EINTR);
  if (written < 0) fail(path, "write", errno);
  // A part is what a full disk or a limit leaves; asked for the rest, it would say so.
  if (static_cast<std::size_t>(written) != bytes.size()) fail(path, "write all", ENOSPC);
}

/// A descriptor for the length of a function.
struct Opened {
  ~Opened() {
    if (descriptor >= 0) ::close(descriptor);
  }
  const int descriptor;
};

void sync_directory_of(const std::filesystem::path& path) {
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
  const Opened directory{::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory.descriptor < 0 || ::fsync(directory.descriptor) != 0)
    fail(path, "make durable its directory", errno);
}

}  // namespace

StateFile::StateFile(const std::filesystem::path& path, Writes writes)
    : path_(path),
      descriptor_(::open(path.c_str(), O_RDWR | O_CLOEXEC | (writes == kDurable ? O_DSYNC : 0))) {
  if (descriptor_ < 0) fail(path_, "open", errno);
}

StateFile::StateFile(StateFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

StateFile& StateFile::operator=(StateFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

StateFile::~StateFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool StateFile::lock() {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(descriptor_, F_OFD_SETLK, &whole) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  fail(path_, "lock", errno);
}

std::size_t StateFile::read(std::span<std::uint8_t> bytes, std::uint64_t offset) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto rest = bytes.subspan(done);
    const ssize_t some = ::pread(descriptor_, rest.data(), rest.size(), static_cast<off_t>(offset + done));
    if (some < 0 && errno == EINTR) continue;
    if (some < 0) fail(path_, "read", errno);
    if (some == 0) break;
    done += static_cast<std::size_t>(some);
  }
  return done;
}

void StateFile::write(std::span<const std::uint8_t> bytes, std::uint64_t offset) const {
  write_all(descriptor_, path_, bytes, offset);
}

bool StateFile::is_at(const std::filesystem::path& path) const {
  struct stat here {};
  struct stat there {};
  return ::fstat(descriptor_, &here) == 0 && ::stat(path.c_str(), &there) == 0 &&
         here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

void create_durably(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  std::string draft = path.string() + ".XXXXXX";
  const Opened file{::mkostemp(draft.data(), O_CLOEXEC)};  // mode 0600
  if (file.descriptor < 0) fail(path, "make", errno);
  try {
    write_all(file.descriptor, path, bytes, 0);
    if (::fsync(file.descriptor) != 0) fail(path, "make durable", errno);
    // A plain rename would silently take the place of a file that appeared since.
    if (::renameat2(AT_FDCWD, draft.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0) {
      fail(path, "make", errno);
    }
  } catch (...) {
    ::unlink(draft.c_str());
    throw;
  }
  sync_directory_of(path);
}

}  // namespace timeservice::oracle
