#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// What others wrote, as a log may show it.
namespace timeservice::host {

inline constexpr std::size_t kMostOfName = 100;
inline constexpr std::size_t kMostOfText = 500;

/// The first characters of a long one, with "..." behind.
std::string beginning(std::string_view text, std::size_t most = kMostOfName);

/// A name from the wire, as one field of a line: what is no plain character is escaped, and only
/// the first of many are told.
std::string shown(std::string_view name);

/// Text, as the end of a line: the same, but that spaces, quotes and "=" stand as they are.
std::string shown_text(std::string_view text);

}  // namespace timeservice::host
