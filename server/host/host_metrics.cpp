#include "server/host/host_metrics.h"

#include <chrono>
#include <string>

#include "server/host/duration_histogram.h"
#include "server/host/host.h"
#include "wire/endpoint.h"
#include "wire/protocol.h"
#include "wire/transport.h"
#include "wire/wire_error.h"

namespace timeservice::host {
namespace {

using nlohmann::ordered_json;

double number(std::uint64_t count) { return static_cast<double>(count); }

void add_durations(prometheus::MetricFamily& family, const DurationHistogram::Snapshot& durations,
                   MetricLabels labels = {}) {
  add_histogram(family, DurationHistogram::kBounds, durations.counts, durations.sum_seconds,
                std::move(labels));
}

void add_calls(MetricFamilies& families, const Host& host) {
  const CallMetrics metrics = host.call_metrics();
  auto& calls = add_counters(families, "calls_total", "Calls begun, by method.");
  for (const auto& method : metrics.methods)
    add_sample(calls, number(method.calls), {{"method", method.name}});

  auto& errors =
      add_counters(families, "call_errors_total",
                   "Calls that were answered with an exception: the handler's own, one of decoding "
                   "the arguments, one that the IDL declares, or for an unknown method.");
  for (const auto& method : metrics.methods) {
    for (const CallErrorRow& row : kCallErrors) {
      add_sample(errors, number(method.of(row.error)),
                 {{"method", method.name}, {"kind", std::string(row.name)}});
    }
  }
  add_sample(errors, number(metrics.unknown_method), {{"method", "(unknown)"}, {"kind", "unknown_method"}});

  add_gauge(families, "calls_in_flight", "Calls that run, or wait for a thread.", number(metrics.in_flight));
  auto& shed = add_counters(families, "calls_shed_total",
                            "Calls that were answered with an exception and not run, by the limit they met.");
  add_sample(shed, number(metrics.shed_queue_timeout), {{"reason", "queue_timeout"}});
  add_sample(shed, number(metrics.shed_in_flight), {{"reason", "in_flight"}});
  add_counter(families, "slow_turns_total",
              "How often a reactor without a number of threads has seen calls hold up an event loop.",
              number(host.counters().slow_turns));
  add_gauge(families, "workers_run_calls", "1 while event loops have workers run all calls.",
            host.workers_run_calls() ? 1 : 0);

  if (!host.options().measure_calls) return;
  auto& durations = add_histograms(families, "call_duration_seconds",
                                   "From when a call was read until its reply was sent, by method.");
  for (const auto& method : metrics.methods)
    add_durations(durations, method.durations, {{"method", method.name}});
  add_durations(add_histograms(families, "queue_seconds", "How long calls waited until they could run."),
                metrics.queue);
}

void add_connections(MetricFamilies& families, const Counters& counters) {
  add_gauge(families, "connections_open", "Open connections.", number(counters.connections_open()));
  add_counter(families, "connections_accepted_total", "Connections that were taken.",
              number(counters.connections_accepted));
  auto& refused =
      add_counters(families, "connections_refused_total", "Connections that were closed at once.");
  add_sample(refused, number(counters.connections_refused), {{"reason", "limit"}});
  add_sample(refused, number(counters.handshakes_refused), {{"reason", "handshakes"}});
  add_counter(families, "connections_closed_idle_total", "Connections closed since no call came for long.",
              number(counters.connections_idle_closed));
  add_counter(families, "accept_errors_total",
              "Connections that could not be taken: no descriptors, or the client had gone.",
              number(counters.accept_errors));
}

void add_bytes(MetricFamilies& families, const Counters& counters) {
  add_counter(families, "messages_received_total", "Complete messages.", number(counters.messages_in));
  add_counter(families, "received_bytes_total", "Bytes of calls.", number(counters.bytes_in));
  add_counter(families, "sent_bytes_total", "Bytes of replies.", number(counters.bytes_out));
  auto& errors = add_counters(families, "wire_errors_total",
                              "Connections closed for what came over them, or did not come, by reason.");
  for (const wire::WireErrorRow& row : wire::kWireErrors) {
    add_sample(errors, number(counters.of(row.error)), {{"reason", std::string(row.name)}});
  }
}

/// What start() settles.
void add_settings(MetricFamilies& families, const HostOptions& options) {
  add_sample(add_gauges(families, "host_info", "How the host serves: always 1."), 1,
             {{"mode", options.mode},
              {"protocol", std::string(wire::name(options.protocol))},
              {"transport", std::string(wire::name(transport_taken(options)))}});
  add_gauge(families, "max_connections", "Connections that may be open.", number(options.max_connections));
  add_gauge(families, "max_in_flight", "Calls that may run or wait; 0: no limit.",
            number(options.max_in_flight));
}

void add_certificates(MetricFamilies& families, const Host& host) {
  const auto end = host.certificates_end();
  if (!end) return;
  add_gauge(families, "tls_certificate_not_after_timestamp_seconds",
            "When the first of the server's certificates ends, in seconds since 1970.",
            static_cast<double>(end->time_since_epoch().count()));
}

ordered_json mode_status(const Host& host) { return host.options().mode; }

ordered_json endpoints_status(const Host& host) {
  ordered_json endpoints = ordered_json::array();
  for (const wire::Endpoint& endpoint : host.endpoints()) endpoints.push_back(wire::to_string(endpoint));
  return endpoints;
}

/// Null where no endpoint is TLS.
ordered_json tls_status(const Host& host) {
  const auto end = host.certificates_end();
  if (!end) return {};
  return {{"certificates_end_s", end->time_since_epoch().count()},
          {"client_certificates", !host.options().tls.client_ca.empty()}};
}

ordered_json limits_status(const Host& host) {
  const HostOptions& options = host.options();
  return {{"message_bytes", options.limits.message_bytes},
          {"connections", options.max_connections},
          {"in_flight", options.max_in_flight},
          {"unsent_bytes", options.max_unsent_bytes},
          {"queue_timeout_ms", options.queue_timeout.count()},
          {"idle_timeout_ms", options.idle_timeout.count()},
          {"message_timeout_ms", options.message_timeout.count()},
          {"write_timeout_ms", options.write_timeout.count()},
          {"tls_handshake_timeout_ms", options.tls.handshake_timeout.count()}};
}

ordered_json connections_status(const Host& host) {
  const Counters& counters = host.counters();
  ordered_json errors = ordered_json::object();
  for (const wire::WireErrorRow& row : wire::kWireErrors) {
    if (const auto count = counters.of(row.error); count > 0) errors[std::string(row.name)] = count;
  }
  return {{"open", counters.connections_open()},
          {"accepted", counters.connections_accepted.load()},
          {"refused", counters.connections_refused.load() + counters.handshakes_refused.load()},
          {"closed_idle", counters.connections_idle_closed.load()},
          {"accept_errors", counters.accept_errors.load()},
          {"received_bytes", counters.bytes_in.load()},
          {"sent_bytes", counters.bytes_out.load()},
          {"wire_errors", std::move(errors)}};
}

ordered_json calls_status(const Host& host) {
  const CallMetrics metrics = host.call_metrics();
  ordered_json methods = ordered_json::object();
  for (const auto& method : metrics.methods) {
    ordered_json& one = methods[method.name];
    one["calls"] = method.calls;
    one["in_flight"] = method.in_flight;
    for (const CallErrorRow& row : kCallErrors) one["errors"][std::string(row.name)] = method.of(row.error);
  }
  return {{"in_flight", metrics.in_flight},
          {"unknown_method", metrics.unknown_method},
          {"shed", {{"queue_timeout", metrics.shed_queue_timeout}, {"in_flight", metrics.shed_in_flight}}},
          {"methods", std::move(methods)}};
}

}  // namespace

constexpr std::array<HostSection, 6> kHostSections = {{{"mode", &mode_status},
                                                       {"endpoints", &endpoints_status},
                                                       {"tls", &tls_status},
                                                       {"limits", &limits_status},
                                                       {"connections", &connections_status},
                                                       {"calls", &calls_status}}};

void add_host_metrics(MetricFamilies& families, const Host& host) {
  if (!host.started()) return;
  add_settings(families, host.options());
  add_calls(families, host);
  add_connections(families, host.counters());
  add_bytes(families, host.counters());
  add_certificates(families, host);
}

}  // namespace timeservice::host
