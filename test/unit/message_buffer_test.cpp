#include "wire/message_buffer.h"

#include <functional>
#include <string>

#include <thrift/Thrift.h>
#include <thrift/protocol/TProtocol.h>
#include <thrift/transport/TTransportException.h>

#include "test/support/catch.h"
#include "test/unit/bytes.h"
#include "wire/protocol.h"

namespace timeservice::wire {
namespace {

using apache::thrift::TException;
using apache::thrift::protocol::TProtocol;
using apache::thrift::protocol::TType;
using apache::thrift::transport::TTransportException;
using test::Bytes;
using test::from_hex;
using test::from_text;

enum class Container { kList, kSet, kMap };

/// What reading the container's beginning says it holds.
std::uint32_t declared(Protocol protocol, Container container, const Bytes& bytes) {
  const auto input = std::make_shared<MessageInput>(64);
  input->reset(bytes);
  const auto in = make_protocol(protocol, input, {});
  TType first{};
  TType second{};
  std::uint32_t size = 0;
  if (container == Container::kList) in->readListBegin(first, size);
  if (container == Container::kSet) in->readSetBegin(first, size);
  if (container == Container::kMap) in->readMapBegin(first, second, size);
  return size;
}

TEST_CASE("a container that declares more than its message holds is refused", "[wire]") {
  const struct {
    Protocol protocol;
    Container container;
    Bytes bytes;
  } rows[] = {
      // 1000 strings, which is within the limits, in a message that ends there.
      {Protocol::kBinary, Container::kList, from_hex("0b 00 00 03 e8")},
      {Protocol::kBinary, Container::kSet, from_hex("0b 00 00 03 e8")},
      {Protocol::kBinary, Container::kMap, from_hex("0b 0b 00 00 03 e8")},
      {Protocol::kCompact, Container::kList, from_hex("f8 e8 07")},
      {Protocol::kCompact, Container::kSet, from_hex("f8 e8 07")},
      {Protocol::kCompact, Container::kMap, from_hex("e8 07 88")},
      {Protocol::kJson, Container::kList, from_text("[\"str\",1000,")},
      {Protocol::kJson, Container::kSet, from_text("[\"str\",1000,")},
      {Protocol::kJson, Container::kMap, from_text("[\"str\",\"str\",1000,")},
      // As many as a size can say.
      {Protocol::kBinary, Container::kList, from_hex("08 7f ff ff ff")},
      {Protocol::kCompact, Container::kList, from_hex("f5 ff ff ff ff 07")},
      {Protocol::kJson, Container::kList, from_text("[\"i32\",4294967295,")},
      // So many that their least size, in 32 bits, comes out small.
      {Protocol::kBinary, Container::kList, from_hex("0a 20 00 00 01")},
      {Protocol::kBinary, Container::kMap, from_hex("0a 0a 10 00 00 01")},
      {Protocol::kJson, Container::kList, from_text("[\"i32\",2147483649,")},
      {Protocol::kJson, Container::kList, from_text("[\"rec\",2147483649,")},
      {Protocol::kJson, Container::kSet, from_text("[\"str\",2147483649,")},
      {Protocol::kJson, Container::kMap, from_text("[\"str\",\"str\",1073741825,")},
      // Above the limit, though the message has room.
      {Protocol::kJson, Container::kList, from_text("[\"str\",262145" + std::string(2'000'000, ','))},
  };
  for (const auto& row : rows) {
    CAPTURE(name(row.protocol), static_cast<int>(row.container), row.bytes.size(),
            test::to_hex(std::span(row.bytes).first(std::min<std::size_t>(row.bytes.size(), 24))));
    CHECK_THROWS_AS(declared(row.protocol, row.container, row.bytes), TException);
  }
}

TEST_CASE("a container that declares what its message holds is read", "[wire]") {
  CHECK(declared(Protocol::kBinary, Container::kList, from_hex("03 00 00 00 02 01 02")) == 2);
  CHECK(declared(Protocol::kBinary, Container::kMap, from_hex("03 03 00 00 00 01 01 02")) == 1);
  CHECK(declared(Protocol::kCompact, Container::kList, from_hex("23 01 02")) == 2);
  CHECK(declared(Protocol::kCompact, Container::kMap, from_hex("01 33 01 02")) == 1);
  CHECK(declared(Protocol::kJson, Container::kList, from_text("[\"i8\",2,1,2]")) == 2);
  CHECK(declared(Protocol::kJson, Container::kMap, from_text("[\"i8\",\"i8\",1,{\"1\":2}]")) == 1);
}

TEST_CASE("one input reads any number of messages, whatever they add up to", "[wire]") {
  MessageInput input(64);
  const Bytes message(1 << 20, 7);
  Bytes into(message.size());
  for (int i = 0; i < 300; ++i) {
    input.reset(message);
    REQUIRE(input.read(into.data(), static_cast<std::uint32_t>(into.size())) == into.size());
  }
  CHECK(into == message);
}

TEST_CASE("one message may be as large as the largest limit that can be asked for", "[wire]") {
  MessageInput input(64);
  const Bytes message(kMaxMessageBytes);
  input.reset(message);
  Bytes into(1 << 20);
  for (std::size_t read = 0; read < message.size(); read += into.size()) {
    const auto size = static_cast<std::uint32_t>(into.size());
    REQUIRE(input.borrow(nullptr, &*std::make_unique<std::uint32_t>(size)) != nullptr);
    REQUIRE(input.readAll(into.data(), size) == size);
  }
  CHECK_FALSE(input.peek());
}

TEST_CASE("reading past a message's end fails, however it is read", "[wire]") {
  MessageInput input(64);
  const Bytes message = from_hex("01 02 03");
  Bytes into(10);
  input.reset(message);
  CHECK_THROWS_AS(input.readAll(into.data(), 4), TTransportException);
  input.reset(message);
  CHECK_THROWS_AS(input.read(into.data(), 4), TTransportException);
  input.reset(message);
  std::uint32_t four = 4;
  CHECK(input.borrow(nullptr, &four) == nullptr);
  CHECK_THROWS_AS(input.consume(4), TTransportException);
  input.reset(message);
  CHECK(input.readAll(into.data(), 3) == 3);
  CHECK_FALSE(input.peek());
  CHECK_THROWS_AS(input.readAll(into.data(), 1), TTransportException);
  CHECK_THROWS_AS(input.read(into.data(), 1), TTransportException);
}

TEST_CASE("what is read cannot be written to, and what is written cannot be read", "[wire]") {
  MessageInput input(64);
  const Bytes byte = from_hex("01");
  input.reset(byte);
  CHECK_THROWS_AS(input.write(byte.data(), 1), TTransportException);
  MessageOutput output;
  Bytes into(1);
  CHECK_THROWS_AS(output.readAll(into.data(), 1), TTransportException);
}

/// Numbered bytes, so that any that are lost or moved show.
Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i % 251);
  return bytes;
}

