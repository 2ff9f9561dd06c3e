// The compact protocol's letters, for MessageScanner.
#include "wire/scan_walk.h"

namespace timeservice::wire {
namespace {

enum Type : std::uint8_t {
  kStop = 0,
  kTrue = 1,
  kFalse = 2,
  kByte = 3,
  kI16 = 4,
  kI32 = 5,
  kI64 = 6,
  kDouble = 7,
  kString = 8,
  kList = 9,
  kSet = 10,
  kMap = 11,
  kStruct = 12,
};

/// A bool inside a container takes a byte; as a field it lives in the field's type.
constexpr std::uint8_t kElementBool = 0xff;

bool is_type(std::uint8_t type) { return type >= kTrue && type <= kStruct; }
std::uint8_t as_element(std::uint8_t type) { return type == kTrue || type == kFalse ? kElementBool : type; }
/// The fewest bytes that an element of the type takes.
std::size_t least_size(std::uint8_t type) { return type == kDouble ? 8 : 1; }

constexpr std::size_t kLongestVarint = 10;

}  // namespace

MessageScanner::State MessageScanner::scan_compact() {
  return walk<&MessageScanner::compact_head, &MessageScanner::compact_field,
              &MessageScanner::compact_value>();
}

// Reads at `at`, counted from position_, and moves `at` behind it.
MessageScanner::Step MessageScanner::read_varint(std::size_t& at, std::uint64_t& value) {
  value = 0;
  for (std::size_t i = 0; i < kLongestVarint; ++i) {
    if (!have(at + i + 1)) return Step::kNeedMore;
    const std::uint8_t next = byte(at + i);
    value |= std::uint64_t{next & 0x7fu} << (7 * i);
    if ((next & 0x80) == 0) {
      at += i + 1;
      return Step::kDone;
    }
  }
  return bad(WireError::kMalformed);
}

// The mark, version and type, the seqid, the name's length, the name.
MessageScanner::Step MessageScanner::compact_head() {
  if (!have(2)) return Step::kNeedMore;
  if (byte(0) != 0x82 || (byte(1) & 0x1f) != 1 || !is_message_type(byte(1) >> 5)) {
    return bad(WireError::kMalformed);
  }
  std::size_t at = 2;
  std::uint64_t seqid = 0;
  std::uint64_t name = 0;
  if (const Step step = read_varint(at, seqid); step != Step::kDone) return step;
  if (const Step step = read_varint(at, name); step != Step::kDone) return step;
  if (name > 0x7fffffffu) return bad(WireError::kNegativeSize);
  if (name > limits_.string_bytes) return bad(WireError::kStringTooLarge);
  return skip(at + name);
}

MessageScanner::Step MessageScanner::compact_field() {
  if (!have(1)) return Step::kNeedMore;
  const std::uint8_t type = byte(0) & 0x0f;
  if (type == kStop) {
    levels_.pop_back();
    return skip(1);
  }
  if (!is_type(type)) return bad(WireError::kMalformed);
  std::size_t at = 1;
  if ((byte(0) & 0xf0) == 0) {  // the id is no small step up from the last: it follows
    std::uint64_t id = 0;
    if (const Step step = read_varint(at, id); step != Step::kDone) return step;
  }
  if (type != kTrue && type != kFalse) pending_ = type;
  return skip(at);
}

MessageScanner::Step MessageScanner::compact_value(std::uint8_t type) {
  std::size_t at = 0;
  std::uint64_t number = 0;
  switch (type) {
    case kElementBool:
    case kByte:
      return skip(1);
    case kDouble:
      return skip(8);
    case kI16:
    case kI32:
    case kI64:
      if (const Step step = read_varint(at, number); step != Step::kDone) return step;
      return skip(at);
    case kString:
      if (const Step step = read_varint(at, number); step != Step::kDone) return step;
      if (skip(at) != Step::kDone) return Step::kBad;
      return skip_string(number);
    case kStruct:
      return open_struct();
    case kList:
    case kSet:
    case kMap:
      return compact_container(type);
    default:
      return bad(WireError::kMalformed);
  }
}

MessageScanner::Step MessageScanner::compact_container(std::uint8_t type) {
  if (!have(1)) return Step::kNeedMore;
  std::uint8_t first = 0;
  std::uint8_t second = 0;
  std::uint64_t count = 0;
  std::size_t at = 0;
  if (type == kMap) {  // the count, then, if there are any, both types in one byte
    if (const Step step = read_varint(at, count); step != Step::kDone) return step;
    if (count > 0) {
      if (!have(at + 1)) return Step::kNeedMore;
      first = byte(at) >> 4;
      second = byte(at) & 0x0f;
      ++at;
    }
  } else {  // the type and a count below 15 in one byte, or the count behind it
    first = byte(0) & 0x0f;
    count = byte(0) >> 4;
    at = 1;
    if (count == 15) {
      if (const Step step = read_varint(at, count); step != Step::kDone) return step;
    }
  }
  if (count > 0x7fffffffu) return bad(WireError::kNegativeSize);
  const bool is_map = type == kMap;
  if (count > 0 && (!is_type(first) || (is_map && !is_type(second)))) return bad(WireError::kMalformed);
  if (skip(at) != Step::kDone) return Step::kBad;
  const std::size_t least = least_size(first) + (is_map ? least_size(second) : 0);
  return open_container(count, as_element(first), as_element(second), is_map, least);
}

}  // namespace timeservice::wire
