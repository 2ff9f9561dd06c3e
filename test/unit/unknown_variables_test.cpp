#include "wire/unknown_variables.h"

#include <string>

#include "server/host/modes.h"
#include "server/settings_sources.h"
#include "test/support/catch.h"
#include "test/unit/environment.h"

namespace timeservice {
namespace {

using test::Variable;

const SettingNames kNames = {{"threads"}, {"io-threads"}, {"max-message-size"}, {"config"}, {"tls"}};

std::vector<std::string> warnings_with(const std::string& name, const char* value) {
  const Variable variable(name, value);
  return wire::unknown_variables(kVariables, variables_of(kNames));
}

TEST_CASE("a variable that is no setting is named, with the setting that was meant", "[options]") {
  const struct {
    std::string variable;
    std::string advice;
  } rows[] = {
      {"TIME_SERVER_THREAD", "did you mean TIME_SERVER_THREADS?"},
      {"TIME_SERVER_IOTHREADS", "did you mean TIME_SERVER_IO_THREADS?"},
      {"TIME_SERVER_MAXMESSAGESIZE", "did you mean TIME_SERVER_MAX_MESSAGE_SIZE?"},
      {"TIME_SERVER_config", "see --help"},
      {"TIME_SERVER_COLOUR", "see --help"},
      {"TIME_SERVER_TZ", "see --help"},
      {"TIME_SERVER_", "see --help"},
  };
  for (const auto& row : rows) {
    CHECK(warnings_with(row.variable, "4") ==
          std::vector<std::string>{row.variable + " is no setting and is ignored: " + row.advice});
  }
}

TEST_CASE("settings, empty variables and other programs' are not warned of", "[options]") {
  for (const char* name : {"TIME_SERVER_THREADS", "TIME_SERVER_MAX_MESSAGE_SIZE", "TIME_SERVER_CONFIG",
                           "TIME_CLIENT_THREAD", "TIME_SERVERS", "MY_TIME_SERVER_THREAD"}) {
    CAPTURE(name);
    CHECK(warnings_with(name, "4").empty());
  }
  CHECK(warnings_with("TIME_SERVER_THREAD", "").empty());
}

TEST_CASE("names that say where a server is to be found are no settings gone wrong", "[options]") {
  for (const char* name : {"TIME_SERVER_PORT", "TIME_SERVER_PORT_9090_TCP_ADDR", "TIME_SERVER_SERVICE_HOST",
                           "TIME_SERVER_SERVICE_PORT_THRIFT"}) {
    CAPTURE(name);
    CHECK(warnings_with(name, "9090").empty());
  }
  for (const host::ModeRow& mode : host::kModes)
    CHECK(warnings_with(variable_of(mode.name) + "_PORT", "9090").empty());
}

}  // namespace
}  // namespace timeservice
