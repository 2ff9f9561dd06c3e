#include "server/settings_without_effect.h"

#include <algorithm>
#include <string>
#include <vector>

#include "test/support/catch.h"

namespace timeservice {
namespace {

using Words = std::vector<std::string>;

Words warnings_of(const Words& words) {
  std::vector<const char*> argv = {"time-server"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  Words warnings = parse_server_options(static_cast<int>(argv.size()), argv.data()).warnings;
  // Of variables that this machine may have: not ours.
  const auto is_other = [](const std::string& line) {
    return line.find("means nothing") == std::string::npos;
  };
  warnings.erase(std::remove_if(warnings.begin(), warnings.end(), is_other), warnings.end());
  return warnings;
}

TEST_CASE("a setting that does nothing for want of another costs a warning, which names that", "[options]") {
  const struct {
    Words without;
    Words with;
    std::string_view other;
  } rows[] = {
      {{"--max-jump", "1h"}, {"--oracle-state", "f"}, "--oracle-state"},
      {{"--oracle-window", "2s"}, {"--oracle-state", "f"}, "--oracle-state"},
      {{"--oracle-timeout", "1s"}, {"--oracle-state", "f"}, "--oracle-state"},
      {{"--upstream-error", "1ms", "--clock-error", "chrony"}, {}, "--clock-error kernel"},
      {{"--upstream-error", "1ms", "--clock-error", "fixed:2ms"}, {}, "--clock-error kernel"},
      {{"--holdover-after", "5m", "--clock-error", "fixed:2ms"}, {}, "--clock-error"},
      {{"--tls-handshake-timeout", "1s"},
       {"--listen", "tls:*:1", "--tls-cert", "c", "--tls-key", "k"},
       "--listen tls:*:9443"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.without);
    const Words warnings = warnings_of(row.without);
    REQUIRE(warnings.size() == 1);
    CAPTURE(warnings[0]);
    CHECK(warnings[0].starts_with(row.without[0] + " means nothing without "));
    CHECK(warnings[0].find(row.other) != std::string::npos);
    if (row.with.empty()) continue;
    Words both = row.without;
    both.insert(both.end(), row.with.begin(), row.with.end());
    CHECK(warnings_of(both).empty());
  }
}

TEST_CASE("settings that have what they need, and none at all, are not warned of", "[options]") {
  CHECK(warnings_of({}).empty());
  CHECK(warnings_of({"--upstream-error", "1ms"}).empty());
  CHECK(warnings_of({"--holdover-after", "5m", "--clock-error", "chrony"}).empty());
}

}  // namespace
}  // namespace timeservice
