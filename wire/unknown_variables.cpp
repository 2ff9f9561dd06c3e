#include "wire/unknown_variables.h"

#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace timeservice::wire {
namespace {

/// More letters than these wrong, or half of them, and it is another word.
constexpr std::size_t kMostWrong = 3;

/// Letters to change, add or leave out to make the one of the other.
std::size_t distance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < one.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < other.size(); ++j) {
      const std::size_t changed = diagonal + (one[i] == other[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

/// Names that say where a server is to be found, for others: those of docker/.env,
/// and those that Kubernetes gives every container beside a service "time-server".
bool is_of_deployment(std::string_view rest) {
  return rest == "PORT" || rest.ends_with("_PORT") || rest.starts_with("PORT_") ||
         rest.starts_with("SERVICE_");
}

std::string warning_of(std::string_view variable, std::size_t prefix, const std::vector<std::string>& known) {
  std::string_view nearest;
  std::size_t least = kMostWrong + 1;
  for (const std::string& candidate : known) {
    if (const std::size_t wrong = distance(variable, candidate);
        wrong < least && 2 * wrong < variable.size() - prefix) {
      least = wrong;
      nearest = candidate;
    }
  }
  const std::string advice = nearest.empty() ? "see --help" : fmt::format("did you mean {}?", nearest);
  return fmt::format("{} is no setting and is ignored: {}", variable, advice);
}

}  // namespace

std::vector<std::string> unknown_variables(std::string_view prefix, const std::vector<std::string>& known) {
  std::vector<std::string> warnings;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    const std::string_view variable = text.substr(0, equals);
    const bool empty = equals == std::string_view::npos || equals + 1 == text.size();
    if (empty || !variable.starts_with(prefix) || is_of_deployment(variable.substr(prefix.size()))) continue;
    if (std::find(known.begin(), known.end(), variable) == known.end()) {
      warnings.push_back(warning_of(variable, prefix.size(), known));
    }
  }
  return warnings;
}

}  // namespace timeservice::wire
