#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include <thrift/TProcessor.h>

#include "server/host/call_runner.h"
#include "server/host/connection.h"
#include "server/host/host_options.h"
#include "wire/message_stream.h"
#include "wire/read_buffer.h"

namespace timeservice::host {

/// What a session needs beside its connection; the same for all of a host.
struct SessionParts {
  std::shared_ptr<apache::thrift::TProcessor> processor;
  wire::Protocol protocol;
  wire::Transport transport;
  wire::Limits limits;
  /// Waits for the connection's next bytes. False: it has none for now, and the
  /// thread is needed elsewhere. Null: the thread belongs to the connection.
  std::function<bool(int fd)> wait_for_bytes;
};

/// The calls of one connection in a mode that blocks a thread for it: detects what
/// the client speaks, cuts messages, runs them in order, sends the replies. Owned by its
/// connection, and keeps its state while that waits in the Gate.
class Session {
 public:
  enum class Outcome {
    kServed,  ///< go on at once
    kSilent,  ///< nothing to read for now: let it wait in the Gate
    kOver,    ///< close it
  };

  Session(Connection& connection, const SessionParts& parts);

  /// The Gate has just given the connection to this thread: it has bytes to read.
  /// They are served before anybody else's turn, or two clients could take turns for ever.
  void dispatched() { known_readable_ = true; }

  /// Waits for calls, runs all that have arrived, and answers them. Never throws.
  Outcome serve_some();

 private:
  Outcome serve();
  Outcome run_all();
  Outcome refuse(wire::WireError error);
  Outcome discard();
  CallRunner& runner();
  bool receive();
  bool flush();

  Connection& connection_;
  const SessionParts& parts_;
  wire::ReadBuffer input_;
  wire::MessageStream stream_;
  /// Made when it is known what the client speaks.
  std::optional<CallRunner> runner_;
  bool known_readable_ = false;
  /// Refused and told so: what it still sends is thrown away, until it leaves.
  bool discarding_ = false;
  std::size_t discarded_ = 0;
};

}  // namespace timeservice::host
