#pragma once

#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <string>

#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_host.h"

// What tests of hostile input share: bytes that no client sends, and what must hold after them.
namespace timeservice::test {

inline std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

inline std::string big_endian(std::uint32_t value) {
  return bytes({static_cast<int>(value >> 24), static_cast<int>(value >> 16 & 0xff),
                static_cast<int>(value >> 8 & 0xff), static_cast<int>(value & 0xff)});
}

/// A strict binary call of `method` with these bytes as its arguments.
inline std::string call(const std::string& method, const std::string& arguments) {
  return bytes({0x80, 1, 0, 1}) + big_endian(static_cast<std::uint32_t>(method.size())) + method +
         big_endian(7) + arguments;
}

inline std::string framed(const std::string& message) {
  return big_endian(static_cast<std::uint32_t>(message.size())) + message;
}

inline std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t pages = 0;
  statm >> pages >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// That stock clients of every dialect which the mode carries are answered.
inline void check_good_client(EchoHost& host, const host::ModeRow& mode) {
  for (const wire::Dialect& dialect : dialects_of(mode)) {
    EchoConnection client(host.endpoint(), dialect.protocol, dialect.transport);
    std::string reply;
    client->echo(reply, "good");
    CHECK(reply == "good");
  }
}

}  // namespace timeservice::test
