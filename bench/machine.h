#pragma once

#include <string>

namespace timeservice::bench {

/// What figures were taken on.
struct Machine {
  unsigned cores = 0;
  /// The processor's name; empty where the system does not tell.
  std::string processor = {};
  std::string system = {};
  std::string release = {};
  std::string architecture = {};
};

Machine this_machine();

/// "2 cores, AMD EPYC, Linux 6.1.0 x86_64".
std::string to_string(const Machine& machine);

/// "2026-11-26", in UTC.
std::string today();

}  // namespace timeservice::bench
