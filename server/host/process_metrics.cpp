#include "server/host/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>

namespace timeservice::host {
namespace {

/// Of /proc/self/stat, in its units.
struct ProcessStat {
  double user_ticks;
  double system_ticks;
  /// Since the machine started.
  double start_ticks;
  double virtual_bytes;
  double resident_pages;
};

std::optional<ProcessStat> read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  // The second field is the program's name in brackets, which may hold anything.
  const std::size_t end = line.rfind(')');
  if (end == std::string::npos) return std::nullopt;
  std::istringstream rest(line.substr(end + 1));
  const std::istream_iterator<std::string> first(rest);
  const std::vector<std::string> fields(first, std::istream_iterator<std::string>());
  constexpr std::size_t kThird = 3;  // fields[0], as proc(5) numbers them
  if (fields.size() <= 24 - kThird) return std::nullopt;
  const auto number = [&](std::size_t field) { return std::stod(fields[field - kThird]); };
  return ProcessStat{.user_ticks = number(14),
                     .system_ticks = number(15),
                     .start_ticks = number(22),
                     .virtual_bytes = number(23),
                     .resident_pages = number(24)};
}

/// When the machine started, in seconds since 1970.
std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    if (double seconds = 0; word == "btime" && file >> seconds) return seconds;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return std::nullopt;
}

std::optional<double> open_descriptors() {
  std::error_code error;
  std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (error) return std::nullopt;
  double count = -1;  // the one by which they are listed
  for (; entries != std::filesystem::directory_iterator(); entries.increment(error)) ++count;
  return count;
}

}  // namespace

void add_process_metrics(MetricFamilies& families) {
  if (const auto stat = read_stat()) {
    const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
    add_counter(families, "process_cpu_seconds_total", "Processor time used, in user and system mode.",
                (stat->user_ticks + stat->system_ticks) / ticks_per_second);
    add_gauge(families, "process_virtual_memory_bytes", "Virtual memory.", stat->virtual_bytes);
    add_gauge(families, "process_resident_memory_bytes", "Resident memory.",
              stat->resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    if (const auto boot = boot_time()) {
      add_gauge(families, "process_start_time_seconds", "When the process started, in seconds since 1970.",
                *boot + stat->start_ticks / ticks_per_second);
    }
  }
  if (const auto open = open_descriptors()) {
    add_gauge(families, "process_open_fds", "Open descriptors.", *open);
  }
  if (rlimit limit{}; ::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    const double most = limit.rlim_cur == RLIM_INFINITY ? std::numeric_limits<double>::infinity()
                                                        : static_cast<double>(limit.rlim_cur);
    add_gauge(families, "process_max_fds", "Descriptors that may be open.", most);
  }
}

}  // namespace timeservice::host
