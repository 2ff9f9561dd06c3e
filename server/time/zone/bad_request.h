#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "time_service_types.h"

namespace timeservice::zone {

/// Throws BadRequest. `message` is one line; `index` is the offending item's, or -1.
[[noreturn]] void refuse(BadRequestCode::type code, std::string message, std::int32_t index = -1);

/// A client's bytes for a message: in quotes, printable, and cut where they are long.
std::string in_quotes(std::string_view text);

}  // namespace timeservice::zone
