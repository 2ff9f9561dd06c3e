#include "wire/json_protocol.h"

#include <string>

#include "test/support/catch.h"
#include "test/unit/json_reading.h"

namespace timeservice::wire {
namespace {

using namespace apache::thrift::protocol;
using test::json_of;
using test::or_refused;

TEST_CASE("each method says how many bytes it read", "[wire][json]") {
  const std::string text = R"([1,"m",1,-7,{"-3":{"map":["i32","dbl",1,{"5":0.5}]}}])";
  const auto in = json_of(text);
  std::string method;
  std::string name;
  TMessageType type = T_REPLY;
  TType key = T_STOP;
  TType value = T_STOP;
  std::int32_t seqid = 0;
  std::int16_t id = 0;
  std::int32_t number = 0;
  double real = 0;
  std::uint32_t size = 0;
  CHECK(in->readMessageBegin(method, type, seqid) == 11);
  CHECK(seqid == -7);
  CHECK(in->readStructBegin(name) == 2);
  CHECK(in->readFieldBegin(name, key, id) == 11);
  CHECK(id == -3);
  CHECK(in->readMapBegin(key, value, size) == 17);
  CHECK(in->readI32(number) == 3);
  CHECK(in->readDouble(real) == 4);
  CHECK(in->readMapEnd() == 2);
  CHECK(in->readFieldEnd() == 1);
  CHECK(in->readFieldBegin(name, key, id) == 0);
  CHECK(in->readStructEnd() == 1);
  CHECK(in->readMessageEnd() == 1);
}

TEST_CASE("names of types are read whole", "[wire][json]") {
  const auto element = [](const std::string& name) -> int {
    TType type = T_STOP;
    or_refused([&] {
      std::uint32_t size = 0;
      json_of("[\"" + name + "\",0]")->readListBegin(type, size);
      return "";
    });
    return type;
  };
  CHECK(element("tf") == T_BOOL);
  CHECK(element("i8") == T_BYTE);
  CHECK(element("i16") == T_I16);
  CHECK(element("i32") == T_I32);
  CHECK(element("i64") == T_I64);
  CHECK(element("dbl") == T_DOUBLE);
  CHECK(element("str") == T_STRING);
  CHECK(element("rec") == T_STRUCT);
  CHECK(element("map") == T_MAP);
  CHECK(element("lst") == T_LIST);
  CHECK(element("set") == T_SET);
  for (const auto* none : {"", "i", "i1", "i33", "strx", "true", "STR"}) {
    CAPTURE(none);
    CHECK(element(none) == T_STOP);
  }
}

TEST_CASE("brackets and separators stand where Thrift writes them", "[wire][json]") {
  const auto map = [](std::string_view text) {
    return or_refused([&] {
      const auto in = json_of(text);
      TType type = T_STOP;
      std::uint32_t size = 0;
      std::string numbers;
      in->readMapBegin(type, type, size);
      for (std::uint32_t i = 0; i < 2 * size; ++i) {
        std::int16_t number = 0;
        in->readI16(number);
        numbers += fmt::format("{} ", number);
      }
      in->readMapEnd();
      return numbers;
    });
  };
  CHECK(map(R"(["i16","i16",2,{"1":2,"3":4}])") == "1 2 3 4 ");
  for (const auto* wrong : {R"({"i16","i16",2,{"1":2,"3":4}])", R"(["i16","i16",2,["1":2,"3":4}])",
                            R"(["i16":"i16",2,{"1":2,"3":4}])", R"(["i16","i16":2,{"1":2,"3":4}])",
                            R"(["i16","i16",2:{"1":2,"3":4}])", R"(["i16","i16",2,{"1",2,"3":4}])",
                            R"(["i16","i16",2,{"1":2:"3":4}])", R"(["i16","i16",2,{1:2,"3":4}])",
                            R"(["i16","i16",2,{"1":"2","3":4}])", R"(["i16","i16",2,{"1":2,"3":4]])",
                            R"(["i16","i16",2,{"1":2,"3":4}})", R"(["i16","i16",1,{"1":2,"3":4}])",
                            R"( ["i16","i16",2,{"1":2,"3":4}])", R"(["i16","i16",2,{"1": 2,"3":4}])"}) {
    CAPTURE(wrong);
    CHECK(map(wrong) == "refused");
  }
}

TEST_CASE("a message's version and type are held against what there is", "[wire][json]") {
  const auto begin = [](std::string_view text) {
    return or_refused([&] {
      std::string method;
      TMessageType type = T_CALL;
      std::int32_t seqid = 0;
      json_of(text)->readMessageBegin(method, type, seqid);
      return fmt::format("{} {} {}", method, static_cast<int>(type), seqid);
    });
  };
  CHECK(begin(R"([1,"m",1,0,)") == "m 1 0");
  CHECK(begin(R"([1,"m",4,-2147483648,)") == "m 4 -2147483648");
  CHECK(begin(R"([2,"m",1,0,)") == "refused");
  CHECK(begin(R"([1,"m",0,0,)") == "refused");
  CHECK(begin(R"([1,"m",5,0,)") == "refused");
  CHECK(begin(R"([1,"m",1,2147483648,)") == "refused");
  CHECK(begin(R"(1,"m",1,0,)") == "refused");
}

}  // namespace
}  // namespace timeservice::wire
