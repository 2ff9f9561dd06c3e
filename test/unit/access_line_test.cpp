#include <sstream>
#include <string>

#include <spdlog/sinks/ostream_sink.h>

#include "server/host/access_log.h"
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

TEST_CASE("a line of the access log tells who called what, how it ended, and what it cost", "[host]") {
  CHECK(logged({.peer = "127.0.0.1:4711",
                .method = "get_time",
                .outcome = "reply",
                .waited = 1500ns,
                .took = 2ms,
                .bytes_in = 33,
                .bytes_out = 71,
                .dialect = {wire::Protocol::kCompact, wire::Transport::kFramed}}) ==
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

TEST_CASE("of a long name only the beginning is told, and no name is a dash", "[host]") {
  CHECK(shown(std::string(100, 'x')) == std::string(100, 'x'));
  CHECK(shown(std::string(1000, 'x')) == std::string(100, 'x') + "...");
  CHECK(shown("") == "-");
}

}  // namespace
}  // namespace timeservice::host
