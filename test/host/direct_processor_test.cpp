#include "wire/direct_processor.h"

#include <functional>
#include <memory>
#include <string>

#include "Echo.h"
#include "server/host/call_runner.h"
#include "test/support/catch.h"
#include "test/support/dialects.h"
#include "test/support/echo_handler.h"
#include "test/support/written_call.h"
#include "wire/message_buffer.h"

namespace timeservice::wire {
namespace {

using test::EchoClient;
using Plain = echo_service::EchoProcessorT<BinaryProtocol>;
using Direct = DirectProcessor<echo_service::EchoProcessorT, BinaryProtocol>;

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// What a processor answers to the message.
std::string answer(const std::shared_ptr<apache::thrift::TProcessor>& processor, Protocol protocol,
                   const std::string& message) {
  host::CallRunner runner(processor, protocol, {});
  const bool ran = runner.run(bytes_of(message), false);
  const auto replies = runner.replies();
  return (ran ? "ran: " : "refused: ") +
         std::string(reinterpret_cast<const char*>(replies.data()), replies.size());
}

TEST_CASE("a direct processor answers as the generated one does, in every protocol", "[wire]") {
  test::Latch latch;
  const auto handler = std::make_shared<test::EchoHandler>(latch);
  const std::function<void(EchoClient&)> calls[] = {
      [](EchoClient& c) { c.send_echo("token"); },
      [](EchoClient& c) {
        c.send_sum({1, 2, 3});
      },
      [](EchoClient& c) { c.send_refuse("no", 7); },
      [](EchoClient& c) { c.send_fail("why"); },
      [](EchoClient& c) { c.send_note("token"); },
      [](EchoClient& c) {  // a method that the service does not have
        c.getOutputProtocol()->writeMessageBegin("nobody", apache::thrift::protocol::T_CALL, 1);
        echo_service::Echo_echo_args().write(c.getOutputProtocol().get());
        c.getOutputProtocol()->writeMessageEnd();
        c.getOutputProtocol()->getTransport()->flush();
      },
  };
  for (const Dialect& dialect : test::all_dialects()) {
    if (dialect.transport != Transport::kBuffered) continue;
    for (const auto& call : calls) {
      const std::string message = test::written(dialect, call);
      CAPTURE(name(dialect.protocol), message);
      CHECK(answer(std::make_shared<Direct>(handler), dialect.protocol, message) ==
            answer(std::make_shared<Plain>(handler), dialect.protocol, message));
    }
  }
}

TEST_CASE("a direct processor takes what is no call for none", "[wire]") {
  test::Latch latch;
  const auto processor = std::make_shared<Direct>(std::make_shared<test::EchoHandler>(latch));
  for (const Protocol protocol : {Protocol::kBinary, Protocol::kCompact, Protocol::kJson}) {
    CAPTURE(name(protocol));
    const auto written = std::make_shared<MessageOutput>();
    const auto writer = make_protocol(protocol, written, {});
    writer->writeMessageBegin("echo", apache::thrift::protocol::T_REPLY, 1);
    echo_service::Echo_echo_args().write(writer.get());
    writer->writeMessageEnd();
    const auto input = std::make_shared<MessageInput>(64);
    const auto output = std::make_shared<MessageOutput>();
    input->reset(written->written());
    CHECK_FALSE(
        processor->process(make_protocol(protocol, input, {}), make_protocol(protocol, output, {}), nullptr));
    CHECK(output->written().empty());
  }
}

TEST_CASE("a direct processor answers in another protocol than it is asked in", "[wire]") {
  test::Latch latch;
  const auto processor = std::make_shared<Direct>(std::make_shared<test::EchoHandler>(latch));
  for (const auto& [asked, answered] :
       {std::pair(Protocol::kBinary, Protocol::kCompact), std::pair(Protocol::kCompact, Protocol::kBinary)}) {
    CAPTURE(name(asked), name(answered));
    const std::string message =
        test::written({asked, Transport::kBuffered}, [](EchoClient& c) { c.send_echo("token"); });
    const auto input = std::make_shared<MessageInput>(64);
    const auto output = std::make_shared<MessageOutput>();
    input->reset(bytes_of(message));
    REQUIRE(
        processor->process(make_protocol(asked, input, {}), make_protocol(answered, output, {}), nullptr));
    input->reset(output->written());
    EchoClient client(make_protocol(answered, input, {}));
    std::string reply;
    client.recv_echo(reply);
    CHECK(reply == "token");
  }
}

}  // namespace
}  // namespace timeservice::wire
