// time-client: asks a time-server from the command line.

#include <exception>
#include <string>

#include "client/cli_check.h"
#include "client/cli_commands.h"
#include "client/cli_dialects.h"
#include "client/cli_options.h"
#include "client/cli_output.h"
#include "client/time_client.h"
#include "wire/standard_streams.h"

using namespace timeservice::client;

int main(int argc, char* argv[]) {
  timeservice::wire::keep_standard_streams_apart();
  // Monitoring reads one line and the exit code, of failures too.
  const bool check = asks_for_check(argc, argv);
  const OutputRow* output = nullptr;
  const auto fail = [&](const std::exception& error, ExitCode code) {
    if (check) {
      try {
        return fail_check(output, error.what());
      } catch (const std::exception& unwritable) {  // where the line was to go
        print_error(unwritable.what());
        return static_cast<ExitCode>(Verdict::kUnknown);
      }
    }
    print_error(error.what());
    return code;
  };
  try {
    const CliOptions options = parse_options(argc, argv);
    output = options.output;
    if (options.help || options.version) {
      print_line(options.help ? help_text() : "time-client " TIMESERVICE_VERSION);
      return kDone;
    }
    for (const std::string& warning : options.warnings) print_error(warning);
    TimeClient client(search_dialect(options.client));
    return options.command->run(client, options);
  } catch (const UsageError& error) {
    return fail(error, kUsage);
  } catch (const ClientError& error) {
    return fail(error, exit_code(error));
  } catch (const std::exception& error) {
    return fail(error, kFailed);
  }
}
