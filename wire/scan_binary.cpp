// The binary protocol's letters, for MessageScanner.
#include "wire/scan_walk.h"

namespace timeservice::wire {
namespace {

enum Type : std::uint8_t {
  kStop = 0,
  kBool = 2,
  kByte = 3,
  kDouble = 4,
  kI16 = 6,
  kI32 = 8,
  kI64 = 10,
  kString = 11,
  kStruct = 12,
  kMap = 13,
  kSet = 14,
  kList = 15,
};

/// Bytes of a value whose size its type tells; 0 for the others.
std::size_t fixed_size(std::uint8_t type) {
  switch (type) {
    case kBool:
    case kByte:
      return 1;
    case kI16:
      return 2;
    case kI32:
      return 4;
    case kDouble:
    case kI64:
      return 8;
    default:
      return 0;
  }
}

/// The fewest bytes that a value of the type takes; 0 for no type at all.
std::size_t least_size(std::uint8_t type) {
  switch (type) {
    case kString:
      return 4;
    case kStruct:
      return 1;
    case kMap:
      return 6;
    case kSet:
    case kList:
      return 5;
    default:
      return fixed_size(type);
  }
}

}  // namespace

MessageScanner::State MessageScanner::scan_binary() {
  return walk<&MessageScanner::binary_head, &MessageScanner::binary_field, &MessageScanner::binary_value>();
}

// Version and type, the name's length, the name, the seqid.
MessageScanner::Step MessageScanner::binary_head() {
  if (!have(8)) return Step::kNeedMore;
  if (byte(0) != 0x80 || byte(1) != 0x01 || !is_message_type(byte(3))) return bad(WireError::kMalformed);
  const std::uint64_t name = big_endian32(4);
  if (name > 0x7fffffffu) return bad(WireError::kNegativeSize);
  if (name > limits_.string_bytes) return bad(WireError::kStringTooLarge);
  return skip(8 + name + 4);
}

MessageScanner::Step MessageScanner::binary_field() {
  if (!have(1)) return Step::kNeedMore;
  const std::uint8_t type = byte(0);
  if (type == kStop) {
    levels_.pop_back();
    return skip(1);
  }
  if (least_size(type) == 0) return bad(WireError::kMalformed);
  pending_ = type;
  return skip(3);  // the type and the field's id
}

MessageScanner::Step MessageScanner::binary_value(std::uint8_t type) {
  if (const std::size_t size = fixed_size(type)) return skip(size);
  switch (type) {
    case kString: {
      if (!have(4)) return Step::kNeedMore;
      const std::uint32_t size = big_endian32(0);
      if (skip(4) != Step::kDone) return Step::kBad;
      return skip_string(size);
    }
    case kStruct:
      return open_struct();
    case kList:
    case kSet: {
      if (!have(5)) return Step::kNeedMore;
      const std::uint8_t element = byte(0);
      const std::uint32_t count = big_endian32(1);
      if (count > 0x7fffffffu) return bad(WireError::kNegativeSize);
      if (count > 0 && least_size(element) == 0) return bad(WireError::kMalformed);
      if (skip(5) != Step::kDone) return Step::kBad;
      const Step step = open_container(count, element, 0, false, least_size(element));
      if (step == Step::kDone && count > 0 && fixed_size(element) > 0) {
        levels_.pop_back();
        return skip(std::uint64_t{count} * fixed_size(element));
      }
      return step;
    }
    case kMap: {
      if (!have(6)) return Step::kNeedMore;
      const std::uint8_t key = byte(0);
      const std::uint8_t value = byte(1);
      const std::uint32_t count = big_endian32(2);
      if (count > 0x7fffffffu) return bad(WireError::kNegativeSize);
      if (count > 0 && (least_size(key) == 0 || least_size(value) == 0)) return bad(WireError::kMalformed);
      if (skip(6) != Step::kDone) return Step::kBad;
      return open_container(count, key, value, true, least_size(key) + least_size(value));
    }
    default:
      return bad(WireError::kMalformed);
  }
}

}  // namespace timeservice::wire
