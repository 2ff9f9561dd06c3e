#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace timeservice::wire {

/// A line of warning for each variable of the environment that begins with the prefix,
/// such as "TIME_SERVER_", is none of those known and would be taken for a setting; it
/// names the one that was meant, as far as that can be guessed. Before any thread is
/// started.
std::vector<std::string> unknown_variables(std::string_view prefix, const std::vector<std::string>& known);

}  // namespace timeservice::wire
