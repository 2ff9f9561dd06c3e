#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace timeservice::client {

/// The lines of a descriptor, as many as are there at a time: who types, or pipes a
/// little now and then, gets an answer to each line, and who pipes a file gets few, large
/// batches. One thread at a time.
class LineReader {
 public:
  /// Does not close it.
  explicit LineReader(int fd) : fd_(fd) {}

  /// Waits for a line; then that and what else has come, at most `most`, without their
  /// line ends (LF or CRLF). None at the end. Throws std::runtime_error for a read that
  /// fails, and for a line of more than 64 KiB, whose number it says; the lines before
  /// that have been given by then.
  std::vector<std::string> next(std::size_t most);

 private:
  bool read_more();
  bool take_line(std::string& line);
  /// The next line, as far as it has come, is longer than any may be.
  bool too_long() const;

  int fd_;
  std::string buffer_;
  /// Of the buffer, what has been given out.
  std::size_t given_ = 0;
  /// Lines that have been given out.
  std::size_t count_ = 0;
  bool ended_ = false;
};

}  // namespace timeservice::client
