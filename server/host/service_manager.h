#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace timeservice::host {

/// What started this process and watches over it, as systemd does with Type=notify: it
/// is told of each step, over the socket that NOTIFY_SOCKET names. Where there is none,
/// nothing is told and nothing fails. Any thread.
class ServiceManager {
 public:
  /// It serves; `status` is one line for `systemctl status`.
  void ready(const std::string& status);
  /// It reads its certificates anew; ready() ends that.
  void reloading();
  /// It is on its way down, which takes `at_most`.
  void stopping(const std::string& status, std::chrono::milliseconds at_most);
  /// It gets on with its work.
  void alive();

  /// Within which time alive() is expected again and again, as WatchdogSec= says;
  /// nothing: it is not.
  std::optional<std::chrono::microseconds> watchdog() const;
};

}  // namespace timeservice::host
