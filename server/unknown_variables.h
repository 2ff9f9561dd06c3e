#pragma once

#include <string>
#include <vector>

#include "server/settings_sources.h"

namespace timeservice {

/// A line of warning for each variable TIME_SERVER_... that is none of the settings
/// and would be taken for one; it names the setting that was meant, as far as that
/// can be guessed. Before any thread is started.
std::vector<std::string> unknown_variables(const SettingNames& names);

}  // namespace timeservice
