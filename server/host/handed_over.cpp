#include "server/host/handed_over.h"

#include <fcntl.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace timeservice::host {
namespace {

constexpr int kFirst = SD_LISTEN_FDS_START;

std::optional<std::string> variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

/// Nothing: it is no number of sockets.
std::optional<int> count_in(const std::string& text) {
  int count = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc{} || stop != end || count < 1) return std::nullopt;
  return count;
}

/// The first of so many that was not handed over: it is not open, or this process has opened
/// it itself, which it never does without close-on-exec. Nothing: all were.
std::optional<int> first_missing(int count) {
  for (int i = 0; i < count; ++i) {
    const int flags = ::fcntl(kFirst + i, F_GETFD);
    if (flags < 0 || (flags & FD_CLOEXEC) != 0) return kFirst + i;
  }
  return std::nullopt;
}

std::ptrdiff_t names_in(const std::string& text) {
  return text.empty() ? 0 : std::count(text.begin(), text.end(), ':') + 1;
}

/// What is wrong with the variables; "": nothing. libsystemd looks for the same, and tells no
/// more than that something is.
std::string wrong() {
  const auto fds = variable("LISTEN_FDS");
  if (!fds) return "no socket was handed over: start it by its socket unit, or name host:port";
  const std::string pid = variable("LISTEN_PID").value_or("");
  if (pid != std::to_string(::getpid())) {
    return fmt::format(
        "LISTEN_PID={} is not this process, {}, so the sockets are not for it: let the service manager start "
        "the server itself, without a shell in between",
        pid, ::getpid());
  }
  const auto count = count_in(*fds);
  if (!count) {
    return fmt::format(
        "LISTEN_FDS={} is not a number of sockets from 1: let the service manager set it, or name host:port",
        *fds);
  }
  if (const auto missing = first_missing(*count)) {
    return fmt::format(
        "LISTEN_FDS={} means as many descriptors from {} on, and {} was not handed over: hand over so "
        "many, or set it to how many there are",
        *count, kFirst, *missing);
  }
  const auto names = variable("LISTEN_FDNAMES");
  if (names && names_in(*names) != *count) {
    return fmt::format(
        "LISTEN_FDNAMES={} and LISTEN_FDS={} do not go together: name each of the sockets, with colons "
        "between, or leave the names out",
        *names, *count);
  }
  return "";
}

HandedOver look() {
  if (std::string why = wrong(); !why.empty()) return {.why_none = std::move(why)};
  HandedOver found;
  char** names = nullptr;
  // It marks the descriptors close-on-exec, for programs that this one may start.
  const int count = ::sd_listen_fds_with_names(0, &names);
  for (int i = 0; i < count; ++i) {
    found.sockets.push_back({names[i], kFirst + i});
    std::free(names[i]);
  }
  std::free(names);
  if (count <= 0) found.why_none = "LISTEN_FDS, LISTEN_PID or LISTEN_FDNAMES cannot be read: name host:port";
  return found;
}

}  // namespace

const HandedOver& handed_over() {
  static const HandedOver found = look();
  return found;
}

}  // namespace timeservice::host
