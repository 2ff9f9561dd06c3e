#include "server/host/shown.h"

#include <iterator>

#include <fmt/format.h>

namespace timeservice::host {
namespace {

template <typename IsPlain>
std::string escaped(std::string_view text, IsPlain is_plain) {
  std::string out;
  for (const char c : text) {
    if (is_plain(c)) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out.empty() ? "-" : out;
}

}  // namespace

std::string beginning(std::string_view text, std::size_t most) {
  std::string first(text.substr(0, most));
  if (text.size() > most) first += "...";
  return first;
}

std::string shown(std::string_view name) {
  return escaped(beginning(name), [](char c) {
    // A space or a quote would let a name look like another field.
    return c > ' ' && c < 0x7f && c != '\\' && c != '"' && c != '=';
  });
}

std::string shown_text(std::string_view text) {
  return escaped(beginning(text, kMostOfText), [](char c) { return c >= ' ' && c < 0x7f && c != '\\'; });
}

}  // namespace timeservice::host
