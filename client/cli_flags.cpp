#include "client/cli_flags.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include <fmt/format.h>

#include "client/cli_numbers.h"
#include "wire/names.h"

namespace timeservice::client {
namespace {

void set_endpoint(CliOptions& options, std::string_view value) {
  options.client.endpoints.push_back(wire::parse_endpoint(value));
  check_endpoint(options.client.endpoints.back());
}

void set_timeout(CliOptions& options, std::string_view value) {
  const auto timeout = parse_seconds(value, kMaxTimeout);
  options.client.connect_timeout = options.client.send_timeout = options.client.receive_timeout = timeout;
}

bool parse_yes_or_no(std::string_view value) {
  if (value == "yes") return true;
  if (value == "no") return false;
  throw std::invalid_argument(fmt::format("'{}' is neither yes nor no", value));
}

struct PolicyRow {
  std::string_view name;
  Disambiguation::type policy;
};

constexpr PolicyRow kPolicies[] = {{"reject", Disambiguation::REJECT},
                                   {"compatible", Disambiguation::COMPATIBLE},
                                   {"earlier", Disambiguation::EARLIER},
                                   {"later", Disambiguation::LATER}};

struct ReferenceRow {
  std::string_view name;
  bool server;
};

constexpr const char* kInstantHelp =
    "nanoseconds since 1970, or ISO 8601 in UTC, such as 2026-01-01 or 2026-01-01T12:00";

const std::string kSeconds = "seconds, or with a unit, as 500ms";

constexpr ReferenceRow kReferences[] = {{"true-time", false}, {"server", true}};

}  // namespace

const std::array<FlagRow, 26> kFlags = {{
    {.name = "endpoint",
     .value = "E",
     .help = "host:port, [v6-address]:port or unix:/path, behind tls: for TLS; of several, the next is tried "
             "when one cannot be connected to or closes the connection (localhost:9090)",
     .commands = "",
     .repeatable = true,
     .set = set_endpoint},
    {"protocol", "P", wire::names_of(wire::kProtocols) + " (binary)", "", false,
     [](CliOptions& options, std::string_view value) {
       options.client.protocol = wire::parse_protocol(value);
     }},
    {"transport", "T", wire::names_of(wire::kTransports) + " (buffered)", "", false,
     [](CliOptions& options, std::string_view value) {
       options.client.transport = wire::parse_transport(value);
     }},
    {"tls", "", "TLS at every endpoint; tls: before one is for that alone", "", false,
     [](CliOptions& options, std::string_view value) { options.client.tls.on = parse_yes_or_no(value); }},
    {"tls-ca", "FILE", "what must have signed the server's certificate, in PEM (what this machine trusts)",
     "", false, [](CliOptions& options, std::string_view value) { options.client.tls.ca = value; }},
    {"tls-cert", "FILE", "this client's certificate, and those up to the root, in PEM", "", false,
     [](CliOptions& options, std::string_view value) { options.client.tls.certificate = value; }},
    {"tls-key", "FILE", "the key of --tls-cert, in PEM", "", false,
     [](CliOptions& options, std::string_view value) { options.client.tls.key = value; }},
    {"tls-server-name", "NAME", "what the server's certificate must be for (the endpoint's host)", "", false,
     [](CliOptions& options, std::string_view value) { options.client.tls.server_name = value; }},
    {"timeout", "TIME",
     "for connecting, sending and receiving, each: " + kSeconds + " (2s to connect, else 5s)", "", false,
     set_timeout},
    {"retries", "N", "tries after the first (2)", "", false,
     [](CliOptions& options, std::string_view value) {
       options.client.retry.retries = parse_count(value, 0, 100);
     }},
    {"output", "FORMAT", wire::names_of(kOutputs) + " (text)", "", false,
     [](CliOptions& options, std::string_view value) { options.output = &wire::row_named(kOutputs, value); }},
    {"samples", "N", "exchanges per measurement, of which the best counts (8)", "exchange, check, watch",
     false,
     [](CliOptions& options, std::string_view value) { options.samples = parse_count(value, 1, 10'000); }},
    {"interval", "TIME", "from one line to the next: " + kSeconds + " (1s)", "watch", false,
     [](CliOptions& options, std::string_view value) {
       options.interval = parse_seconds(value, std::chrono::hours(24));
     }},
    {"count", "N", "lines, then end; 0 for ever (0)", "watch", false,
     [](CliOptions& options, std::string_view value) {
       options.count = parse_count(value, 0, 1'000'000'000);
     }},
    {"max-error", "DURATION", "fail if the clock may be off by more, such as 5ms (no limit)", "now", false,
     [](CliOptions& options, std::string_view value) { options.max_error = parse_duration(value); }},
    {"zone", "ZONE", "a name of the tz database (UTC)", "to-local, from-local, periods", false,
     [](CliOptions& options, std::string_view value) { options.zone = value; }},
    {"format", "FORMAT", "as for strftime, such as \"%Y-%m-%d %H:%M:%S\" (ISO 8601)", "to-local, from-local",
     false, [](CliOptions& options, std::string_view value) { options.format = value; }},
    {"policy", "POLICY", "for times skipped or repeated: " + wire::names_of(kPolicies) + " (reject)",
     "from-local", false,
     [](CliOptions& options, std::string_view value) {
       options.policy = wire::row_named(kPolicies, value).policy;
     }},
    {"from", "T", kInstantHelp, "periods", false,
     [](CliOptions& options, std::string_view value) { options.from = value; }},
    {"until", "T", kInstantHelp, "periods", false,
     [](CliOptions& options, std::string_view value) { options.until = value; }},
    {"warning", "DURATION", "WARNING if it may be off by more (100ms, or --critical if that is less)",
     "check", false,
     [](CliOptions& options, std::string_view value) { options.warning = parse_duration(value); }},
    {"critical", "DURATION", "CRITICAL if it may be off by more (1s)", "check", false,
     [](CliOptions& options, std::string_view value) { options.critical = parse_duration(value); }},
    {"against", "REFERENCE", wire::names_of(kReferences) + " (true-time)", "check", false,
     [](CliOptions& options, std::string_view value) {
       options.against_server = wire::row_named(kReferences, value).server;
     }},
    {"connections", "N", "at once (1)", "bench", false,
     [](CliOptions& options, std::string_view value) { options.connections = parse_count(value, 1, 1000); }},
    {"in-flight", "N", "calls at once on each connection (32)", "bench", false,
     [](CliOptions& options, std::string_view value) { options.in_flight = parse_count(value, 1, 100'000); }},
    {"seconds", "TIME", "to go on calling: " + kSeconds + " (5s)", "bench", false,
     [](CliOptions& options, std::string_view value) {
       options.seconds = parse_seconds(value, std::chrono::hours(24));
     }},
}};

bool FlagRow::is_for(std::string_view command) const {
  if (commands.empty()) return true;
  const auto found = fmt::format(", {}, ", commands).find(fmt::format(", {}, ", command));
  return found != std::string::npos;
}

std::string environment_name(const FlagRow& flag) {
  std::string name = "TIME_CLIENT_";
  for (const char letter : flag.name)
    name += letter == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return name;
}

}  // namespace timeservice::client
