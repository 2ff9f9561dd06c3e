#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include <thrift/TApplicationException.h>
#include <thrift/protocol/TProtocol.h>
#include <thrift/transport/TBufferTransports.h>

#include "Echo.h"
#include "server/host/call_runner.h"
#include "test/unit/bytes.h"
#include "test/unit/echo_handler.h"
#include "test/unit/random_message.h"
#include "wire/protocol.h"

namespace timeservice::test {

/// A stock client and a CallRunner that speak one protocol, with nothing between
/// them: what the client sends is given to the runner by hand, and its replies back.
class CallPair {
 public:
  explicit CallPair(wire::Protocol protocol, const wire::Limits& limits = {});

  /// The bytes that a generated client sends.
  Bytes request(const std::function<void(echo_service::EchoClient&)>& send);

  /// A message without arguments, as no generated client sends it.
  Bytes message(const std::string& method, apache::thrift::protocol::TMessageType type,
                std::int32_t seqid) const;

  /// Gives the client the next `bytes` of what it receives.
  void receive(std::span<const std::uint8_t> bytes);

  /// Runs the call, and gives the client its reply.
  void run(const Bytes& request);

  struct Exception {
    std::string method;
    apache::thrift::protocol::TMessageType type;
    std::int32_t seqid;
    apache::thrift::TApplicationException exception;
  };

  /// The one exception that `reply` is.
  Exception exception_in(std::span<const std::uint8_t> reply) const;

  /// That a call works on this runner, now.
  void check_echo(const std::string& token);

  std::shared_ptr<EchoHandler> handler;
  host::CallRunner runner;

 private:
  std::shared_ptr<apache::thrift::transport::TMemoryBuffer> sent_;
  std::shared_ptr<apache::thrift::transport::TMemoryBuffer> received_;
  wire::Protocol protocol_;

 public:
  echo_service::EchoClient client;
};

}  // namespace timeservice::test
