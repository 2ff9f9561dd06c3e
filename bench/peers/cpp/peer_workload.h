#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace timeservice::peers {

enum class Call { kGetTime, kEcho, kPrices, kWait };

struct CallRow {
  Call call;
  std::string_view name;
};

/// THE table of the calls that a client makes.
inline constexpr auto kCalls = std::to_array<CallRow>(
    {{Call::kGetTime, "get_time"}, {Call::kEcho, "echo"}, {Call::kPrices, "prices"}, {Call::kWait, "wait"}});

/// What a call came back with. Views into its connection, until that one's next call.
struct Reply {
  /// Of get_time and echo.
  std::string_view text = {};
  std::span<const double> prices = {};
  /// Of wait.
  std::int32_t milliseconds = 0;
};

/// One kind of call: its arguments, and whether a reply to it is right.
class Workload {
 public:
  Workload(Call call, std::size_t payload_bytes, std::int32_t count, std::int32_t milliseconds);

  Call call() const { return call_; }
  const std::string& payload() const { return payload_; }
  std::int32_t count() const { return count_; }
  std::int32_t milliseconds() const { return milliseconds_; }

  bool right(const Reply& reply) const;

 private:
  Call call_;
  std::string payload_;
  std::int32_t count_;
  std::int32_t milliseconds_;
  std::vector<double> prices_;
};

}  // namespace timeservice::peers
