#include "wire/message_stream.h"

#include <algorithm>

namespace timeservice::wire {

std::variant<NeedMore, Message, WireError> MessageStream::first(std::span<const std::uint8_t> bytes) {
  const auto error = detect_dialect(bytes);
  if (refused_for_ && (error || cutter_)) return *refused_for_;
  if (error) return *error;
  if (!cutter_) return NeedMore{};
  return cutter_->next(bytes);
}

std::optional<WireError> MessageStream::detect_dialect(std::span<const std::uint8_t> bytes) {
  const Detection detection = detect(bytes);
  if (const auto* error = std::get_if<WireError>(&detection)) return *error;
  const auto* dialect = std::get_if<Dialect>(&detection);
  if (dialect == nullptr) return std::nullopt;
  cutter_.emplace(*dialect, limits_);
  const auto admitted = admit(*dialect, protocol_, transport_);
  if (const auto* error = std::get_if<WireError>(&admitted)) return *error;
  return std::nullopt;
}

std::optional<Dialect> MessageStream::dialect() const {
  if (!cutter_) return std::nullopt;
  return cutter_->dialect();
}

std::span<const std::uint8_t> MessageStream::payload_of(std::span<const std::uint8_t> bytes) const {
  return bytes.subspan(std::min(bytes.size(), framed() ? kFrameHeadBytes : 0));
}

}  // namespace timeservice::wire
