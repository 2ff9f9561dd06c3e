// TLS over a carrier in memory: what is buffered, what is half there, and how it ends.
#include <algorithm>
#include <deque>
#include <string>

#include "test/support/catch.h"
#include "wire/message_stream.h"
#include "wire/tls.h"

namespace timeservice::wire {
namespace {

using Status = TlsStream::Status;

/// One direction of a connection.
struct Pipe {
  std::deque<std::uint8_t> bytes;
  bool ended = false;
  /// How many bytes it takes and gives for now.
  std::size_t flow = static_cast<std::size_t>(-1);
};

class PipeEnd : public TlsCarrier {
 public:
  PipeEnd(Pipe& in, Pipe& out) : in_(in), out_(out) {}
  std::optional<std::size_t> receive_encrypted(std::span<std::uint8_t> room) override {
    const std::size_t count = std::min({room.size(), in_.bytes.size(), in_.flow});
    if (count == 0) return in_.ended ? std::optional<std::size_t>(0) : std::nullopt;
    std::copy_n(in_.bytes.begin(), count, room.begin());
    in_.bytes.erase(in_.bytes.begin(), in_.bytes.begin() + static_cast<std::ptrdiff_t>(count));
    in_.flow -= count;
    return count;
  }
  std::optional<std::size_t> send_encrypted(std::span<const std::uint8_t> bytes) override {
    if (out_.ended) return 0;
    out_.bytes.insert(out_.bytes.end(), bytes.begin(), bytes.end());
    return bytes.size();
  }

 private:
  Pipe& in_;
  Pipe& out_;
};

std::string file(const std::string& name) { return std::string(TEST_CERTIFICATES) + "/" + name; }

/// Both ends, after their handshake.
struct Pair {
  Pipe up, down;
  PipeEnd client_end{down, up}, server_end{up, down};
  TlsStream client{make_tls_client({.ca = file("ca.pem")}), client_end, "localhost"};
  TlsStream server{make_tls_server({.certificate = file("server.pem"), .key = file("server.key")}),
                   server_end};

  Pair() {
    for (int i = 0; i < 10 && !(client.established() && server.established()); ++i) {
      client.handshake();
      server.handshake();
    }
  }
};

Status send(TlsStream& stream, const std::string& text) {
  return stream.send({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}).status;
}

struct Received {
  Status status;
  std::string text;
};
Received receive(TlsStream& stream, std::size_t most = 1000) {
  std::string text(most, '\0');
  const auto [status, bytes] = stream.receive({reinterpret_cast<std::uint8_t*>(text.data()), most});
  return {status, text.substr(0, bytes)};
}

TEST_CASE("what TLS has read ahead is told of until it is received", "[wire][tls]") {
  Pair ends;
  REQUIRE(ends.server.established());
  CHECK(ends.server.version() == "TLSv1.3");
  CHECK_FALSE(ends.server.has_buffered());
  send(ends.client, "one");
  send(ends.client, "two");
  CHECK_FALSE(ends.server.has_buffered());  // it is the carrier that has it
  CHECK(receive(ends.server, 2).text == "on");
  CHECK(ends.server.has_buffered());
  CHECK(receive(ends.server).text == "e");
  CHECK(ends.server.has_buffered());
  CHECK(receive(ends.server).text == "two");
  CHECK_FALSE(ends.server.has_buffered());
  CHECK(receive(ends.server).status == Status::kWantsBytes);
}

TEST_CASE("the beginning of a record is nothing to receive, and is told apart", "[wire][tls]") {
  Pair ends;
  send(ends.client, "whole");
  ends.up.flow = 10;
  CHECK(receive(ends.server).status == Status::kWantsBytes);
  CHECK_FALSE(ends.server.has_buffered());
  CHECK(ends.server.inside_record());
  ends.up.flow = static_cast<std::size_t>(-1);
  CHECK(receive(ends.server).text == "whole");
  CHECK_FALSE(ends.server.inside_record());
}

TEST_CASE("the end of a client's bytes ends what is received and not what is sent", "[wire][tls]") {
  Pair ends;
  send(ends.client, "call");
  ends.up.ended = true;
  CHECK(receive(ends.server).text == "call");
  CHECK(receive(ends.server).status == Status::kClosed);
  CHECK(receive(ends.server).status == Status::kClosed);
  CHECK(send(ends.server, "reply") == Status::kDone);
  ends.server.finish();
  CHECK(receive(ends.client).text == "reply");
  CHECK(receive(ends.client).status == Status::kClosed);
  CHECK(ends.client.told_of_end());
}

TEST_CASE("bytes that are changed on the way are a failure, in one line", "[wire][tls]") {
  Pair ends;
  send(ends.client, "call");
  ends.up.bytes.back() ^= 1;
  CHECK(receive(ends.server).status == Status::kFailed);
  CHECK_FALSE(ends.server.failure().empty());
  CHECK(ends.server.failure().find('\n') == std::string::npos);
}

TEST_CASE("a message stream that is to refuse all says so once it knows the dialect, or that it is none",
          "[wire][tls]") {
  const auto first_of = [](std::string bytes) {
    MessageStream stream(Protocol::kAuto, Transport::kAuto, {});
    stream.refuse_all(WireError::kPlain);
    const auto cut = stream.next({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    if (std::holds_alternative<NeedMore>(cut)) return std::string("more");
    if (std::holds_alternative<Message>(cut)) return std::string("message");
    return std::string(name(std::get<WireError>(cut))) + (stream.dialect() ? " told" : "");
  };
  CHECK(first_of({"\x80", 1}) == "more");
  CHECK(first_of({"\x80\x01\0\x01", 4}) == "plain told");
  CHECK(first_of({"\0\0\0\x10\x80\x01", 6}) == "plain told");
  CHECK(first_of("GET / HTTP/1.1") == "plain");
}

}  // namespace
}  // namespace timeservice::wire
