#include "wire/json_reader.h"

#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <thrift/protocol/TProtocolException.h>

namespace timeservice::wire {
namespace {

using apache::thrift::protocol::TProtocolException;

constexpr std::string_view kNumberLetters = "0123456789+-.eE";

[[noreturn]] void refuse(const std::string& why) {
  throw TProtocolException(TProtocolException::INVALID_DATA, why);
}

/// `text` as a Number, all of it: no digits, and what would be cut, are refused.
template <typename Number>
Number parse(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc::result_out_of_range) refuse("a number is out of range");
  if (error != std::errc{} || stopped != end) refuse("a number is missing or malformed");
  return number;
}

bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xd800 && unit <= 0xdbff; }
bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

void append_utf8(std::string& text, std::uint32_t point) {
  const auto append = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  const auto append_six_bits = [&](int shift) { append(0x80 | ((point >> shift) & 0x3f)); };
  if (point < 0x80) {
    append(point);
  } else if (point < 0x800) {
    append(0xc0 | point >> 6);
    append_six_bits(0);
  } else if (point < 0x10000) {
    append(0xe0 | point >> 12);
    append_six_bits(6);
    append_six_bits(0);
  } else {
    append(0xf0 | point >> 18);
    append_six_bits(12);
    append_six_bits(6);
    append_six_bits(0);
  }
}

}  // namespace

std::int64_t JsonReader::integer(std::int64_t least, std::int64_t most) {
  begin_item();
  at_key() ? quoted(number_) : bare_number();
  const auto number = parse<std::int64_t>(number_);
  if (number < least || number > most) refuse("a number is out of range");
  return number;
}

double JsonReader::real() {
  begin_item();
  const bool is_quoted = at_key() || peek() == '"';
  is_quoted ? quoted(number_) : bare_number();
  if (number_ == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (number_ == "Infinity") return std::numeric_limits<double>::infinity();
  if (number_ == "-Infinity") return -std::numeric_limits<double>::infinity();
  // Also the other spellings of these, which the parser knows.
  const bool is_number = number_.find_first_not_of(kNumberLetters) == std::string::npos;
  if (!is_number || (is_quoted && !at_key())) refuse("a number is missing or malformed");
  return parse<double>(number_);
}

void JsonReader::string(std::string& text) {
  begin_item();
  quoted(text);
}

std::uint32_t JsonReader::bytes_read() {
  return static_cast<std::uint32_t>(taken_ - std::exchange(reported_, taken_));
}

void JsonReader::begin_item() {
  if (levels_.empty()) return;
  Level& level = levels_.back();
  if (level.items > 0) expect(at_key() ? ':' : ',');
  ++level.items;
}

void JsonReader::open(char bracket, bool is_object) {
  begin_item();
  expect(bracket);
  levels_.push_back({.is_object = is_object, .items = 0});
}

void JsonReader::close(char bracket) {
  expect(bracket);
  levels_.pop_back();
}

void JsonReader::quoted(std::string& text) {
  expect('"');
  text.clear();
  const std::uint64_t start = taken_;
  for (char next = take(); next != '"'; next = take()) {
    if (taken_ - start > string_bytes_) {
      throw TProtocolException(TProtocolException::SIZE_LIMIT, "a string is longer than the limit");
    }
    if (next == '\\') {
      escaped(text);
    } else {
      text += next;
    }
  }
}

void JsonReader::escaped(std::string& text) {
  static constexpr std::string_view kLetters = "\"\\/bfnrt";
  static constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  const char letter = take();
  if (letter != 'u') {
    const std::size_t at = kLetters.find(letter);
    if (at == std::string_view::npos) refuse("a string has an escape that there is not");
    text += kMeant[at];
    return;
  }
  const std::uint32_t first = code_unit();
  if (!is_high_surrogate(first)) {
    if (is_low_surrogate(first)) refuse("half a surrogate pair");
    append_utf8(text, first);
    return;
  }
  expect('\\');
  expect('u');
  const std::uint32_t second = code_unit();
  if (!is_low_surrogate(second)) refuse("half a surrogate pair");
  append_utf8(text, 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
}

std::uint32_t JsonReader::code_unit() {
  char digits[4];
  for (char& digit : digits) digit = take();
  std::uint32_t unit = 0;
  const auto [stopped, error] = std::from_chars(digits, digits + 4, unit, 16);
  if (error != std::errc{} || stopped != digits + 4) refuse("an escape without four hexadecimal digits");
  return unit;
}

void JsonReader::bare_number() {
  number_.clear();
  while (kNumberLetters.find(peek()) != std::string_view::npos) number_ += take();
}

void JsonReader::expect(char wanted) {
  if (const char found = take(); found != wanted) {
    refuse(fmt::format("expected '{}', found '{}'", wanted, found));
  }
}

char JsonReader::peek() {
  if (!has_ahead_) {
    ahead_ = take();
    has_ahead_ = true;
    --taken_;
  }
  return ahead_;
}

char JsonReader::take() {
  ++taken_;
  if (std::exchange(has_ahead_, false)) return ahead_;
  std::uint8_t byte = 0;
  transport_.readAll(&byte, 1);
  return static_cast<char>(byte);
}

}  // namespace timeservice::wire
