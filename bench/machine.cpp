#include "bench/machine.h"

#include <sys/utsname.h>

#include <ctime>
#include <fstream>
#include <thread>

#include <fmt/format.h>

namespace timeservice::bench {
namespace {

/// The first "model name : ..." of /proc/cpuinfo; not every architecture has one.
std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t name = line.find_first_not_of(" \t", line.find(':') + 1);
    return name == std::string::npos ? std::string() : line.substr(name);
  }
  return {};
}

}  // namespace

Machine this_machine() {
  utsname system{};
  ::uname(&system);
  return {.cores = std::thread::hardware_concurrency(),
          .processor = processor_name(),
          .system = system.sysname,
          .release = system.release,
          .architecture = system.machine};
}

std::string to_string(const Machine& machine) {
  return fmt::format("{} cores, {}{}{} {} {}", machine.cores, machine.processor,
                     machine.processor.empty() ? "" : ", ", machine.system, machine.release,
                     machine.architecture);
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm date{};
  ::gmtime_r(&now, &date);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%F", &date)};
}

}  // namespace timeservice::bench
