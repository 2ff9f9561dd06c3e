#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "server/time/oracle/file_watermark.h"

namespace timeservice::test {

using StateBytes = std::vector<char>;

inline StateBytes read_state(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_state(const std::filesystem::path& path, const StateBytes& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// What a start would find.
inline std::int64_t watermark_in(const std::filesystem::path& path) {
  return oracle::open_watermark_file(path)->read();
}

/// What an action says when it fails; "" if it does not.
template <typename Action>
std::string error_of(Action action) {
  try {
    action();
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

/// What is said of a file that is not taken; "" if it is.
inline std::string refusal_of(const std::filesystem::path& path) {
  return error_of([&] { oracle::open_watermark_file(path); });
}

/// Whether a line, and it is one, says this.
inline bool says(const std::string& line, const std::string& part) {
  return line.find(part) != std::string::npos && line.find('\n') == std::string::npos;
}

}  // namespace timeservice::test
