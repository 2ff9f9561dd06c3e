#include "server/host/metric_families.h"

#include <utility>

#include <prometheus/text_serializer.h>

namespace timeservice::host {
namespace {

prometheus::MetricFamily& add_family(MetricFamilies& families, std::string name, std::string help,
                                     prometheus::MetricType type) {
  prometheus::MetricFamily& family = families.emplace_back();
  family.name = std::move(name);
  family.help = std::move(help);
  family.type = type;
  return family;
}

/// prometheus-cpp (1.0 to 1.3) escapes the values of labels, and not the help.
void escape_help(std::string& help) {
  std::string escaped;
  for (const char c : help) {
    if (c == '\\') escaped += '\\';
    if (c == '\n') {
      escaped += "\\n";
    } else {
      escaped += c;
    }
  }
  help = std::move(escaped);
}

}  // namespace

prometheus::MetricFamily& add_counters(MetricFamilies& families, std::string name, std::string help) {
  return add_family(families, std::move(name), std::move(help), prometheus::MetricType::Counter);
}

prometheus::MetricFamily& add_gauges(MetricFamilies& families, std::string name, std::string help) {
  return add_family(families, std::move(name), std::move(help), prometheus::MetricType::Gauge);
}

prometheus::MetricFamily& add_histograms(MetricFamilies& families, std::string name, std::string help) {
  return add_family(families, std::move(name), std::move(help), prometheus::MetricType::Histogram);
}

void add_sample(prometheus::MetricFamily& family, double value, MetricLabels labels) {
  prometheus::ClientMetric& sample = family.metric.emplace_back();
  sample.label = std::move(labels);
  if (family.type == prometheus::MetricType::Counter) {
    sample.counter.value = value;
  } else {
    sample.gauge.value = value;
  }
}

void add_histogram(prometheus::MetricFamily& family, std::span<const double> bounds,
                   std::span<const std::uint64_t> counts, double sum, MetricLabels labels) {
  prometheus::ClientMetric& sample = family.metric.emplace_back();
  sample.label = std::move(labels);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    below += counts[i];
    if (i < bounds.size()) sample.histogram.bucket.push_back({below, bounds[i]});
  }
  // The bucket without an end is written by the serializer, out of the count.
  sample.histogram.sample_count = below;
  sample.histogram.sample_sum = sum;
}

void add_counter(MetricFamilies& families, std::string name, std::string help, double value) {
  add_sample(add_counters(families, std::move(name), std::move(help)), value);
}

void add_gauge(MetricFamilies& families, std::string name, std::string help, double value) {
  add_sample(add_gauges(families, std::move(name), std::move(help)), value);
}

std::string metrics_text(MetricFamilies families) {
  std::erase_if(families, [](const prometheus::MetricFamily& family) { return family.metric.empty(); });
  for (prometheus::MetricFamily& family : families) escape_help(family.help);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace timeservice::host
