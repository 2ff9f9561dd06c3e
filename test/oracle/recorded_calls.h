#pragma once

#include <string>
#include <vector>

#include "test/oracle/order_checker.h"

namespace timeservice::test {

/// A call as a line of text: when it began, when it ended, the first timestamp, how many.
std::string line_of(const RecordedCall& call);

/// Reads a file of such lines. Throws std::runtime_error for a line that is none.
std::vector<RecordedCall> read_calls(const std::string& path);

}  // namespace timeservice::test
