#pragma once

#include "client/client_error.h"

namespace timeservice::client {

/// The errors that only an AsyncTimeClient has, beside those of client_error.h.

/// As many calls were in flight as the client was told to have at most: nothing was sent.
class TooManyInFlight : public ClientError {
 public:
  using ClientError::ClientError;
};

/// The client was destroyed before the call had ended.
class CallCancelled : public ClientError {
 public:
  using ClientError::ClientError;
};

}  // namespace timeservice::client
