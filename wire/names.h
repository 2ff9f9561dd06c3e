#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace timeservice::wire {

/// The names of a table's rows, separated by " | ".
template <typename Table>
std::string names_of(const Table& table) {
  std::string names;
  for (const auto& row : table) {
    if (!names.empty()) names += " | ";
    names += row.name;
  }
  return names;
}

/// The row called `name`. Throws std::invalid_argument that lists the names.
template <typename Table>
const auto& row_named(const Table& table, std::string_view name) {
  for (const auto& row : table) {
    if (row.name == name) return row;
  }
  throw std::invalid_argument(fmt::format("'{}' is none of {}", name, names_of(table)));
}

}  // namespace timeservice::wire
