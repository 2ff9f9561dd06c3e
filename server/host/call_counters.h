#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <thrift/TProcessor.h>

#include "server/host/busy_counter.h"

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
    /// Of these, how many ended in an exception that the IDL does not declare: the
    /// handler's, or one of decoding its arguments.
    std::uint64_t failed;
    /// Begun and not ended, at this moment.
    std::uint64_t in_flight;
  };

  explicit CallCounters(std::shared_ptr<apache::thrift::TProcessorEventHandler> next)
      : next_(std::move(next)) {}
  ~CallCounters() override;

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
  struct Counts {
    explicit Counts(const char* name) : method(name) {}

    /// The generated code's literal, told apart by address.
    const char* method;
    BusyCounter calls;
    BusyCounter failed;
    BusyCounter ended;
  };
  static constexpr std::size_t kMostMethods = 512;

  Counts& counts_of(const char* method);
  Counts& make_counts_of(const char* method);

  std::shared_ptr<apache::thrift::TProcessorEventHandler> next_;
  /// Its own; filled from the front, and never changed again.
  std::array<std::atomic<Counts*>, kMostMethods> counts_ = {};
  /// Of methods beyond so many.
  Counts others_{"(others)"};
};

}  // namespace timeservice::host
