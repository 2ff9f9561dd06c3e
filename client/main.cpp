// time-client: asks a time-server from the command line.

#include <cstdio>
#include <exception>

#include <fmt/format.h>
#include <thrift/TOutput.h>

#include "client/cli_commands.h"
#include "client/cli_dialects.h"
#include "client/cli_options.h"
#include "client/cli_output.h"
#include "client/time_client.h"

using namespace timeservice::client;

int main(int argc, char* argv[]) {
  // Thrift would print a line of its own beside ours.
  apache::thrift::GlobalOutput.setOutputFunction([](const char*) {});
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
