#include "test/unit/call_pair.h"

#include <thrift/TOutput.h>

#include "test/support/catch.h"

namespace timeservice::test {

using apache::thrift::protocol::TProtocol;
using apache::thrift::transport::TMemoryBuffer;
using echo_service::EchoClient;

CallPair::CallPair(wire::Protocol protocol, const wire::Limits& limits)
    : handler(std::make_shared<EchoHandler>()),
      runner(std::make_shared<echo_service::EchoProcessor>(handler), protocol, limits),
      sent_(std::make_shared<TMemoryBuffer>()),
      received_(std::make_shared<TMemoryBuffer>()),
      protocol_(protocol),
      client(apache_protocol(protocol, received_), apache_protocol(protocol, sent_)) {
  apache::thrift::GlobalOutput.setOutputFunction([](const char*) {});
}

Bytes CallPair::request(const std::function<void(EchoClient&)>& send) {
  sent_->resetBuffer();
  send(client);
  return from_text(sent_->getBufferAsString());
}

Bytes CallPair::message(const std::string& method, apache::thrift::protocol::TMessageType type,
                        std::int32_t seqid) const {
  return written_by_apache(protocol_, [&](TProtocol& out) {
    out.writeMessageBegin(method, type, seqid);
    out.writeStructBegin("");
    out.writeFieldStop();
    out.writeStructEnd();
    out.writeMessageEnd();
  });
}

void CallPair::receive(std::span<const std::uint8_t> bytes) {
  received_->write(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
}

void CallPair::run(const Bytes& request) {
  runner.clear_replies();
  REQUIRE(runner.run(request, false));
  receive(runner.replies());
  runner.clear_replies();
}

CallPair::Exception CallPair::exception_in(std::span<const std::uint8_t> reply) const {
  const auto buffer = std::make_shared<TMemoryBuffer>();
  buffer->write(reply.data(), static_cast<std::uint32_t>(reply.size()));
  const auto in = apache_protocol(protocol_, buffer);
  Exception read{};
  in->readMessageBegin(read.method, read.type, read.seqid);
  read.exception.read(in.get());
  in->readMessageEnd();
  CHECK(buffer->available_read() == 0);
  return read;
}

void CallPair::check_echo(const std::string& token) {
  run(request([&](EchoClient& c) { c.send_echo(token); }));
  std::string reply;
  client.recv_echo(reply);
  CHECK(reply == token);
}

}  // namespace timeservice::test
