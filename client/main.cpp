// time-client: asks a time-server from the command line.

#include <exception>

#include "client/cli_commands.h"
#include "client/cli_dialects.h"
#include "client/cli_options.h"
#include "client/cli_output.h"
#include "client/time_client.h"

using namespace timeservice::client;

int main(int argc, char* argv[]) {
  try {
    const CliOptions options = parse_options(argc, argv);
    if (options.help || options.version) {
      print_line(options.help ? help_text() : "time-client " TIMESERVICE_VERSION);
      return kDone;
    }
    TimeClient client(search_dialect(options.client));
    return options.command->run(client, options);
  } catch (const UsageError& error) {
    print_error(error.what());
    return kUsage;
  } catch (const ClientError& error) {
    print_error(error.what());
    return exit_code(error);
  } catch (const std::exception& error) {
    print_error(error.what());
    return kFailed;
  }
}
