#include "client/cli_lines.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>

namespace timeservice::client {
namespace {

constexpr std::size_t kLongest = 64 * 1024;

}  // namespace

std::vector<std::string> LineReader::next(std::size_t most) {
  std::vector<std::string> lines;
  std::string line;
  for (;;) {
    while (lines.size() < most && !too_long() && take_line(line)) lines.push_back(std::move(line));
    count_ += lines.size();
    if (!lines.empty()) return lines;
    if (too_long()) {
      throw std::runtime_error(
          fmt::format("line {}: it is longer than 64 KiB; write one value on each line", count_ + 1));
    }
    if (ended_) return lines;
    // Once more after the end, for a last line without its own.
    ended_ = !read_more();
  }
}

bool LineReader::too_long() const {
  const std::size_t end = std::min(buffer_.find('\n', given_), buffer_.size());
  return end - given_ > kLongest;
}

bool LineReader::take_line(std::string& line) {
  std::size_t end = buffer_.find('\n', given_);
  const bool whole = end != std::string::npos;
  // The last line may lack its end.
  if (!whole && (!ended_ || given_ == buffer_.size())) return false;
  if (!whole) end = buffer_.size();
  line = buffer_.substr(given_, end - given_);
  if (line.ends_with('\r')) line.pop_back();
  given_ = whole ? end + 1 : end;
  return true;
}

bool LineReader::read_more() {
  buffer_.erase(0, given_);
  given_ = 0;
  const std::size_t size = buffer_.size();
  buffer_.resize(size + kLongest);
  ssize_t count = 0;
  do {
    count = ::read(fd_, buffer_.data() + size, kLongest);
  } while (count < 0 && errno == EINTR);
  const int error = errno;
  buffer_.resize(size + static_cast<std::size_t>(count < 0 ? 0 : count));
  if (count < 0) {
    throw std::runtime_error(
        fmt::format("standard input: cannot be read: {}", std::generic_category().message(error)));
  }
  return count > 0;
}

}  // namespace timeservice::client
