#include "server/host/refusal.h"

#include <fmt/format.h>

#include "server/host/modes.h"

namespace timeservice::host {
namespace {

std::string transport_cure(const HostOptions& options) {
  const std::string server = mode_for(options).carries_buffered
                                 ? "--transport auto"
                                 : modes_that([](const ModeRow& row) { return row.carries_buffered; });
  return fmt::format(
      "it takes {0} only: let the client use --transport {0} or auto, or start the server with {1}",
      wire::name(transport_taken(options)), server);
}

/// What the host takes instead, and what to do, where its options decide that.
std::string cure(wire::WireError error, const HostOptions& options) {
  using wire::WireError;
  const wire::Limits& limits = options.limits;
  switch (error) {
    case WireError::kProtocolRefused:
      return fmt::format(
          "it takes {0} only: let the client use --protocol {0} or auto, or start the server with "
          "--protocol auto",
          wire::name(options.protocol));
    case WireError::kTransportRefused:
      return transport_cure(options);
    case WireError::kMessageTooLarge:
      return fmt::format(
          "it takes at most {} bytes: send less in one call, or raise the server's --max-message-size",
          limits.message_bytes);
    case WireError::kStringTooLarge:
      return fmt::format(
          "it takes at most {} bytes: send less in one call, or raise the server's --max-message-size",
          limits.string_bytes);
    case WireError::kContainerTooLarge:
      return fmt::format("it takes at most {}: send fewer in one call", limits.container_elements);
    case WireError::kNestedTooDeep:
      return fmt::format("it takes at most {} levels: send something flatter", limits.nesting);
    case WireError::kMessageTimeout:
      return fmt::format("it waits {} ms: send a message whole, or raise the server's --message-timeout",
                         options.message_timeout.count());
    case WireError::kTlsTimeout:
      return fmt::format(
          "it waits {} ms: let the client begin at once, or raise the server's --tls-handshake-timeout",
          options.tls.handshake_timeout.count());
    case WireError::kSlowReader:
      return fmt::format("it waits {} ms: read replies sooner, or raise the server's --write-timeout",
                         options.write_timeout.count());
    default:
      return {};
  }
}

}  // namespace

std::string refusal_text(wire::WireError error, const HostOptions& options, std::string_view detail,
                         std::string_view advice) {
  std::string text = fmt::format("{}: {}", wire::name(error), advice.empty() ? wire::advice(error) : advice);
  if (!detail.empty()) text += fmt::format(" ({})", detail);
  if (const std::string what_to_do = cure(error, options); !what_to_do.empty()) text += "; " + what_to_do;
  return text;
}

}  // namespace timeservice::host
