#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace timeservice::oracle {

/// The system calls of the watermark's file. What fails throws std::runtime_error with the
/// path and the system's reason.

/// An open file. Movable, closes it.
class StateFile {
 public:
  /// Whether each write is to be durable when it returns.
  enum Writes { kBuffered, kDurable };

  StateFile() = default;
  StateFile(const std::filesystem::path& path, Writes writes);
  StateFile(StateFile&& other) noexcept;
  StateFile& operator=(StateFile&& other) noexcept;
  ~StateFile();

  bool is_open() const { return descriptor_ >= 0; }
  /// False if another open file, of any process, has locked it. The lock lasts until this
  /// one is closed; unlike fcntl's older lock, not until any descriptor of the file is.
  bool lock();
  /// Fewer bytes than asked for if the file ends before.
  std::size_t read(std::span<std::uint8_t> bytes, std::uint64_t offset) const;
  void write(std::span<const std::uint8_t> bytes, std::uint64_t offset) const;
  /// Whether `path` still leads to this file.
  bool is_at(const std::filesystem::path& path) const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

/// Makes `path` with these bytes, durably and at once: it never exists with fewer.
/// Throws where there is something already.
void create_durably(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);

}  // namespace timeservice::oracle
