#pragma once

#include <functional>
#include <string>

namespace timeservice::oracle {

enum class Severity { kInfo, kWarning, kError };

/// Takes what an operator should know, one line each. Called by whoever makes or stops
/// the oracle and by its own thread, one at a time; never by a call for timestamps. It
/// must not throw.
using OracleLog = std::function<void(Severity, const std::string& line)>;

}  // namespace timeservice::oracle
