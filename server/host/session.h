#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include <thrift/TProcessor.h>

#include "server/host/admission.h"
#include "server/host/call_runner.h"
#include "server/host/call_turn.h"
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
  CallParts& calls;
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
  /// `place`: they were let in among the calls that wait for a thread.
  void dispatched(Admission::Place place);

  /// Instead of dispatched(), on the thread that takes from the Gate, which must not wait:
  /// max_in_flight are taken, and the calls that have arrived are told so. kServed: it
  /// has something else that needs a thread. Never throws.
  Outcome shed_some();

  /// Waits for calls, runs all that have arrived, and answers them. Never throws.
  Outcome serve_some();

 private:
  Outcome serve();
  Outcome run_all();
  Outcome refuse(wire::WireError error);
  Outcome discard();
  CallRunner& runner();
  std::optional<std::size_t> receive();
  void took(std::size_t bytes);
  bool flush();
  Outcome shed_arrived();
  Call call_of(const wire::Message& message);

  Connection& connection_;
  const SessionParts& parts_;
  wire::ReadBuffer input_;
  wire::MessageStream stream_;
  /// Made when it is known what the client speaks.
  std::optional<CallRunner> runner_;
  bool known_readable_ = false;
  /// It has been read already.
  bool known_arrived_ = false;
  /// Of the calls of one dispatch.
  Admission::Place place_;
  CallTimes times_;
  /// When it was dispatched.
  std::chrono::nanoseconds dispatched_at_{0};
  /// What it was answered on the Gate's thread, and has not taken.
  std::vector<std::uint8_t> unsent_;
  /// Refused and told so: what it still sends is thrown away, until it leaves.
  bool discarding_ = false;
  std::size_t discarded_ = 0;
};

}  // namespace timeservice::host
