// gRPC's client for C++. One call at a time: the blocking call. Several: the asynchronous
// ones, all in one thread, over a channel for each or over one that carries all.
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include "bench/peers/cpp/grpc_calls.h"
#include "bench/peers/cpp/peer_client.h"

namespace {

using namespace timeservice::peers;

constexpr std::chrono::seconds kPatience(10);

struct CallFailed : std::runtime_error {
  explicit CallFailed(const grpc::Status& status)
      : std::runtime_error(
            fmt::format("status {}: {}", static_cast<int>(status.error_code()), status.error_message())) {}
};

/// A channel with a connection of its own, which is there.
std::unique_ptr<Stub> connect_to(int port) {
  grpc::ChannelArguments arguments;
  // Channels to one address would share a connection.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto channel = grpc::CreateCustomChannel(fmt::format("127.0.0.1:{}", port),
                                                 grpc::InsecureChannelCredentials(), arguments);
  const auto deadline = std::chrono::system_clock::now() + kPatience;
  for (auto state = channel->GetState(true); state != GRPC_CHANNEL_READY; state = channel->GetState(true)) {
    if (state == GRPC_CHANNEL_TRANSIENT_FAILURE || !channel->WaitForStateChange(state, deadline)) {
      throw std::runtime_error(fmt::format("cannot connect to 127.0.0.1:{}", port));
    }
  }
  return peer::Peer::NewStub(channel);
}

template <typename Rpc>
class BlockingCalls : public Connection {
 public:
  BlockingCalls(int port, const Workload& workload)
      : stub_(connect_to(port)), request_(Rpc::request(workload)) {}

  Reply call() override {
    grpc::ClientContext context;
    const grpc::Status status = Rpc::call(*stub_, context, request_, reply_);
    if (!status.ok()) throw CallFailed(status);
    return Rpc::view(reply_);
  }

 private:
  std::unique_ptr<Stub> stub_;
  const decltype(Rpc::request(std::declval<const Workload&>())) request_;
  typename Rpc::Message reply_;
};

template <typename Rpc>
class AsynchronousCalls : public Window {
 public:
  AsynchronousCalls(int port, std::size_t channels, std::size_t size, const Workload& workload)
      : request_(Rpc::request(workload)), slots_(size) {
    for (std::size_t index = 0; index < channels; ++index) stubs_.push_back(connect_to(port));
  }

  /// The queue must be empty before it goes.
  ~AsynchronousCalls() override {
    for (Slot& slot : slots_) {
      if (slot.context) slot.context->TryCancel();
    }
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) continue;
  }

  void start(std::size_t index) override {
    Slot& slot = slots_[index];
    slot.context.emplace();  // which serves one call
    slot.pending = Rpc::start(*stubs_[index % stubs_.size()], *slot.context, request_, queue_);
    slot.pending->Finish(&slot.reply, &slot.status, &slot);
  }

  Answer receive() override {
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
    const auto* const slot = static_cast<Slot*>(tag);
    if (!slot->status.ok()) throw CallFailed(slot->status);
    return {static_cast<std::size_t>(slot - slots_.data()), Rpc::view(slot->reply)};
  }

 private:
  struct Slot {
    std::optional<grpc::ClientContext> context;
    typename Rpc::Message reply;
    grpc::Status status;
    Pending<typename Rpc::Message> pending;
  };

  std::vector<std::unique_ptr<Stub>> stubs_;
  grpc::CompletionQueue queue_;
  const decltype(Rpc::request(std::declval<const Workload&>())) request_;
  std::vector<Slot> slots_;
};

template <typename Rpc>
std::vector<Worker> connect(const ClientOptions& options, const Workload& workload) {
  if (options.concurrency == 1)
    return {worker_of(std::make_unique<BlockingCalls<Rpc>>(options.port, workload), workload)};
  const std::size_t channels = options.one_connection ? 1 : options.concurrency;
  auto window =
      std::make_unique<AsynchronousCalls<Rpc>>(options.port, channels, options.concurrency, workload);
  return {worker_of(std::move(window), options.concurrency, workload)};
}

std::vector<Worker> connect_for(const ClientOptions& options, const Workload& workload) {
  switch (options.call) {
    case Call::kGetTime:
      return connect<GetTimeCall>(options, workload);
    case Call::kEcho:
      return connect<EchoCall>(options, workload);
    case Call::kPrices:
      return connect<PricesCall>(options, workload);
    case Call::kWait:
      return connect<WaitCall>(options, workload);
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) { return run_peer_client("grpc_client", argc, argv, {}, connect_for); }
