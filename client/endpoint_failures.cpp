#include "client/endpoint_failures.h"

namespace timeservice::client {

void EndpointFailures::add(const ConnectError& error) {
  if (count_ > 0) lines_ += "; ";
  lines_ += error.what();
  permanent_ = permanent_ && error.permanent();
  ++count_;
}

}  // namespace timeservice::client
