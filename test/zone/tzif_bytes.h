#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace timeservice::test {

/// Makes the bytes of a compiled time zone, sound or not.
struct TzifBytes {
  struct Type {
    std::int32_t offset_s;
    std::uint8_t letters_at;
  };
  struct Change {
    std::int64_t at_s;
    std::uint8_t type;
  };
  char version = '2';
  std::uint32_t leap_seconds = 0;
  std::vector<Type> types = {{0, 0}};
  std::string letters = std::string("UTC\0", 4);
  std::vector<Change> changes = {};
  std::string footer = "\nUTC0\n";

  std::string bytes() const {
    std::string all = header(0, 0, 0, 0) + header(leap_seconds, changes.size(), types.size(), letters.size());
    for (const Change& change : changes) all += number(static_cast<std::uint64_t>(change.at_s), 8);
    for (const Change& change : changes) all += static_cast<char>(change.type);
    for (const Type& type : types) {
      all += number(static_cast<std::uint32_t>(type.offset_s), 4) + '\0' + static_cast<char>(type.letters_at);
    }
    return all + letters + footer;
  }

 private:
  static std::string number(std::uint64_t value, int size) {
    std::string text;
    for (int i = size - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xff);
    return text;
  }

  std::string header(std::uint64_t leaps, std::uint64_t change_count, std::uint64_t type_count,
                     std::uint64_t letter_count) const {
    return "TZif" + std::string(1, version) + std::string(15, '\0') + number(0, 4) + number(0, 4) +
           number(leaps, 4) + number(change_count, 4) + number(type_count, 4) + number(letter_count, 4);
  }
};

}  // namespace timeservice::test
