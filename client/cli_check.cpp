#include "client/cli_check.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "client/cli_options.h"

namespace timeservice::client {
namespace {

CheckResult judge(const ClockComparison& comparison, const CliOptions& options) {
  CheckResult result{.comparison = comparison, .against_server = options.against_server};
  ClockComparison judged = comparison;
  if (options.against_server) judged.server_error_ns = 0;
  result.off_by_at_most_ns = judged.client_error_ns();
  if (result.off_by_at_most_ns < 0) return result;
  const std::chrono::nanoseconds usual = std::chrono::milliseconds(100);
  const auto warning = options.warning.value_or(std::min(usual, options.critical));
  result.verdict = result.off_by_at_most_ns > options.critical.count() ? Verdict::kCritical
                   : result.off_by_at_most_ns > warning.count()        ? Verdict::kWarning
                                                                       : Verdict::kOk;
  return result;
}

/// An exchange has no room for the reason; now() is refused with it. Empty where that
/// says nothing either.
std::string why_no_bound(TimeClient& client) {
  try {
    client.now();
  } catch (const ClockUnreliableError& unreliable) {
    return unreliable.message();
  } catch (const ClientError&) {
    // That there is no bound is known all the same.
  }
  return {};
}

}  // namespace

ExitCode run_check(TimeClient& client, const CliOptions& options) {
  CheckResult result = judge(client.exchange(options.samples), options);
  if (result.verdict == Verdict::kUnknown) result.why = why_no_bound(client);
  print_line(options.output->check(result));
  return static_cast<ExitCode>(result.verdict);
}

ExitCode fail_check(const OutputRow* output, std::string_view what) {
  const OutputRow& row = output == nullptr ? kOutputs.front() : *output;
  print_line(row.check_failure(what));
  return static_cast<ExitCode>(Verdict::kUnknown);
}

}  // namespace timeservice::client
