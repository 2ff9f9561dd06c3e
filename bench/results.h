#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/load_generator.h"
#include "wire/detect.h"

namespace timeservice::bench {

/// What one run of one server came to.
struct Round {
  /// Why the figures below are void; empty: they are good.
  std::string error = {};
  double calls_per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
  double p999_us = 0;
  double max_us = 0;
  std::uint64_t calls = 0;
  /// Processor time of the server for these calls; unknown of a server that was
  /// running before.
  std::optional<double> user_seconds = {};
  std::optional<double> system_seconds = {};
  /// The most memory that the server ever held.
  std::optional<double> peak_bytes = {};
  /// The server's memory for each idle connection; only where there are such.
  std::optional<double> bytes_per_idle_connection = {};
  /// Calls each second, of those of the row that `Row::base` names, in this round.
  std::optional<double> ratio = {};
};

/// One line of a report: a server under one load, in several rounds.
struct Row {
  std::string scenario;
  std::string name;
  wire::Dialect dialect;
  Load load;
  /// Connections that are open beside the load, and say nothing.
  std::size_t idle_connections = 0;
  /// The row that it is held against; empty for none.
  std::string base;
  std::vector<Round> rounds = {};
};

/// All that a run of time-bench measured.
struct Report {
  std::vector<Row> rows = {};
  /// One line for each scenario that could not be run, with the reason.
  std::vector<std::string> skipped = {};
};

/// The rounds of one row, summed up; void rounds count for nothing.
struct Summary {
  double calls_per_second = 0;  // medians
  double p50_us = 0;
  double p99_us = 0;
  double p999_us = 0;
  double max_us = 0;
  std::optional<double> ratio = {};
  std::optional<double> least_ratio = {};
  std::optional<double> largest_ratio = {};
  /// For a million calls, over all rounds: /proc counts too coarsely for one.
  std::optional<double> user_seconds = {};
  std::optional<double> system_seconds = {};
  std::optional<double> peak_bytes = {};
  std::optional<double> bytes_per_idle_connection = {};
};

Summary summarized(const Row& row);

/// The errors of all rounds of all rows, one line each.
std::vector<std::string> errors_of(const Report& report);

/// The middle one, or the mean of the middle two; 0 of none.
double median(std::vector<double> values);

/// "16 connections x 32 calls", say.
std::string describe(const Row& row);

}  // namespace timeservice::bench
