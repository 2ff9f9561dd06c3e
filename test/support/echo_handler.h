#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "Echo.h"

namespace timeservice::test {

/// Lets tests hold handlers back: block() waits here until release().
class Latch {
 public:
  /// Handlers: waits for release().
  void wait();
  /// Tests: until `count` handlers wait. Throws after a bounded time.
  void until_waiting(int count);
  void release();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool released_ = false;
};

/// The service of test/support/echo.thrift. Any thread.
class EchoHandler : public echo_service::EchoIf {
 public:
  explicit EchoHandler(Latch& latch) : latch_(latch) {}

  void echo(std::string& reply, const std::string& token) override { reply = token; }
  void refuse(const std::string& message, std::int32_t code) override;
  void fail(const std::string& message) override;
  void block(std::string& reply, const std::string& token) override;
  void tree(echo_service::Node& reply, const echo_service::Node& root) override { reply = root; }
  std::int64_t sum(const std::vector<std::int32_t>& numbers) override;
  void counts(std::map<std::string, std::int64_t>& reply, const std::map<std::string, std::int64_t>& counts,
              const std::set<std::int16_t>&, const std::vector<bool>&, double) override {
    reply = counts;
  }
  void scores(std::map<std::int32_t, double>& reply, const std::map<std::int32_t, double>& scores) override {
    reply = scores;
  }
  void repeat(std::string& reply, std::int32_t count) override {
    reply.assign(static_cast<std::size_t>(count), 'x');
  }
  void note(const std::string& token) override;
  std::int64_t notes() override { return notes_; }

 private:
  Latch& latch_;
  std::atomic<std::int64_t> notes_ = 0;
};

}  // namespace timeservice::test
