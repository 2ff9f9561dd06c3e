#pragma once

#include <array>
#include <string>
#include <string_view>

#include "client/cli_options.h"

namespace timeservice::client {

/// A flag, with a value or a switch.
struct FlagRow {
  std::string_view name;
  /// What the value is called; "" for a switch, whose value is yes or no, and yes if none is given.
  std::string_view value;
  std::string help;
  /// The commands that use it, separated by commas; empty for all.
  std::string_view commands;
  bool repeatable;
  /// Throws std::invalid_argument, which begins with the value and says what would
  /// be right.
  void (*set)(CliOptions& options, std::string_view value);

  bool is_switch() const { return value.empty(); }
  bool is_for(std::string_view command) const;
};

/// THE table of flags. It feeds --help, the environment's names and validation.
extern const std::array<FlagRow, 26> kFlags;

/// Where a flag's value is taken from when it is not on the command line.
std::string environment_name(const FlagRow& flag);

}  // namespace timeservice::client
