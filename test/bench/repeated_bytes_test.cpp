#include "bench/repeated_bytes.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "bench/descriptor.h"
#include "test/support/catch.h"
#include "test/unit/bytes.h"

namespace timeservice::bench {
namespace {

/// Two ends of one connection; sends on the first do not wait.
struct Pair {
  Pair() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    sending = Descriptor(ends[0]);
    receiving = Descriptor(ends[1]);
  }

  std::string receive() {
    std::string all;
    std::array<char, 4096> part;
    for (ssize_t got = 0; (got = ::recv(receiving.get(), part.data(), part.size(), 0)) > 0;) {
      all.append(part.data(), static_cast<std::size_t>(got));
    }
    return all;
  }

  Descriptor sending;
  Descriptor receiving;
};

TEST_CASE("as many copies are sent as are owed", "[bench]") {
  const RepeatedBytes bytes(test::from_text("abc"));
  RepeatedSend send(bytes);
  Pair pair;
  CHECK(send.flush(pair.sending.get()) == 0);
  CHECK(pair.receive().empty());
  send.owe(1);
  send.owe(2);
  CHECK(send.owes());
  CHECK(send.flush(pair.sending.get()) == 0);
  CHECK_FALSE(send.owes());
  CHECK(pair.receive() == "abcabcabc");
}

TEST_CASE("a socket that takes a part gets the rest later, without a gap", "[bench]") {
  const std::string unit = "abcdefg";
  const RepeatedBytes bytes(test::from_text(unit));
  constexpr std::size_t kCopies = 300'000;  // more than a socket or a block holds
  RepeatedSend send(bytes);
  Pair pair;
  send.owe(kCopies);
  CHECK(send.flush(pair.sending.get()) == 0);
  CHECK(send.owes());
  std::string all = pair.receive();
  while (send.owes()) {
    REQUIRE(send.flush(pair.sending.get()) == 0);
    all += pair.receive();
  }
  REQUIRE(all.size() == kCopies * unit.size());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < all.size(); ++i) wrong += all[i] != unit[i % unit.size()];
  CHECK(wrong == 0);
}

TEST_CASE("a peer that is gone is an error", "[bench]") {
  const RepeatedBytes bytes(test::from_text("abc"));
  RepeatedSend send(bytes);
  Pair pair;
  pair.receiving = Descriptor();
  send.owe(1);
  CHECK(send.flush(pair.sending.get()) == EPIPE);
}

}  // namespace
}  // namespace timeservice::bench
