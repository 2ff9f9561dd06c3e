#pragma once

namespace timeservice::test {

/// Waits until the kernel stamps what arrives, and keeps it doing so. It begins to, for all
/// sockets, some time after the first asks for it, and ends with the last: one that stays, so
/// that no test meets the time between.
void await_stamps();

}  // namespace timeservice::test
