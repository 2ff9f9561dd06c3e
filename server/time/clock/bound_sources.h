#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "server/time/clock/bound_source.h"

namespace timeservice::clock {

/// A kind of bound, chosen by name; what follows a colon is its argument.
struct BoundSourceRow {
  std::string_view name;
  /// How the argument is called in the help; "" if there is none.
  std::string_view argument;
  std::string_view help;
  /// Whether it can honour BoundOptions::upstream_error, holdover_after.
  bool takes_upstream_error;
  bool may_be_silent;
  /// Throws std::invalid_argument: one line that says what is wrong with the argument.
  std::unique_ptr<BoundSource> (*make)(std::string_view argument, const BoundOptions& options,
                                       const Clock& clock);
};

std::unique_ptr<BoundSource> make_kernel_bound(std::string_view argument, const BoundOptions& options,
                                               const Clock& clock);
std::unique_ptr<BoundSource> make_chrony_bound(std::string_view argument, const BoundOptions& options,
                                               const Clock& clock);
std::unique_ptr<BoundSource> make_fixed_bound(std::string_view argument, const BoundOptions& options,
                                              const Clock& clock);

/// THE table of sources, in the order of --help.
inline constexpr auto kBoundSources = std::to_array<BoundSourceRow>({
    {"kernel", "", "the bound that the time daemon keeps in the kernel (adjtimex)", true, true,
     &make_kernel_bound},
    {"chrony", "[:ADDRESS:PORT]", "what chronyd reports; asked at 127.0.0.1:323", false, true,
     &make_chrony_bound},
    {"fixed", ":ERROR", "your own word, such as fixed:50ms, that the clock is never further off", false,
     false, &make_fixed_bound},
});

/// The row that the options name. Throws std::invalid_argument where there is none.
const BoundSourceRow& bound_source_row(const BoundOptions& options);

/// Throws std::invalid_argument, with the fix, unless make_bound_source() would take it.
void check_bound_source(const BoundOptions& options);

/// The source that the options name. It outlives neither them nor the clock. Throws as
/// check_bound_source().
std::unique_ptr<BoundSource> make_bound_source(const BoundOptions& options, const Clock& clock);

}  // namespace timeservice::clock
