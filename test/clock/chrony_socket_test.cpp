#include "server/time/clock/chrony_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "test/clock/manual_machine.h"
#include "test/support/catch.h"

namespace timeservice::clock {
namespace {

using namespace std::chrono_literals;

/// A socket of 127.0.0.1 at a free port.
class Udp {
 public:
  Udp() {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&any), sizeof any) == 0);
  }
  ~Udp() { ::close(fd); }
  Udp(const Udp&) = delete;
  Udp& operator=(const Udp&) = delete;

  std::string endpoint() const {
    sockaddr_in own{};
    socklen_t size = sizeof own;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size);
    return fmt::format("127.0.0.1:{}", ntohs(own.sin_port));
  }

  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
};

/// Answers one question as it is told to.
class FakeChronyd {
 public:
  using Answers = std::vector<std::pair<const Udp*, std::string>>;

  explicit FakeChronyd(std::function<Answers(const ChronyRequest&)> answers)
      : thread_([this, answers] {
          ChronyRequest request{};
          sockaddr_in from{};
          socklen_t size = sizeof from;
          if (::recvfrom(socket.fd, request.data(), request.size(), 0, reinterpret_cast<sockaddr*>(&from),
                         &size) != static_cast<ssize_t>(request.size())) {
            return;
          }
          for (const auto& [by, bytes] : answers(request)) {
            ::sendto(by->fd, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
          }
        }) {}
  ~FakeChronyd() { thread_.join(); }

  Udp socket;

 private:
  std::thread thread_;
};

bool ask(ChronySocket& socket, std::vector<std::string>& messages, const std::string& wanted,
         std::chrono::milliseconds patience = 5000ms) {
  return socket.ask(chrony_tracking_request(7), patience, [&](std::string_view message) {
    messages.emplace_back(message);
    return message == wanted;
  });
}

TEST_CASE("a question goes to chronyd and its answer comes back, after whatever came before", "[clock]") {
  const std::string answer = test::ManualReport().answer_to(chrony_tracking_request(7));
  std::string question;
  std::vector<std::string> messages;
  {
    FakeChronyd chronyd([&](const ChronyRequest& request) {
      question.assign(request.begin(), request.end());
      return FakeChronyd::Answers{
          {&chronyd.socket, ""}, {&chronyd.socket, "stray"}, {&chronyd.socket, answer}};
    });
    ChronySocket socket(chronyd.socket.endpoint());
    CHECK(ask(socket, messages, answer));
  }
  CHECK(messages == std::vector<std::string>{"", "stray", answer});
  const ChronyRequest request = chrony_tracking_request(7);
  CHECK(question == std::string(request.begin(), request.end()));
}

TEST_CASE("what comes from another port is not heard", "[clock]") {
  const Udp other;
  std::vector<std::string> messages;
  FakeChronyd chronyd([&](const ChronyRequest&) {
    return FakeChronyd::Answers{{&other, "forged"}, {&chronyd.socket, "true"}};
  });
  ChronySocket socket(chronyd.socket.endpoint());
  CHECK(ask(socket, messages, "true"));
  CHECK(messages == std::vector<std::string>{"true"});
}

TEST_CASE("nobody there, and nobody who answers, end the question", "[clock]") {
  std::vector<std::string> messages;
  std::string gone;
  {
    const Udp closed;
    gone = closed.endpoint();
  }
  ChronySocket nobody(gone);
  const auto before = std::chrono::steady_clock::now();
  CHECK_FALSE(ask(nobody, messages, "", 60s));
  CHECK(std::chrono::steady_clock::now() - before < 60s);  // told by the kernel, not by patience

  const Udp mute;
  ChronySocket silent(mute.endpoint());
  CHECK_FALSE(ask(silent, messages, "", 20ms));
  CHECK(messages.empty());
}

TEST_CASE("a process without a descriptor left gets no answer, and lives", "[clock]") {
  const Udp mute;
  ChronySocket socket(mute.endpoint());
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit none = before;
  none.rlim_cur = 0;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  std::vector<std::string> messages;
  const bool answered = ask(socket, messages, "", 20ms);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK_FALSE(answered);
}

}  // namespace
}  // namespace timeservice::clock
