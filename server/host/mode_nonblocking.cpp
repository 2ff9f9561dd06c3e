// --mode nonblocking: TNonblockingServer, libevent loops; framed clients only.
#include <unistd.h>

#include <atomic>
#include <exception>
#include <memory>
#include <optional>

#include <thrift/concurrency/ThreadManager.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/server/TNonblockingServer.h>
#include <thrift/transport/TNonblockingServerTransport.h>

#include "server/host/admitting_pool.h"
#include "server/host/arrivals.h"
#include "server/host/call_runner.h"
#include "server/host/call_turn.h"
#include "server/host/framed_socket.h"
#include "server/host/modes.h"
#include "server/host/require_threads.h"
#include "wire/message_cutter.h"

namespace timeservice::host {
namespace {

using apache::thrift::TConnectionInfo;
using apache::thrift::TProcessor;
using apache::thrift::concurrency::ThreadManager;
using apache::thrift::protocol::TProtocol;
using apache::thrift::transport::TMemoryBuffer;
using apache::thrift::transport::TSocket;

constexpr std::size_t kKeptBuffer = 64 * 1024;

/// The server's "listening socket" is the queue of connections that have spoken.
class ArrivalsTransport : public apache::thrift::transport::TNonblockingServerTransport {
 public:
  ArrivalsTransport(Arrivals& arrivals, const ModeParts& parts) : arrivals_(arrivals), parts_(parts) {}

  void listen() override {}
  void close() override {}
  // The server closes what it gets here; the queue keeps its own.
  THRIFT_SOCKET getSocketFD() override { return ::dup(arrivals_.poll_fd()); }
  int getPort() override { return parts_.acceptor.bound().front().port; }
  int getListenPort() override { return getPort(); }

 protected:
  std::shared_ptr<TSocket> acceptImpl() override {
    return std::make_shared<FramedSocket>(arrivals_.take(), arrivals_, parts_.options, parts_.calls.timed);
  }

 private:
  Arrivals& arrivals_;
  const ModeParts parts_;
};

/// What the server calls a processor, one for each connection: a whole frame goes
/// in, a whole reply comes out.
class FrameProcessor : public TProcessor {
 public:
  FrameProcessor(std::shared_ptr<FramedSocket> socket, std::shared_ptr<TProcessor> processor,
                 const HostOptions& options, CallParts& calls)
      : socket_(std::move(socket)),
        connection_(socket_->connection()),
        processor_(std::move(processor)),
        options_(options),
        calls_(calls) {}

  bool process(std::shared_ptr<TProtocol> in, std::shared_ptr<TProtocol> out, void*) override {
    try {
      serve(*in, *out);
    } catch (const std::exception& error) {
      // The server ends the whole process on a bad_alloc.
      connection_->refuse(wire::WireError::kMalformed, error.what());
      connection_->abort();
    }
    return true;
  }

 private:
  void serve(TProtocol& in, TProtocol& out) {
    auto& input = static_cast<TMemoryBuffer&>(*in.getTransport());
    std::uint32_t size = input.available_read();
    const std::uint8_t* bytes = input.borrow(nullptr, &size);
    if (!run({bytes, size})) {
      connection_->abort();  // and FramedSocket gives out nothing more
    } else if (!runner_->replies().empty()) {
      const auto reply = runner_->replies();
      out.getTransport()->write(reply.data(), static_cast<std::uint32_t>(reply.size()));
      // Before anything is sent: the server tries only once the socket has room.
      connection_->enter(Connection::Phase::kWriting);
      socket_->expect_room();
      runner_->clear_replies();
    } else {
      connection_->enter(Connection::Phase::kIdle);
    }
    // Not consume(): it would count against a budget that the server never gives back.
    input.resetBuffer();
  }

  bool run(std::span<const std::uint8_t> message) {
    if (!runner_ && !detect(message)) return false;
    if (connection_->plain_at_tls()) {
      return runner_->refuse(message, false, connection_->refuse(wire::WireError::kPlain));
    }
    const auto checked = wire::check_message(protocol_, options_.limits, message);
    if (const auto* error = std::get_if<wire::WireError>(&checked)) return refuse(*error);
    connection_->enter(Connection::Phase::kCalling);
    connection_->count_messages(1);
    return serve_call({.payload = message, .consumed = wire::kFrameHeadBytes + message.size()}) ||
           refuse(wire::WireError::kMalformed);
  }

