#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/server_options.h"

namespace timeservice {

/// Where each setting that was given stands, by its name: "--max-jump", "FILE:3: max-jump".
using GivenPlaces = std::map<std::string_view, std::string>;

/// A line of warning for each setting that was given and does nothing, for want of another.
/// What contradicts another setting, or the mode, is refused, and elsewhere.
std::vector<std::string> settings_without_effect(const GivenPlaces& given, const ServerOptions& options);

}  // namespace timeservice
