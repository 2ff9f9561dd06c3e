#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

namespace timeservice::test {

/// A logger, and the lines that it was given, at debug level and above.
class CapturedLog {
 public:
  std::shared_ptr<spdlog::logger> logger() const { return logger_; }
  /// How many lines hold the text.
  std::size_t count(const std::string& text) const { return sink_->count(text); }

 private:
  class Sink : public spdlog::sinks::base_sink<std::mutex> {
   public:
    std::size_t count(const std::string& text) {
      const std::lock_guard lock(mutex_);
      std::size_t found = 0;
      for (const std::string& line : lines_) found += line.find(text) != std::string::npos ? 1 : 0;
      return found;
    }

   private:
    void sink_it_(const spdlog::details::log_msg& message) override {
      lines_.emplace_back(message.payload.data(), message.payload.size());
    }
    void flush_() override {}

    std::vector<std::string> lines_;
  };

  static std::shared_ptr<spdlog::logger> made(const std::shared_ptr<Sink>& sink) {
    auto logger = std::make_shared<spdlog::logger>("captured", sink);
    logger->set_level(spdlog::level::debug);
    return logger;
  }

  std::shared_ptr<Sink> sink_ = std::make_shared<Sink>();
  std::shared_ptr<spdlog::logger> logger_ = made(sink_);
};

}  // namespace timeservice::test
