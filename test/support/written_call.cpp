#include "test/support/written_call.h"

#include <memory>

#include "wire/message_buffer.h"

namespace timeservice::test {

std::string written(const wire::Dialect& dialect, const std::function<void(EchoClient&)>& send) {
  const auto output = std::make_shared<wire::MessageOutput>();
  EchoClient client(wire::make_protocol(dialect.protocol, output, {}));
  send(client);
  const auto bytes = output->written();
  const std::string message(bytes.begin(), bytes.end());
  if (dialect.transport == wire::Transport::kBuffered) return message;
  std::string framed;
  for (const int shift : {24, 16, 8, 0}) framed += static_cast<char>(message.size() >> shift & 0xff);
  return framed + message;
}

}  // namespace timeservice::test
