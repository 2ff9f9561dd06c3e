#include "server/host/refusal.h"

#include <string>
#include <vector>

#include "server/host/modes.h"
#include "test/support/catch.h"

namespace timeservice::host {
namespace {

using std::chrono::milliseconds;
using wire::WireError;

std::size_t count(const std::string& text, std::string_view word) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; ++at) ++found;
  return found;
}

TEST_CASE("a refusal says in one line what is wrong and what to do, whatever the reason", "[host]") {
  for (const auto& row : wire::kWireErrors) {
    for (const auto& protocol : wire::kProtocols) {
      HostOptions options;
      options.protocol = protocol.protocol;
      const std::string text = refusal_text(row.error, options);
      CAPTURE(text);
      CHECK(text.starts_with(std::string(row.name) + ": "));
      // What is wrong, and after another colon what to do.
      CHECK(count(text, ": ") == 2);
      CHECK(text.find('\n') == std::string::npos);
      // "see" sends on; whoever quotes the line may do that once.
      CHECK(count(text, "see ") == 0);
    }
  }
}

TEST_CASE("a refusal names what the host takes instead and the way out at both ends", "[host]") {
  HostOptions options;
  options.protocol = wire::Protocol::kJson;
  options.transport = wire::Transport::kFramed;
  options.limits = {.message_bytes = 4321, .string_bytes = 321, .container_elements = 21, .nesting = 7};
  options.message_timeout = milliseconds(1234);
  options.write_timeout = milliseconds(2345);
  const struct {
    WireError error;
    std::vector<std::string> fragments;
  } rows[] = {
      {WireError::kProtocolRefused,
       {"takes json only", "--protocol json or auto", "server with --protocol auto"}},
      {WireError::kTransportRefused,
       {"takes framed only", "--transport framed or auto", "server with --transport auto"}},
      {WireError::kMessageTooLarge, {"at most 4321 bytes", "--max-message-size"}},
      {WireError::kStringTooLarge, {"at most 321 bytes", "--max-message-size"}},
      {WireError::kContainerTooLarge, {"at most 21:"}},
      {WireError::kNestedTooDeep, {"at most 7 levels"}},
      {WireError::kMessageTimeout, {"1234 ms", "--message-timeout"}},
      {WireError::kSlowReader, {"2345 ms", "--write-timeout"}},
  };
  for (const auto& row : rows) {
    const std::string text = refusal_text(row.error, options);
    for (const std::string& fragment : row.fragments) {
      CAPTURE(text, fragment);
      CHECK(text.find(fragment) != std::string::npos);
    }
  }
}

TEST_CASE("a mode that carries framed messages only is not told to take others", "[host]") {
  for (const ModeRow& mode : kModes) {
    HostOptions options;
    options.mode = mode.name;
    for (const auto transport : {wire::Transport::kAuto, wire::Transport::kFramed}) {
      options.transport = transport;
      const std::string text = refusal_text(WireError::kTransportRefused, options);
      CAPTURE(mode.name, text);
      CHECK((text.find("--transport auto") != std::string::npos) == mode.carries_buffered);
      CHECK((text.find("threadpool") != std::string::npos) != mode.carries_buffered);
      CHECK(transport_taken(options) == (mode.carries_buffered ? transport : wire::Transport::kFramed));
    }
  }
}

TEST_CASE("a refusal's detail is said with what is wrong", "[host]") {
  const std::string text = refusal_text(WireError::kMessageTooLarge, {}, "there is no memory for it");
  CHECK(text.starts_with(
      "message_too_large: the message is larger than this server takes (there is no memory for it); "));
}

TEST_CASE("an advice of one who knows more stands in place of the reason's own", "[host]") {
  CHECK(refusal_text(WireError::kTlsHandshake, {}, "why", "what: what to do") ==
        "tls_handshake: what: what to do (why)");
}

}  // namespace
}  // namespace timeservice::host