TEST_CASE("an output keeps all that is written, in small pieces and in large ones", "[wire]") {
  const Bytes reply = pattern(3'000'000);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{511}, std::size_t{512},
                                  std::size_t{513}, std::size_t{65536}, std::size_t{100'000}, reply.size()}) {
    MessageOutput output;
    for (std::size_t at = 0; at < reply.size(); at += piece) {
      output.write(reply.data() + at, static_cast<std::uint32_t>(std::min(piece, reply.size() - at)));
    }
    CAPTURE(piece);
    CHECK(std::equal(reply.begin(), reply.end(), output.written().begin(), output.written().end()));
  }
}

TEST_CASE("an output forgets what is behind a place, and is written on from there", "[wire]") {
  MessageOutput output;
  const Bytes first = pattern(700);
  const Bytes second = from_hex("aa bb");
  output.write(first.data(), 700);
  output.truncate(600);
  output.write(second.data(), 2);
  REQUIRE(output.written().size() == 602);
  CHECK(std::equal(first.begin(), first.begin() + 600, output.written().begin()));
  CHECK(test::to_hex(output.written().subspan(600)) == "aa bb");
  output.truncate(0);
  CHECK(output.written().empty());
}

TEST_CASE("an output that is cleared keeps little memory and gives much back", "[wire]") {
  MessageOutput output;
  const Bytes small = pattern(2000);
  output.write(small.data(), 2000);
  const auto* const small_place = output.written().data();
  output.clear();
  CHECK(output.written().empty());
  CHECK(output.written().data() == small_place);

  const Bytes large = pattern(200'000);
  output.write(large.data(), 200'000);
  const auto* const large_place = output.written().data();
  output.clear();
  CHECK(output.written().empty());
  CHECK(output.written().data() != large_place);

  output.write(small.data(), 2000);
  CHECK(test::to_hex(output.written()) == test::to_hex(small));
}

}  // namespace
}  // namespace timeservice::wire
