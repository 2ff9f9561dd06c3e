#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace timeservice {

/// A value as somebody wrote it, and where, as an error names the place: "--mode",
/// "TIME_SERVER_MODE" or "FILE:3: mode".
struct GivenValue {
  std::string text;
  std::string place;
};

/// What stands in one place: values by setting, in their order.
using GivenValues = std::map<std::string, std::vector<GivenValue>, std::less<>>;

/// A setting's name: its flag without "--".
struct SettingName {
  std::string_view name;
  /// As a flag it stands alone, which is "yes".
  bool is_switch = false;
};

using SettingNames = std::vector<SettingName>;

/// The flags of the command line; "help" and "version" have no value. Throws
/// host::UsageError where a word is none of them.
GivenValues given_as_flags(int argc, const char* const* argv, const SettingNames& names);

/// The variables TIME_SERVER_...; an empty one is as good as none. Before any thread
/// is started.
GivenValues given_as_variables(const SettingNames& names);

/// The lines of a file, which `asked_by` named. Throws host::UsageError where it
/// cannot be read, and for a line that is no setting.
GivenValues given_in_file(const std::string& path, const std::string& asked_by, const SettingNames& names);

/// What the variables begin with.
inline constexpr std::string_view kVariables = "TIME_SERVER_";
/// "max-message-size" is TIME_SERVER_MAX_MESSAGE_SIZE.
std::string variable_of(std::string_view name);
std::vector<std::string> variables_of(const SettingNames& names);

}  // namespace timeservice
