#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <prometheus/metric_family.h>

namespace timeservice::host {

/// Metrics as they are told to Prometheus, by its conventions: base units, and "_total" behind
/// what only grows.
using MetricFamilies = std::vector<prometheus::MetricFamily>;
using MetricLabels = std::vector<prometheus::ClientMetric::Label>;

/// Appends a family without samples. The reference holds until the next one is appended.
prometheus::MetricFamily& add_counters(MetricFamilies& families, std::string name, std::string help);
prometheus::MetricFamily& add_gauges(MetricFamilies& families, std::string name, std::string help);
prometheus::MetricFamily& add_histograms(MetricFamilies& families, std::string name, std::string help);

/// Appends a sample to a family of counters or of gauges.
void add_sample(prometheus::MetricFamily& family, double value, MetricLabels labels = {});
/// `bounds` are the buckets' upper ends, `counts` what is in each of them alone, and
/// behind these what is above the last.
void add_histogram(prometheus::MetricFamily& family, std::span<const double> bounds,
                   std::span<const std::uint64_t> counts, double sum, MetricLabels labels = {});

/// Families of one sample without labels.
void add_counter(MetricFamilies& families, std::string name, std::string help, double value);
void add_gauge(MetricFamilies& families, std::string name, std::string help, double value);

/// The text format that Prometheus reads, version 0.0.4. Families without samples are left out.
std::string metrics_text(MetricFamilies families);

}  // namespace timeservice::host
