// --mode threaded: TThreadedServer, a thread for each connection.
#include <thread>

#include <thrift/concurrency/ThreadFactory.h>
#include <thrift/server/TThreadedServer.h>

#include "server/host/blocking_serving.h"
#include "server/host/modes.h"

namespace timeservice::host {
namespace {

/// Fails before the server has written the connection down: if a thread fails to
/// start after that, the server keeps the connection for ever (0.17).
class CarefulThreadFactory : public apache::thrift::concurrency::ThreadFactory {
 public:
  CarefulThreadFactory() : ThreadFactory(false) {}
  std::shared_ptr<apache::thrift::concurrency::Thread> newThread(
      std::shared_ptr<apache::thrift::concurrency::Runnable> runnable) const override {
    std::thread([] {}).join();
    return ThreadFactory::newThread(std::move(runnable));
  }
};

class ThreadedMode : public Mode {
 public:
  explicit ThreadedMode(const ModeParts& parts)
      : serving_(parts, nullptr),  // a thread belongs to its connection until that is closed
        server_(serving_.processor_factory(), serving_.server_transport(), serving_.transport_factory(),
                serving_.protocol_factory(), std::make_shared<CarefulThreadFactory>()) {}

  void serve() override { server_.serve(); }
  void stop() override { server_.stop(); }

 private:
  BlockingServing serving_;
  apache::thrift::server::TThreadedServer server_;
};

}  // namespace

std::unique_ptr<Mode> make_threaded(const ModeParts& parts) { return std::make_unique<ThreadedMode>(parts); }

}  // namespace timeservice::host
