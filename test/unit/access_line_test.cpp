#include <sstream>
#include <string>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/ostream_sink.h>

#include "server/host/access_log.h"
#include "server/host/json_log.h"
#include "server/host/shown.h"
#include "test/support/catch.h"

namespace timeservice::host {
namespace {

using namespace std::chrono_literals;

std::string logged(const AccessLine& line) {
  std::ostringstream out;
  spdlog::logger log("test", std::make_shared<spdlog::sinks::ostream_sink_st>(out));
  log.set_pattern("%l: %v");
  log.set_level(spdlog::level::debug);
  log_access(log, line);
  return out.str();
}

AccessLine answered_call() {
  return {.peer = "127.0.0.1:4711",
          .method = "get_time",
          .outcome = "reply",
          .waited = 1500ns,
          .took = 2ms,
          .bytes_in = 33,
          .bytes_out = 71,
          .dialect = {wire::Protocol::kCompact, wire::Transport::kFramed}};
}

TEST_CASE("a line of the access log tells who called what, how it ended, and what it cost", "[host]") {
  CHECK(logged(answered_call()) ==
        "debug: call peer=127.0.0.1:4711 method=get_time outcome=reply waited_us=1.5 took_us=2000.0 "
        "bytes_in=33 bytes_out=71 protocol=compact transport=framed\n");
}

TEST_CASE("a name from the wire can neither break a line nor pass for a field", "[host]") {
  const std::string line =
      logged({.peer = "unix", .method = "a\nb c=\"d\"\\\x01\x7f\xff", .outcome = "reply"});
  CHECK(line.find("method=a\\x0ab\\x20c\\x3d\\x22d\\x22\\x5c\\x01\\x7f\\xff outcome=reply") !=
        std::string::npos);
  CHECK(line.find('\n') == line.size() - 1);
}

std::string logged_as_json(const AccessLine& line) {
  std::ostringstream out;
  JsonLog log("test", std::make_shared<spdlog::sinks::ostream_sink_st>(out));
  log.set_level(spdlog::level::debug);
  log_access(log, line);
  return out.str();
}

TEST_CASE("in a log of JSON each field of a call is a member of its own, numbers as numbers", "[host]") {
  auto line = nlohmann::json::parse(logged_as_json(answered_call()));
  CHECK(line.erase("time") == 1);
  CHECK(line == nlohmann::json({{"level", "debug"},
                                {"message", "call"},
                                {"peer", "127.0.0.1:4711"},
                                {"method", "get_time"},
                                {"outcome", "reply"},
                                {"waited_us", 1.5},
                                {"took_us", 2000.0},
                                {"bytes_in", 33},
                                {"bytes_out", 71},
                                {"protocol", "compact"},
                                {"transport", "framed"}}));
  CHECK(line["bytes_in"].is_number_integer());
}

TEST_CASE("in a log of JSON a name from the wire is itself, whatever its bytes are", "[host]") {
  const struct {
    std::string method;
    std::string member;
  } rows[] = {
      {"a\nb c=\"d\"\\\x01\x7f", "a\nb c=\"d\"\\\x01\x7f"},
      {"\",\"outcome\":\"forged", "\",\"outcome\":\"forged"},
      {"\xc3\xa9", "\xc3\xa9"},
      {"\xff"
       "b\xc3",
       "\xef\xbf\xbd"
       "b\xef\xbf\xbd"},
      {std::string("a\0b", 3), std::string("a\0b", 3)},
      {"", ""},
      {std::string(1000, 'x'), std::string(100, 'x') + "..."},
  };
  for (const auto& row : rows) {
    const std::string text = logged_as_json({.peer = "unix", .method = row.method, .outcome = "reply"});
    CAPTURE(text);
    CHECK(text.find('\n') == text.size() - 1);
    const auto line = nlohmann::json::parse(text);
    CHECK(line["method"] == row.member);
    CHECK(line["outcome"] == "reply");
  }
}

TEST_CASE("of a long name only the beginning is told, and no name is a dash", "[host]") {
  CHECK(shown(std::string(100, 'x')) == std::string(100, 'x'));
  CHECK(shown(std::string(1000, 'x')) == std::string(100, 'x') + "...");
  CHECK(shown("") == "-");
}

}  // namespace
}  // namespace timeservice::host
