#pragma once

#include <string>
#include <vector>

namespace timeservice::host {

/// A socket that whoever started this process handed over, as systemd does for a socket unit.
struct HandedOverSocket {
  /// The unit's FileDescriptorName=.
  std::string name;
  int fd;
};

struct HandedOver {
  std::vector<HandedOverSocket> sockets = {};
  /// Where there is none: which of the variables LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES is
  /// to blame, and the fix.
  std::string why_none = {};
};

/// What the environment said, and was true, when this was first called. Any thread.
const HandedOver& handed_over();

}  // namespace timeservice::host
