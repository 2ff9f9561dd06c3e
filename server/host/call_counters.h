#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <thrift/TProcessor.h>

namespace timeservice::host {

/// Calls by method, fed by the processor itself and so the same in every mode.
/// Hands each event on to the handler that the processor had before, if any.
/// Any thread; no locks.
class CallCounters : public apache::thrift::TProcessorEventHandler {
 public:
  struct Method {
    /// "Service.method".
    std::string name;
    std::uint64_t calls;
    /// Of these, how many ended in a std::exception that the IDL does not declare.
    std::uint64_t failed;
    /// Begun and not ended, at this moment.
    std::uint64_t in_flight;
  };

  explicit CallCounters(std::shared_ptr<apache::thrift::TProcessorEventHandler> next)
      : next_(std::move(next)) {}

  /// One entry a method that was called at least once.
  std::vector<Method> methods() const;

  void* getContext(const char* method, void* connection) override;
  void freeContext(void* context, const char* method) override;
  void preRead(void* context, const char* method) override;
  void postRead(void* context, const char* method, std::uint32_t bytes) override;
  void preWrite(void* context, const char* method) override;
  void postWrite(void* context, const char* method, std::uint32_t bytes) override;
  void asyncComplete(void* context, const char* method) override;
  void handlerError(void* context, const char* method) override;

 private:
  struct Slot {
    /// The generated code's literal, told apart by address; null while the slot is free.
    std::atomic<const char*> name = nullptr;
    std::atomic<std::uint64_t> calls = 0;
    std::atomic<std::uint64_t> failed = 0;
    std::atomic<std::uint64_t> ended = 0;
  };
  static constexpr std::size_t kMostMethods = 512;

  Slot& slot(const char* method);

  std::shared_ptr<apache::thrift::TProcessorEventHandler> next_;
  std::array<Slot, kMostMethods> slots_;
};

}  // namespace timeservice::host
