#include "server/host/blocking_serving.h"

#include <utility>

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TTransportException.h>
#include <thrift/transport/TVirtualTransport.h>

namespace timeservice::host {
namespace {

using apache::thrift::TConnectionInfo;
using apache::thrift::TProcessor;
using apache::thrift::protocol::TProtocol;
using apache::thrift::transport::TTransport;
using apache::thrift::transport::TTransportException;

/// A connection, for as long as a thread of the stock server serves it. The server
/// closes what it was given several times over; the first time decides whether
/// the connection ends or waits.
class SessionHandle : public apache::thrift::transport::TVirtualTransport<SessionHandle> {
 public:
  SessionHandle(std::shared_ptr<Connection> connection, Gate& gate)
      : connection_(std::move(connection)), gate_(gate) {}
  // The server may fail to find a thread for a connection and just let go of it.
  ~SessionHandle() override { close(); }

  bool isOpen() const override { return connection_ != nullptr; }
  bool peek() override { return isOpen(); }

  bool serve_some() {
    const Session::Outcome outcome = connection_->session->serve_some();
    waits_ = outcome == Session::Outcome::kSilent;
    return outcome == Session::Outcome::kServed;
  }

  void close() override {
    auto connection = std::exchange(connection_, nullptr);
    if (!connection) return;
    if (waits_) {
      gate_.wait(std::move(connection));
    } else {
      connection->close();
    }
  }

 private:
  std::shared_ptr<Connection> connection_;
  Gate& gate_;
  bool waits_ = false;
};

class GateTransport : public apache::thrift::transport::TServerTransport {
 public:
  GateTransport(Gate& gate, const SessionParts& parts, const std::function<void()>& before_dispatch)
      : gate_(gate), parts_(parts), before_dispatch_(before_dispatch) {}

  void interrupt() override { gate_.interrupt(); }
  void close() override {}

 protected:
  std::shared_ptr<TTransport> acceptImpl() override {
    for (;;) {
      auto connection = gate_.next();
      if (!connection) throw TTransportException(TTransportException::INTERRUPTED, "stopped");
      if (!connection->session) connection->session = std::make_shared<Session>(*connection, parts_);
      if (!may_have_a_thread(connection)) continue;
      if (before_dispatch_) before_dispatch_();
      return std::make_shared<SessionHandle>(std::move(connection), gate_);
    }
  }

 private:
  /// With max_in_flight taken, it is told so from here: no thread is free to do that.
  bool may_have_a_thread(std::shared_ptr<Connection>& connection) {
    const std::shared_ptr<Session> session = connection->session;
    if (auto place = parts_.calls.admission.queue()) {
      session->dispatched(std::move(*place));
      return true;
    }
    switch (session->shed_some()) {
      case Session::Outcome::kServed:
        session->dispatched({});
        return true;
      case Session::Outcome::kSilent:
        gate_.wait(std::move(connection));
        return false;
      case Session::Outcome::kOver:
        connection->close();
        return false;
    }
    return false;
  }

  Gate& gate_;
  const SessionParts& parts_;
  const std::function<void()>& before_dispatch_;
};

/// What the stock server calls a processor: each call of process() is a turn of
/// the session. The protocols that it is given are never used.
class SessionProcessor : public TProcessor {
 public:
  explicit SessionProcessor(std::shared_ptr<SessionHandle> handle) : handle_(std::move(handle)) {}
  bool process(std::shared_ptr<TProtocol>, std::shared_ptr<TProtocol>, void*) override {
    return handle_->serve_some();
  }

 private:
  std::shared_ptr<SessionHandle> handle_;
};

class SessionProcessorFactory : public apache::thrift::TProcessorFactory {
 public:
  std::shared_ptr<TProcessor> getProcessor(const TConnectionInfo& info) override {
    return std::make_shared<SessionProcessor>(std::dynamic_pointer_cast<SessionHandle>(info.transport));
  }
};

}  // namespace

BlockingServing::BlockingServing(const ModeParts& parts, std::function<bool(int fd)> wait_for_bytes,
                                 std::function<void()> before_dispatch)
    : gate_(parts.acceptor),
      session_parts_{.processor = parts.processor,
                     .protocol = parts.options.protocol,
                     .transport = parts.options.transport,
                     .limits = parts.options.limits,
                     .wait_for_bytes = std::move(wait_for_bytes),
                     .calls = parts.calls},
      before_dispatch_(std::move(before_dispatch)) {}

std::shared_ptr<apache::thrift::transport::TServerTransport> BlockingServing::server_transport() {
  return std::make_shared<GateTransport>(gate_, session_parts_, before_dispatch_);
}

std::shared_ptr<apache::thrift::TProcessorFactory> BlockingServing::processor_factory() {
  return std::make_shared<SessionProcessorFactory>();
}

std::shared_ptr<apache::thrift::transport::TTransportFactory> BlockingServing::transport_factory() {
  return std::make_shared<apache::thrift::transport::TTransportFactory>();
}

std::shared_ptr<apache::thrift::protocol::TProtocolFactory> BlockingServing::protocol_factory() {
  return std::make_shared<apache::thrift::protocol::TBinaryProtocolFactory>();
}

}  // namespace timeservice::host
