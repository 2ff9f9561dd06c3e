#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "client/clock_comparison.h"

namespace timeservice::client {

/// One line. What came over the network may be no UTF-8, which JSON must be.
inline std::string dump(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// A bound that is not promised is null: no reader can take it for a number.
inline nlohmann::json bound_json(std::int64_t ns) { return ns < 0 ? nlohmann::json() : nlohmann::json(ns); }

nlohmann::json comparison_object(const ClockComparison& comparison);

}  // namespace timeservice::client