  // The server puts a length before the reply, and sends it later.
  bool serve_call(const wire::Message& message) {
    CallTimes times;
    std::chrono::nanoseconds now{0};
    if (calls_.timed) {
      times = {.arrived_at = calls_.waits.arrival(connection_->receipt(), socket_->read_at()),
               .read_at = socket_->read_at()};
      now = precise_now();
    }
    const AdmittingPool::Task task = AdmittingPool::task();
    const Call call{.runner = *runner_,
                    .message = message,
                    .dialect = {protocol_, wire::Transport::kFramed},
                    .framed = false};
    CallTurn turn(calls_, *connection_, times, now, task == AdmittingPool::Task::kRun);
    return task == AdmittingPool::Task::kShed ? turn.shed(call) : turn.run(call);
  }

  bool detect(std::span<const std::uint8_t> message) {
    const wire::Detection detection = wire::detect_payload(message);
    if (const auto* error = std::get_if<wire::WireError>(&detection)) return refuse(*error);
    if (std::holds_alternative<wire::NeedMore>(detection)) return refuse(wire::WireError::kMalformed);
    const auto dialect = std::get<wire::Dialect>(detection);
    const auto admitted = wire::admit(dialect, options_.protocol, options_.transport);
    if (const auto* error = std::get_if<wire::WireError>(&admitted)) return refuse(*error);
    protocol_ = dialect.protocol;
    runner_.emplace(processor_, protocol_, options_.limits, wire::kKeptReply, &calls_.spare);
    return true;
  }

  bool refuse(wire::WireError error) {
    connection_->refuse(error);
    return false;
  }

  std::shared_ptr<FramedSocket> socket_;
  std::shared_ptr<Connection> connection_;
  std::shared_ptr<TProcessor> processor_;
  const HostOptions& options_;
  CallParts& calls_;
  wire::Protocol protocol_ = wire::Protocol::kAuto;
  std::optional<CallRunner> runner_;
};

class FrameProcessorFactory : public apache::thrift::TProcessorFactory {
 public:
  FrameProcessorFactory(std::shared_ptr<TProcessor> processor, const HostOptions& options, CallParts& calls)
      : processor_(std::move(processor)), options_(options), calls_(calls) {}

  std::shared_ptr<TProcessor> getProcessor(const TConnectionInfo& info) override {
    const auto socket = std::dynamic_pointer_cast<FramedSocket>(info.transport);
    return std::make_shared<FrameProcessor>(socket, processor_, options_, calls_);
  }

 private:
  std::shared_ptr<TProcessor> processor_;
  const HostOptions& options_;
  CallParts& calls_;
};

/// Knows when the server has made its loops: a stop() while it makes them reads a list that grows.
class LoopsMade : public apache::thrift::server::TServerEventHandler {
 public:
  void preServe() override { made_.store(true, std::memory_order_release); }
  bool made() const { return made_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> made_ = false;
};

class NonblockingMode : public Mode {
 public:
  explicit NonblockingMode(const ModeParts& parts)
      : gate_(parts.acceptor),
        arrivals_(gate_),
        server_(std::make_shared<FrameProcessorFactory>(parts.processor, parts.options, parts.calls),
                std::make_shared<ArrivalsTransport>(arrivals_, parts)) {
    const auto protocols = std::make_shared<apache::thrift::protocol::TBinaryProtocolFactory>();
    server_.setInputProtocolFactory(protocols);
    server_.setOutputProtocolFactory(protocols);
    const std::size_t loops = parts.options.io_threads.value_or(1);
    const std::size_t threads = parts.options.threads.value_or(0);
    require_threads(loops + threads);
    server_.setNumIOThreads(loops);
    server_.setServerEventHandler(loops_made_);
    // FramedSocket has checked each length before; this is the server's own check.
    server_.setMaxFrameSize(parts.options.limits.message_bytes);
    // A connection that once had a large call does not keep its memory.
    server_.setResizeBufferEveryN(1);
    server_.setIdleReadBufferLimit(kKeptBuffer);
    server_.setIdleWriteBufferLimit(kKeptBuffer);
    if (threads > 0) {
      pool_ = std::make_shared<AdmittingPool>(threads, parts.calls.admission);
      pool_->start();
      server_.setThreadManager(pool_);
    } else {
      warn_of_limit_beyond(loops, parts);
    }
  }

  void serve() override { server_.serve(); }
  void stop() override {
    if (!loops_made_->made()) return;  // whoever stops asks again
    // The workers first: when they end a call they tell the loops, and would wait
    // for ever for loops that no longer listen.
    if (pool_) pool_->stop();
    server_.stop();
  }
  bool workers_run_calls() const override { return pool_ != nullptr; }

 private:
  Gate gate_;
  Arrivals arrivals_;
  std::shared_ptr<ThreadManager> pool_;
  const std::shared_ptr<LoopsMade> loops_made_ = std::make_shared<LoopsMade>();
  apache::thrift::server::TNonblockingServer server_;
};

}  // namespace

std::unique_ptr<Mode> make_nonblocking(const ModeParts& parts) {
  return std::make_unique<NonblockingMode>(parts);
}

}  // namespace timeservice::host
