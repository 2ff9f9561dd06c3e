// Writes what the fuzzer begins with into the folder that is named: connections of
// stock clients in every dialect, and bytes that are refused, each for another reason.
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <thrift/transport/TBufferTransports.h>

#include "Echo.h"
#include "test/unit/bytes.h"
#include "test/unit/random_message.h"

namespace timeservice::test {
namespace {

using apache::thrift::protocol::TProtocol;
using echo_service::EchoClient;

using Call = std::pair<std::string, std::function<void(EchoClient&)>>;

echo_service::Node node(const std::string& text, std::vector<echo_service::Node> children) {
  echo_service::Node made;
  made.text = text;
  if (!children.empty()) made.__set_children(children);
  return made;
}

std::vector<Call> calls() {
  return {
      {"echo", [](EchoClient& c) { c.send_echo("a \"token\" \\ of\n all \x01 sorts \xc3\xa4"); }},
      {"sum",
       [](EchoClient& c) {
         c.send_sum({1, -2, 300, -70000, 2147483647});
       }},
      {"tree",
       [](EchoClient& c) {
         c.send_tree(node("root", {node("leaf", {}), node("", {node("deep", {})})}));
       }},
      {"counts",
       [](EchoClient& c) {
         c.send_counts({{"a", 1}, {"", -1LL << 40}}, {-5, 5}, {true, false, true}, 0.25);
       }},
      {"scores",
       [](EchoClient& c) {
         c.send_scores({{-7, 1e300}, {0, -0.0}, {12, 1.0 / 3}});
       }},
      {"others",
       [](EchoClient& c) {
         c.send_note("no reply");
         c.send_notes();
         c.send_repeat(3);
         c.send_repeat(-1);
         c.send_refuse("as declared", 7);
         c.send_fail("not declared");
         c.send_fail("int");
         c.send_block("");
       }},
  };
}

/// What a client with this protocol sends, message by message.
std::vector<Bytes> messages(wire::Protocol protocol, const std::function<void(EchoClient&)>& send) {
  /// Ends a message at each flush.
  struct Messages : apache::thrift::transport::TMemoryBuffer {
    void flush() override {
      all.push_back(from_text(getBufferAsString()));
      resetBuffer();
    }
    std::vector<Bytes> all;
  };
  const auto sent = std::make_shared<Messages>();
  EchoClient client(apache_protocol(protocol, sent));
  send(client);
  return sent->all;
}

Bytes unknown_method(wire::Protocol protocol) {
  return written_by_apache(protocol, [](TProtocol& out) {
    out.writeMessageBegin("nobody's", apache::thrift::protocol::T_CALL, 5);
    out.writeStructBegin("");
    out.writeFieldBegin("", apache::thrift::protocol::T_BOOL, 9);
    out.writeBool(true);
    out.writeFieldEnd();
    out.writeFieldStop();
    out.writeStructEnd();
    out.writeMessageEnd();
  });
}

class Corpus {
 public:
  explicit Corpus(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// An input whose options are the byte given.
  void add(const std::string& name, const Bytes& connection, std::uint8_t options = 0) const {
    constexpr std::uint8_t kCut = 9;
    const Bytes input = joined({{options, kCut}, connection});
    std::ofstream file(folder_ / name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(input.data()), static_cast<std::streamsize>(input.size()));
    if (!file.flush()) throw std::runtime_error("cannot write " + (folder_ / name).string());
  }
  void add(const std::string& name, const std::string& text, std::uint8_t options = 0) const {
    add(name, from_text(text), options);
  }

  void add_calls() const {
    for (const wire::Protocol protocol : kSpoken) {
      for (const Call& call : calls())
        add_framed_and_not(protocol, call.first, messages(protocol, call.second));
      add_framed_and_not(protocol, "unknown", {unknown_method(protocol)});
    }
  }

  void add_refused() const {
    add("http", "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    add("text", "SSH-2.0-OpenSSH_9.2\r\n");
    add("tls", from_hex("16 03 01 02 00 01 00 01 fc 03 03"));
    add("header_protocol", from_hex("00 00 00 0d 0f ff 00 00 00 00 00 01 00 01 00 00 00"));
    add("old_binary", from_hex("00 00 00 04 65 63 68 6f 01 00 00 00 07 00"));
    add("negative_frame", from_hex("ff ff ff ff 80 01"));
    const std::string head = "80 01 00 01 00 00 00 03 73 75 6d 00 00 00 07 ";
    add("negative_list", from_hex(head + "0f 00 01 08 ff ff ff ff 00"));
    add("large_list", from_hex(head + "0f 00 01 08 7f ff ff ff 00"));
    add("nested_lists",
        from_hex(head + "0f 00 01 0f 00 00 00 01 0f 00 00 00 01 0f 00 00 00 01 08 00 00 00 00 00"), 128);
    // Bools to the scanner, a list of nodes to the decoder.
    add("disguised_list", from_hex("80 01 00 01 00 00 00 04 74 72 65 65 00 00 00 07 0c 00 01 0f 00 02 02 "
                                   "00 00 00 08 0f 00 02 0c 00 00 01 00 00 00"));
    add("a_reply", from_hex("80 01 00 02 00 00 00 03 73 75 6d 00 00 00 07 00"));
    add("compact_endless_number", from_hex("82 21 ff ff ff ff ff ff ff ff ff ff ff"));
    add("compact_large_list", from_hex("82 21 01 03 73 75 6d 19 f5 ff ff ff ff 07"));
    add("json_brackets", std::string(200, '['));
    add("json_object_behind", R"([1,"notes",1,0,{}]{"1":{"str":"x"}})");
    add("json_padding", R"([1,"notes",1,0,{"1":{"str":"=="},"2":{"i8":300}}])");
    add("json_no_digits", R"([1,"scores",1,9,{"1":{"map":["str","dbl",2,{"":1,"-":"NaN"}]}}])");
    add("json_escapes", R"([1,"echo",1,-9,{"1":{"str":"\u0000\u20ac\ud83d\ude00\/\b"},"-2":{"tf":1}}])");
    add("only_compact", from_hex("80 01 00 01 00 00 00 04 65 63 68 6f 00 00 00 07 00"), 2);
    add("only_framed", R"([1,"notes",1,0,{}])", 8);
    add("two_protocols",
        joined({from_text(R"([1,"notes",1,0,{}])"), from_hex("82 21 00 05 6e 6f 74 65 73 00")}));
  }

 private:
  void add_framed_and_not(wire::Protocol protocol, const std::string& call,
                          const std::vector<Bytes>& sent) const {
    Bytes plain;
    Bytes in_frames;
    for (const Bytes& message : sent) {
      plain = joined({plain, message});
      in_frames = joined({in_frames, framed(message)});
    }
    const std::string name(wire::name(protocol));
    add(name + "_buffered_" + call, plain);
    add(name + "_framed_" + call, in_frames);
  }

  std::filesystem::path folder_;
};

}  // namespace
}  // namespace timeservice::test

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw std::invalid_argument("name the folder");
    const timeservice::test::Corpus corpus(argv[1]);
    corpus.add_calls();
    corpus.add_refused();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "write_corpus: %s\n", error.what());
    return 1;
  }
}
