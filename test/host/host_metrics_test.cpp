// Each number of a host is told under its own name: to Prometheus, and in the status.
#include "server/host/host_metrics.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "test/support/captured_log.h"
#include "test/support/catch.h"
#include "test/support/echo_host.h"

namespace timeservice::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::ordered_json;

/// Options of which no two are the same.
host::HostOptions odd_options() {
  host::HostOptions options = options_for("reactor");
  options.limits.message_bytes = 200'001;
  options.max_connections = 102;
  options.max_in_flight = 103;
  options.max_unsent_bytes = 104;
  options.queue_timeout = 105s;
  options.idle_timeout = 106s;
  options.message_timeout = 107s;
  options.write_timeout = 108s;
  options.tls.handshake_timeout = 109s;
  return options;
}

/// A host that seems to have counted this and that, each number another.
struct Counted {
  Counted() {
    counters.connections_refused = 11;
    counters.handshakes_refused = 22;
    counters.connections_idle_closed = 13;
    counters.accept_errors = 14;
    counters.calls_shed_queue_timeout = 15;
    counters.calls_shed_in_flight = 16;
    counters.calls_unknown_method = 17;
    counters.messages_in.add(18);
    counters.bytes_in.add(19);
    counters.bytes_out.add(20);
    counters.wire_errors[0] = 1;
    counters.wire_errors[1] = 32;
    counters.connections_accepted = 50;
    counters.connections_closed = 9;
  }
  // The host waits for those that are open.
  ~Counted() { counters.connections_accepted = counters.connections_closed = 0; }

  ordered_json status(std::string_view name) {
    const auto section = std::find_if(host::kHostSections.begin(), host::kHostSections.end(),
                                      [&](const host::HostSection& one) { return one.name == name; });
    REQUIRE(section != host::kHostSections.end());
    return section->status(host.host());
  }

  EchoHost host{odd_options()};
  host::Counters& counters = const_cast<host::Counters&>(host.host().counters());
};

std::string error_name(std::size_t number) { return std::string(wire::kWireErrors[number].name); }

TEST_CASE("Prometheus is told each number under its own name", "[admin]") {
  Counted counted;
  host::MetricFamilies families;
  add_host_metrics(families, counted.host.host());
  const std::string text = "\n" + host::metrics_text(families);
  for (const std::string& line :
       {std::string("max_connections 102"), std::string("max_in_flight 103"),
        std::string("connections_open 41"), std::string("connections_accepted_total 50"),
        std::string("connections_refused_total{reason=\"limit\"} 11"),
        std::string("connections_refused_total{reason=\"handshakes\"} 22"),
        std::string("connections_closed_idle_total 13"), std::string("accept_errors_total 14"),
        std::string("calls_shed_total{reason=\"queue_timeout\"} 15"),
        std::string("calls_shed_total{reason=\"in_flight\"} 16"),
        std::string("call_errors_total{method=\"(unknown)\",kind=\"unknown_method\"} 17"),
        std::string("messages_received_total 18"), std::string("received_bytes_total 19"),
        std::string("sent_bytes_total 20"), "wire_errors_total{reason=\"" + error_name(0) + "\"} 1",
        "wire_errors_total{reason=\"" + error_name(1) + "\"} 32",
        "wire_errors_total{reason=\"" + error_name(2) + "\"} 0"}) {
    CAPTURE(line, text);
    CHECK(text.find("\n" + line + "\n") != std::string::npos);
  }
  // What is not measured, or not there, has no number.
  for (const auto* name : {"call_duration_seconds", "queue_seconds", "tls_certificate"}) {
    CAPTURE(name);
    CHECK(text.find(name) == std::string::npos);
  }
}

TEST_CASE("the status has each number in its place", "[admin]") {
  Counted counted;
  CHECK(counted.status("tls").is_null());
  CHECK(counted.status("limits") == ordered_json{{"message_bytes", 200'001},
                                                 {"connections", 102},
                                                 {"in_flight", 103},
                                                 {"unsent_bytes", 104},
                                                 {"queue_timeout_ms", 105'000},
                                                 {"idle_timeout_ms", 106'000},
                                                 {"message_timeout_ms", 107'000},
                                                 {"write_timeout_ms", 108'000},
                                                 {"tls_handshake_timeout_ms", 109'000}});
  CHECK(counted.status("connections") ==
        ordered_json{{"open", 41},
                     {"accepted", 50},
                     {"refused", 33},
                     {"closed_idle", 13},
                     {"accept_errors", 14},
                     {"received_bytes", 19},
                     {"sent_bytes", 20},
                     {"wire_errors", {{error_name(0), 1}, {error_name(1), 32}}}});
  const auto calls = counted.status("calls");
  CHECK(calls.at("in_flight") == 0);
  CHECK(calls.at("unknown_method") == 17);
  CHECK(calls.at("shed") == ordered_json{{"queue_timeout", 15}, {"in_flight", 16}});
  CHECK(calls.at("methods").empty());
}

TEST_CASE("a call that runs is in flight, and one that has ended is not", "[admin]") {
  host::HostOptions options = options_for("threaded");
  EchoHost host(options);
  const auto connection = [&] {
    return EchoConnection(host.endpoint(), wire::Protocol::kBinary, wire::Transport::kFramed);
  };
  EchoConnection ends = connection();
  std::string reply;
  for (int i = 0; i < 2; ++i) ends->echo(reply, "x");
  EchoConnection runs = connection();
  runs->send_block("b");
  host.latch().until_waiting(1);
  host::MetricFamilies families;
  add_host_metrics(families, host.host());
  CHECK(host::metrics_text(families).find("\ncalls_in_flight 1\n") != std::string::npos);
  const auto calls = host::kHostSections.back().status(host.host());
  CHECK(calls.at("in_flight") == 1);
  CHECK(calls.at("methods").at("Echo.block").at("in_flight") == 1);
  CHECK(calls.at("methods").at("Echo.echo").at("in_flight") == 0);
  CHECK(calls.at("methods").at("Echo.echo").at("calls") == 2);
}

TEST_CASE("a host that was not started tells nothing", "[admin]") {
  const CapturedLog log;
  const host::Host host(options_for("reactor"), std::make_shared<echo_service::EchoProcessor>(nullptr),
                        log.logger());
  host::MetricFamilies families;
  add_host_metrics(families, host);
  CHECK(families.empty());
}

}  // namespace
}  // namespace timeservice::test
