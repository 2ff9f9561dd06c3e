#pragma once

#include <vector>

#include "server/host/listen_socket.h"
#include "wire/endpoint.h"

namespace timeservice::host {

/// The sockets that whoever started this process handed over under the endpoint's name
/// (LISTEN_FDS, as systemd's socket units do): one or more, TCP or unix. Others hold them
/// too, so that clients wait at them while this process is being replaced. `before` are
/// those of the endpoints before it. Throws StartError that says what was handed over,
/// and the fix; UsageError where one of `before` is the same.
std::vector<ListenSocket> inherit_sockets(const wire::Endpoint& endpoint,
                                          const std::vector<ListenSocket>& before);

/// Throws UsageError where a socket was handed over that none of the endpoints names, whose
/// clients would wait for ever, or that more than one names.
void check_inherited(const std::vector<wire::Endpoint>& endpoints);

}  // namespace timeservice::host
