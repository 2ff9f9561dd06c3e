#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <thrift/transport/TBufferTransports.h>

namespace timeservice::wire {

/// Reads the JSON that Thrift's protocol writes: arrays, objects, strings and
/// numbers, without white space, one value after the other. It takes care of the
/// separators, and of numbers that are quoted because they are an object's keys.
///
/// Looks at most one byte ahead, and never behind a value that closes itself, so it
/// can read from a socket. Whatever is not as it should be is a TProtocolException;
/// after one there is no going on. One thread at a time; `transport` must outlive it.
class JsonReader {
 public:
  /// `string_bytes` is the longest string, as written: escapes and base64 included.
  JsonReader(apache::thrift::transport::TBufferBase& transport, std::uint32_t string_bytes)
      : transport_(transport), string_bytes_(string_bytes) {}

  void begin_array() { open('[', false); }
  void end_array() { close(']'); }
  void begin_object() { open('{', true); }
  void end_object() { close('}'); }
  /// Whether the end of the object that it is in comes next.
  bool at_object_end() { return peek() == '}'; }

  /// A whole number from `least` to `most`, which has digits.
  std::int64_t integer(std::int64_t least, std::int64_t most);
  /// A number, or one of the names of what JSON has no number for.
  double real();
  void string(std::string& text);

  /// The bytes that were read since this was last asked.
  std::uint32_t bytes_read();

 private:
  /// An array or object that it is inside of.
  struct Level {
    bool is_object;
    std::uint64_t items;  // begun; an object's keys and values counted alike
  };

  void begin_item();
  bool at_key() const {
    return !levels_.empty() && levels_.back().is_object && levels_.back().items % 2 == 1;
  }
  void open(char bracket, bool is_object);
  void close(char bracket);
  void quoted(std::string& text);
  void escaped(std::string& text);
  std::uint32_t code_unit();
  void bare_number();
  void expect(char wanted);
  char peek();
  char take();

  apache::thrift::transport::TBufferBase& transport_;
  const std::size_t string_bytes_;
  std::vector<Level> levels_;
  /// The number that is read, as written.
  std::string number_;
  std::uint64_t taken_ = 0;
  std::uint64_t reported_ = 0;
  char ahead_ = '\0';
  bool has_ahead_ = false;
};

}  // namespace timeservice::wire
