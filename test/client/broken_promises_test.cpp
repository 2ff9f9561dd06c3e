// Replies of which a part is missing, for both clients: nothing of them may pass for 0.

#include <functional>
#include <string>

#include "test/client/async_under_test.h"
#include "test/client/client_under_test.h"
#include "test/client/peer.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

using apache::thrift::protocol::T_LIST;
using apache::thrift::protocol::T_STRUCT;
using apache::thrift::protocol::TProtocol;

/// Replies to each call with a struct without fields, or a list of one such.
void reply_with_nothing(PeerConnection& connection, int) {
  for (;;) {
    const auto request = connection.read_request();
    const bool list = request.method.ends_with("_local") || request.method == "zone_periods";
    connection.reply(request, list ? T_LIST : T_STRUCT, [&](TProtocol& protocol) {
      if (list) protocol.writeListBegin(T_STRUCT, 1);
      protocol.writeFieldStop();
    });
  }
}

TEST_CASE("a reply without its fields is none, in each call of either client", "[broken_promises]") {
  struct Row {
    const char* method;
    std::function<void(TimeClient&)> call;
    std::function<void(AsyncTimeClient&)> async_call;
  };
  const Row rows[] = {
      {"now", [](TimeClient& client) { client.now(); },
       [](AsyncTimeClient& client) { get(client.now(0, kPatience)); }},
      {"exchange", [](TimeClient& client) { client.exchange(); },
       [](AsyncTimeClient& client) { get(client.exchange_once(kPatience)); }},
      {"get_timestamps", [](TimeClient& client) { client.get_timestamps(); },
       [](AsyncTimeClient& client) { get(client.get_timestamps(1, kPatience)); }},
      {"to_local", [](TimeClient& client) { client.to_local({1}); },
       [](AsyncTimeClient& client) { get(client.to_local({1}, "", "", kPatience)); }},
      {"from_local", [](TimeClient& client) { client.from_local({"a"}); },
       [](AsyncTimeClient& client) {
         get(client.from_local({"a"}, "", "", Disambiguation::REJECT, kPatience));
       }},
      {"zone_periods", [](TimeClient& client) { client.zone_periods("", 0, 1); },
       [](AsyncTimeClient& client) { get(client.zone_periods("", 0, 1, kPatience)); }},
      {"get_status", [](TimeClient& client) { client.get_status(); },
       [](AsyncTimeClient& client) { get(client.get_status(kPatience)); }},
  };
  for (const Row& row : rows) {
    CAPTURE(row.method);
    Peer peer(reply_with_nothing);
    TimeClient client(patient_options({peer.endpoint()}));
    CHECK_THROWS_AS(row.call(client), ProtocolMismatch);
    AsyncTimeClient async_client(patient_options({peer.endpoint()}));
    CHECK_THROWS_AS(row.async_call(async_client), ProtocolMismatch);
  }
}

TEST_CASE("zones out of order are refused by either client", "[broken_promises]") {
  struct Disordered : LocalClock {
    void list_zones(std::vector<std::string>& names) override { names = {"UTC", "Africa/Abidjan"}; }
  } service;
  Peer peer([&](PeerConnection& connection, int) { connection.serve(service); });
  TimeClient client(patient_options({peer.endpoint()}));
  CHECK_THROWS_AS(client.list_zones(), ProtocolMismatch);
  AsyncTimeClient async_client(patient_options({peer.endpoint()}));
  CHECK_THROWS_AS(get(async_client.list_zones(kPatience)), ProtocolMismatch);
}

TEST_CASE("every call of the asynchronous client gives what was asked for", "[broken_promises]") {
  LocalClock service;
  Peer peer([&](PeerConnection& connection, int) { connection.serve(service); });
  AsyncTimeClient client(patient_options({peer.endpoint()}));
  CHECK(get(client.now(0, kPatience)).state == ClockState::SYNCHRONIZED);
  CHECK(get(client.get_timestamps(3, kPatience)).first == 1001);
  CHECK(get(client.get_timestamps(1, kPatience)).first == 1004);
  CHECK(get(client.to_local({7}, "Zulu", "%F", kPatience)).at(0).text == "Zulu|%F|7");
  const auto resolved = get(client.from_local({"abc"}, "UTC", "", Disambiguation::EARLIER, kPatience));
  CHECK(resolved.at(0).instant_ns == 3);
  CHECK(resolved.at(0).kind == LocalKind::REPEATED);
  CHECK(get(client.zone_periods("UTC", 3, 9, kPatience)).at(1).end_ns == 9);
  CHECK(get(client.list_zones(kPatience)).size() == 3);
  CHECK_THROWS_AS(get(client.now(1, kPatience)), ClockUnreliableError);
}

}  // namespace
}  // namespace timeservice::client
