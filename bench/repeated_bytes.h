#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace timeservice::bench {

/// The same bytes over and over, in one block. Immutable: any thread.
class RepeatedBytes {
 public:
  explicit RepeatedBytes(std::span<const std::uint8_t> unit);

  std::size_t unit_size() const { return unit_size_; }
  /// Up to `bytes` of them, beginning `phase` bytes into the unit.
  std::span<const std::uint8_t> from(std::size_t phase, std::size_t bytes) const;

 private:
  std::size_t unit_size_;
  std::vector<std::uint8_t> block_;
};

/// Sends them to one socket, as many copies as are owed, gathered into few sends.
/// One thread.
class RepeatedSend {
 public:
  /// `bytes` outlives it.
  explicit RepeatedSend(const RepeatedBytes& bytes) : bytes_(&bytes) {}

  void owe(std::size_t copies) { owed_ += copies * bytes_->unit_size(); }
  /// Sends until nothing is owed or the socket takes no more; 0, or the errno of
  /// what went wrong.
  int flush(int socket);
  bool owes() const { return owed_ > 0; }

 private:
  const RepeatedBytes* bytes_;
  std::size_t owed_ = 0;
  /// Where in the unit the next byte stands.
  std::size_t phase_ = 0;
};

/// Whether the socket only has to be asked again later.
bool would_wait(int error);

}  // namespace timeservice::bench
