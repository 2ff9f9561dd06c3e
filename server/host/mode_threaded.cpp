// --mode threaded: TThreadedServer, a thread for each connection.
#include <thrift/server/TThreadedServer.h>

#include "server/host/blocking_serving.h"
#include "server/host/modes.h"

namespace timeservice::host {
namespace {

class ThreadedMode : public Mode {
 public:
  explicit ThreadedMode(const ModeParts& parts)
      : serving_(parts, nullptr),  // a thread belongs to its connection until that is closed
        server_(serving_.processor_factory(), serving_.server_transport(), serving_.transport_factory(),
                serving_.protocol_factory()) {}

  void serve() override { server_.serve(); }
  void stop() override { server_.stop(); }

 private:
  BlockingServing serving_;
  apache::thrift::server::TThreadedServer server_;
};

}  // namespace

std::unique_ptr<Mode> make_threaded(const ModeParts& parts) { return std::make_unique<ThreadedMode>(parts); }

}  // namespace timeservice::host
