#include "server/server_options.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "server/host/start_error.h"
#include "test/support/catch.h"
#include "test/unit/environment.h"
#include "wire/endpoint.h"

namespace timeservice {
namespace {

using std::chrono::milliseconds;
using test::Variable;
using Words = std::vector<std::string>;

constexpr const char* kVariables[] = {"TIME_SERVER_MODE",
                                      "TIME_SERVER_LISTEN",
                                      "TIME_SERVER_PROTOCOL",
                                      "TIME_SERVER_TRANSPORT",
                                      "TIME_SERVER_THREADS",
                                      "TIME_SERVER_IO_THREADS",
                                      "TIME_SERVER_MAX_MESSAGE_SIZE",
                                      "TIME_SERVER_MAX_UNSENT_REPLIES",
                                      "TIME_SERVER_MAX_CONNECTIONS",
                                      "TIME_SERVER_IDLE_TIMEOUT",
                                      "TIME_SERVER_MESSAGE_TIMEOUT",
                                      "TIME_SERVER_WRITE_TIMEOUT",
                                      "TIME_SERVER_DRAIN_TIMEOUT",
                                      "TIME_SERVER_LOG_LEVEL",
                                      "TIME_SERVER_LOG_FORMAT",
                                      "TIME_SERVER_CONFIG"};

/// A file that is gone when this is.
class File {
 public:
  explicit File(const std::string& text) {
    std::string name = (std::filesystem::temp_directory_path() / "options_test_XXXXXX").string();
    const int fd = ::mkstemp(name.data());
    REQUIRE(fd >= 0);
    ::close(fd);
    path_ = name;
    std::ofstream(path_) << text;
  }
  ~File() { std::remove(path_.c_str()); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

using Environment = std::vector<std::pair<std::string, std::string>>;

ServerOptions parse(Words words, const Environment& environment = {}) {
  std::list<Variable> variables;
  for (const char* name : kVariables) variables.emplace_back(name, nullptr);
  for (const auto& [name, value] : environment) variables.emplace_back(name, value.c_str());
  std::vector<const char*> argv = {"time-server"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  ServerOptions options;
  try {
    options = parse_server_options(static_cast<int>(argv.size()), argv.data());
  } catch (...) {
    while (!variables.empty()) variables.pop_back();  // in reverse, as they were set
    throw;
  }
  while (!variables.empty()) variables.pop_back();
  return options;
}

std::string error_of(const Words& words, const Environment& environment = {}) {
  try {
    parse(words, environment);
  } catch (const host::UsageError& error) {
    return error.what();
  }
  return "none";
}

std::string listen_of(const ServerOptions& options) { return wire::to_string(options.host.listen); }

TEST_CASE("nothing said is the defaults", "[options]") {
  const ServerOptions options = parse({});
  CHECK(options.host.mode == "reactor");
  CHECK(listen_of(options) == "localhost:9090");
  CHECK(options.host.protocol == wire::Protocol::kAuto);
  CHECK(options.host.transport == wire::Transport::kAuto);
  CHECK_FALSE(options.host.threads);
  CHECK_FALSE(options.host.io_threads);
  CHECK(options.host.limits.message_bytes == 1u << 20);
  CHECK(options.host.max_unsent_bytes == 1u << 18);
  CHECK(options.drain_timeout == milliseconds(10'000));
  CHECK(options.log_level->name == "info");
  CHECK(options.log_format->name == "text");
  CHECK_FALSE(options.help);
  CHECK_FALSE(options.version);
}

TEST_CASE("each setting reaches its option from each source", "[options]") {
  const struct {
    std::string name;
    std::string value;
    std::string mode;
    bool (*holds)(const ServerOptions& options);
  } rows[] = {
      {"mode", "simple", "", [](const ServerOptions& o) { return o.host.mode == "simple"; }},
      {"listen", "a:1", "", [](const ServerOptions& o) { return listen_of(o) == "a:1"; }},
      {"protocol", "json", "",
       [](const ServerOptions& o) { return o.host.protocol == wire::Protocol::kJson; }},
      {"transport", "framed", "",
       [](const ServerOptions& o) { return o.host.transport == wire::Transport::kFramed; }},
      {"threads", "3", "", [](const ServerOptions& o) { return o.host.threads == 3u; }},
      {"io-threads", "2", "nonblocking", [](const ServerOptions& o) { return o.host.io_threads == 2u; }},
      {"max-message-size", "64KiB", "",
       [](const ServerOptions& o) {
         return o.host.limits.message_bytes == 65536 && o.host.limits.string_bytes == 65536;
       }},
      {"max-unsent-replies", "96KiB", "",
       [](const ServerOptions& o) { return o.host.max_unsent_bytes == 98304; }},
      {"max-connections", "7", "", [](const ServerOptions& o) { return o.host.max_connections == 7; }},
      {"idle-timeout", "11s", "",
       [](const ServerOptions& o) { return o.host.idle_timeout == milliseconds(11'000); }},
      {"message-timeout", "12ms", "",
       [](const ServerOptions& o) { return o.host.message_timeout == milliseconds(12); }},
      {"write-timeout", "13m", "",
       [](const ServerOptions& o) { return o.host.write_timeout == milliseconds(780'000); }},
      {"drain-timeout", "0", "", [](const ServerOptions& o) { return o.drain_timeout == milliseconds(0); }},
      {"log-level", "warning", "",
       [](const ServerOptions& o) { return o.log_level->level == spdlog::level::warn; }},
      {"log-format", "json", "", [](const ServerOptions& o) { return o.log_format->json; }},
  };
  CHECK_FALSE(
      std::any_of(std::begin(rows), std::end(rows), [](const auto& row) { return row.holds(parse({})); }));
  for (const auto& row : rows) {
    CAPTURE(row.name);
    Words mode;
    if (!row.mode.empty()) mode = {"--mode", row.mode};
    const auto with = [&](std::initializer_list<std::string> words) {
      Words all = mode;
      all.insert(all.end(), words);
      return all;
    };
    CHECK(row.holds(parse(with({"--" + row.name, row.value}))));
    CHECK(row.holds(parse(with({"--" + row.name + "=" + row.value}))));
    std::string variable = "TIME_SERVER_";
    for (const char c : row.name) variable += c == '-' ? '_' : static_cast<char>(std::toupper(c));
    CHECK(std::find(std::begin(kVariables), std::end(kVariables), variable) != std::end(kVariables));
    CHECK(row.holds(parse(mode, {{variable, row.value}})));
    const File file(row.name + " = " + row.value + "\n");
    CHECK(row.holds(parse(with({"--config", file.path()}))));
    CHECK(row.holds(parse(mode, {{"TIME_SERVER_CONFIG", file.path()}})));
    CHECK(server_help().find("--" + row.name + " ") != std::string::npos);
  }
}

TEST_CASE("a flag goes before a variable, and a variable before the file", "[options]") {
  const File file("# settings\nmode = simple\nprotocol = json\nmax-connections = 1\nlisten = file:1\n");
  const Environment environment = {{"TIME_SERVER_MODE", "nonblocking"},
                                   {"TIME_SERVER_MAX_CONNECTIONS", "2"},
                                   {"TIME_SERVER_LISTEN", "variable:1,variable:2"},
                                   {"TIME_SERVER_CONFIG", file.path()}};
  const ServerOptions options = parse({"--mode", "threaded", "--listen", "flag:1"}, environment);
  CHECK(options.host.mode == "threaded");
  CHECK(options.host.max_connections == 2);
  CHECK(options.host.protocol == wire::Protocol::kJson);
  CHECK(listen_of(options) == "flag:1");
  CHECK(listen_of(parse({}, environment)) == "variable:1, variable:2");
  CHECK(listen_of(parse({"--config", file.path()})) == "file:1");
}

TEST_CASE("the flag --config goes before its variable", "[options]") {
  const File one("max-connections = 1\n");
  const File two("max-connections = 2\n");
  CHECK(parse({"--config", one.path()}, {{"TIME_SERVER_CONFIG", two.path()}}).host.max_connections == 1);
}

TEST_CASE("several endpoints may be given in each source, repeated or with commas", "[options]") {
  CHECK(listen_of(parse({"--listen", "a:1", "--listen", "b:2,[::1]:3"})) == "a:1, b:2, [::1]:3");
  CHECK(listen_of(parse({}, {{"TIME_SERVER_LISTEN", "a:1,unix:/run/s"}})) == "a:1, unix:/run/s");
  const File file("listen = a:1\nlisten = b:2,c:3\n");
  CHECK(listen_of(parse({"--config", file.path()})) == "a:1, b:2, c:3");
}

TEST_CASE("an empty variable is as good as none", "[options]") {
  Environment environment;
  for (const char* name : kVariables) environment.emplace_back(name, "");
  const ServerOptions options = parse({}, environment);
  CHECK(options.host.mode == "reactor");
  CHECK(listen_of(options) == "localhost:9090");
  const File file("mode = simple\n");
  CHECK(parse({"--config", file.path()}, {{"TIME_SERVER_MODE", ""}}).host.mode == "simple");
}

TEST_CASE("help and version are answered before anything else is looked at", "[options]") {
  CHECK(parse({"--help"}).help);
  CHECK(parse({"-h"}).help);
  CHECK(parse({"--version"}).version);
  CHECK(parse({"--help", "--mode", "none"}, {{"TIME_SERVER_LISTEN", "nonsense"}}).help);
}

TEST_CASE("a wrong setting is refused with the place where it stands and what would be right", "[options]") {
  const struct {
    Words words;
    Environment environment;
    std::vector<std::string> fragments;
  } rows[] = {
      {{"--mode", "fast"},
       {},
       {"--mode", "'fast'", "simple | threaded | threadpool | nonblocking | reactor"}},
      {{"--protocol", "xml"}, {}, {"--protocol", "'xml'", "auto | binary | compact | json"}},
      {{"--transport", "udp"}, {}, {"--transport", "'udp'", "auto | buffered | framed"}},
      {{"--log-level", "loud"}, {}, {"--log-level", "'loud'", "debug | info | warning | error | off"}},
      {{"--log-format", "xml"}, {}, {"--log-format", "'xml'", "text | json"}},
      {{"--listen", "localhost"}, {}, {"--listen", "'localhost'", "no port", "host:port", "*:port or :port"}},
      {{"--listen", "a:1,"}, {}, {"--listen", "''", "no port", "host:port"}},
      {{"--threads", "many"}, {}, {"--threads", "'many'", "a whole number from 0"}},
      {{"--io-threads", "-1"}, {}, {"--io-threads"}},
      {{"--io-threads=-1"}, {}, {"--io-threads", "'-1'", "a whole number from 0"}},
      {{"--max-connections", "1k"}, {}, {"--max-connections", "'1k'", "a whole number from 0"}},
      {{"--max-message-size", "1MB"}, {}, {"--max-message-size", "'1MB'", "64KiB"}},
      {{"--max-message-size", "0"}, {}, {"--max-message-size", "'0'", "between 1 and 256MiB"}},
      {{"--max-message-size", "257MiB"}, {}, {"--max-message-size", "'257MiB'", "between 1 and 256MiB"}},
      {{"--max-unsent-replies", "0"}, {}, {"--max-unsent-replies", "'0'", "between 1 and 256MiB"}},
      {{"--max-unsent-replies", "257MiB"}, {}, {"--max-unsent-replies", "'257MiB'", "between 1 and 256MiB"}},
      {{"--idle-timeout", "10"}, {}, {"--idle-timeout", "'10'", "10s"}},
      {{"--message-timeout", "soon"}, {}, {"--message-timeout", "'soon'", "10s"}},
      {{"--write-timeout", "1.5s"}, {}, {"--write-timeout", "'1.5s'", "10s"}},
      {{"--drain-timeout", ""}, {}, {"--drain-timeout", "''", "10s"}},
      {{}, {{"TIME_SERVER_MODE", "fast"}}, {"TIME_SERVER_MODE", "'fast'", "threadpool"}},
      {{}, {{"TIME_SERVER_LISTEN", "a:1,b"}}, {"TIME_SERVER_LISTEN", "'b'", "host:port"}},
      {{}, {{"TIME_SERVER_MAX_MESSAGE_SIZE", "x"}}, {"TIME_SERVER_MAX_MESSAGE_SIZE", "'x'", "64KiB"}},
      {{"--mode", "simple", "--mode", "threaded"}, {}, {"--mode", "2 times", "give it once"}},
      {{"--nonsense"}, {}, {"--nonsense", "--help"}},
      {{"--mod", "simple"}, {}, {"--mod", "--help"}},
      {{"--mode"}, {}, {"--mode", "--help"}},
      {{"simple"}, {}, {"'simple' belongs to no flag: write --flag VALUE; see --help"}},
      {{"--config", "/nowhere/at/all"},
       {},
       {"--config", "/nowhere/at/all", "cannot be read", "No such file"}},
      {{"--mode", "nonblocking", "--transport", "buffered"},
       {},
       {"--mode nonblocking", "--transport buffered", "use --transport framed or auto",
        "simple, threaded, threadpool, reactor"}},
      {{"--mode", "threaded", "--threads", "4"},
       {},
       {"--threads", "--mode threaded", "threadpool, nonblocking, reactor"}},
      {{"--mode", "threadpool", "--io-threads", "4"},
       {},
       {"--io-threads", "--mode threadpool", "nonblocking, reactor"}},
      {{"--mode", "simple", "--max-in-flight", "1"},
       {},
       {"--max-in-flight", "--mode simple", "leave it out", "threaded, threadpool, nonblocking, reactor"}},
      {{"--mode", "simple"}, {{"TIME_SERVER_THREADS", "4"}}, {"--threads", "--mode simple", "leave it out"}},
  };
  for (const auto& row : rows) {
    const std::string error = error_of(row.words, row.environment);
    CAPTURE(row.words, error);
    for (const std::string& fragment : row.fragments) {
      CAPTURE(fragment);
      CHECK(error.find(fragment) != std::string::npos);
    }
    CHECK(error.find('\n') == std::string::npos);
  }
}

TEST_CASE("a wrong line in the file is refused with the file's name and its number", "[options]") {
  const struct {
    std::string text;
    std::vector<std::string> fragments;
  } rows[] = {
      {"mode = fast\n", {":1: mode", "'fast'", "threadpool"}},
      {"# so long\n\n  idle-timeout = 10", {":3: idle-timeout", "'10'", "10s"}},
      {"mode = simple\nnonsense = 1\n",
       {":2: 'nonsense = 1' is no setting: write lines such as 'mode = threaded', with the names of --help"}},
      {"config = other\n", {":1: ", "config", "mode = threaded"}},
      {"\nmode\n", {":2: 'mode' is no setting: ", "mode = threaded"}},
      {"mode = simple\n [server]\n", {":2: '[server]' is no setting: ", "mode = threaded"}},
      {"mode: simple\r\n", {":1: 'mode: simple' is no setting: ", "mode = threaded"}},
      {"mode = simple\nmode = threaded\n", {":2: mode", "2 times", "give it once"}},
      {"listen = a:1,b:2\nlisten = c\n", {":2: listen", "'c'", "host:port"}},
  };
  for (const auto& row : rows) {
    const File file(row.text);
    const std::string error = error_of({"--config", file.path()});
    CAPTURE(row.text, error);
    CHECK(error.starts_with(file.path() + ":"));
    for (const std::string& fragment : row.fragments) {
      CAPTURE(fragment);
      CHECK(error.find(fragment) != std::string::npos);
    }
  }
}

TEST_CASE("a file may have comments, empty lines and lines that end as on Windows", "[options]") {
  const File file("# settings\r\n\r\n  mode = simple  # the least\r\nmax-connections=7");
  const ServerOptions options = parse({"--config", file.path()});
  CHECK(options.host.mode == "simple");
  CHECK(options.host.max_connections == 7);
  const File empty("");
  CHECK(parse({"--config", empty.path()}).host.mode == "reactor");
}

TEST_CASE("a variable that is no setting costs a warning, and none where there is help to be given",
          "[options]") {
  const Environment environment = {{"TIME_SERVER_THREAD", "4"}, {"TIME_SERVER_CONFIG", ""}};
  const std::vector<std::string> warnings = parse({}, environment).warnings;
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].starts_with("TIME_SERVER_THREAD "));
  CHECK(parse({}).warnings.empty());
  CHECK(parse({"--help"}, environment).warnings.empty());
}

TEST_CASE("a file that cannot be read is refused under the name of who asked for it, and why", "[options]") {
  const std::string directory = std::filesystem::temp_directory_path().string();
  CHECK(error_of({"--config", directory}).ends_with("the file cannot be read: Is a directory"));
  const std::string error = error_of({}, {{"TIME_SERVER_CONFIG", "/nowhere/at/all"}});
  CAPTURE(error);
  CHECK(error.starts_with("TIME_SERVER_CONFIG "));
  CHECK(error.find("/nowhere/at/all") != std::string::npos);
}

TEST_CASE("two configuration files are one too many", "[options]") {
  const File file("mode = simple\n");
  CHECK(error_of({"--config", file.path(), "--config", file.path()}).find("give it once") !=
        std::string::npos);
}

}  // namespace
}  // namespace timeservice
