#include "test/support/echo_handler.h"

#include <chrono>
#include <stdexcept>

namespace timeservice::test {

void Latch::wait() {
  std::unique_lock lock(mutex_);
  ++waiting_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return released_; });
  --waiting_;
}

void Latch::until_waiting(int count) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::seconds(30), [&] { return waiting_ >= count; })) {
    throw std::runtime_error("no handler came to the latch");
  }
}

void Latch::release() {
  const std::lock_guard lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

void EchoHandler::refuse(const std::string& message, std::int32_t code) {
  echo_service::Refused refused;
  refused.message = message;
  refused.code = code;
  throw refused;
}

void EchoHandler::fail(const std::string& message) {
  if (message == "int") throw 42;  // not even a std::exception
  throw std::runtime_error(message);
}

void EchoHandler::block(std::string& reply, const std::string& token) {
  latch_.wait();
  reply = token;
}

std::int64_t EchoHandler::sum(const std::vector<std::int32_t>& numbers) {
  std::int64_t sum = 0;
  for (const std::int32_t number : numbers) sum += number;
  return sum;
}

void EchoHandler::note(const std::string&) { ++notes_; }

}  // namespace timeservice::test
