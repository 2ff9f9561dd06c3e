#pragma once

#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>

#include "Echo.h"

namespace timeservice::test {

/// The test service's handler, for calls that are made without a host.
class EchoHandler : public echo_service::EchoNull {
 public:
  void echo(std::string& reply, const std::string& token) override {
    if (on_echo) on_echo();
    reply = token;
  }
  void refuse(const std::string& message, const std::int32_t code) override {
    echo_service::Refused refused;
    refused.message = message;
    refused.code = code;
    throw refused;
  }
  void fail(const std::string& message) override {
    if (message == "int") throw 42;
    throw std::runtime_error(message);
  }
  void tree(echo_service::Node& reply, const echo_service::Node& root) override { reply = root; }
  std::int64_t sum(const std::vector<std::int32_t>& numbers) override {
    std::int64_t sum = 0;
    for (const std::int32_t number : numbers) sum += number;
    return sum;
  }
  void counts(std::map<std::string, std::int64_t>& reply, const std::map<std::string, std::int64_t>& counts,
              const std::set<std::int16_t>&, const std::vector<bool>&, const double) override {
    reply = counts;
  }
  void scores(std::map<std::int32_t, double>& reply, const std::map<std::int32_t, double>& scores) override {
    reply = scores;
  }
  void repeat(std::string& reply, const std::int32_t count) override {
    reply.assign(static_cast<std::size_t>(count), 'r');
  }
  void note(const std::string&) override { ++notes_; }
  std::int64_t notes() override { return notes_; }

  /// Runs inside echo().
  std::function<void()> on_echo;

 private:
  std::atomic<std::int64_t> notes_ = 0;
};

}  // namespace timeservice::test
