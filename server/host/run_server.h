#pragma once

#include <functional>
#include <string_view>

namespace timeservice::host {

/// What main() of a server returns: what `body` does, or, where that throws, one
/// line "name: what" on standard error and 2 for settings that are wrong
/// (UsageError, std::invalid_argument) or 1 for anything else (StartError). Where a
/// standard stream is closed, nothing that `body` opens takes its place.
int run_server(std::string_view name, const std::function<int()>& body);

}  // namespace timeservice::host
