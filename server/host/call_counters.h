#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <thrift/TProcessor.h>

#include "server/host/busy_counter.h"
#include "server/host/duration_histogram.h"

namespace timeservice::host {

/// How a call of a method ended that was not answered with a result.
enum class CallError : std::uint8_t {
  kException,  ///< the handler threw what the IDL does not declare
  kArguments,  ///< its arguments could not be decoded
  kDeclared,   ///< an exception that the IDL declares: an answer, and no failure
};

struct CallErrorRow {
  CallError error;
  std::string_view name;
  /// Whether it says that something is wrong with the server or its client.
  bool is_failure;
};

inline constexpr auto kCallErrors = std::to_array<CallErrorRow>({
    {CallError::kException, "exception", true},
    {CallError::kArguments, "arguments", true},
    {CallError::kDeclared, "declared", false},
});

/// Calls by method, fed by the processor itself and so the same in every mode.
/// Hands each event on to the handler that the processor had before, if any.
///
/// Reading a clock twice for a call that takes half a microsecond would cost a tenth of
/// it. So time is measured by turn: the calls of one read whose replies go out together.
/// Each of them took as long as its turn, for so long its client waited for its reply.
///
/// Any thread; no locks.
class CallCounters : public apache::thrift::TProcessorEventHandler {
 public:
  using Clock = std::chrono::nanoseconds;

  struct Method {
    /// "Service.method".
    std::string name;
    std::uint64_t calls = 0;
    /// Of these, how many ended in an exception that the IDL does not declare: the
    /// handler's, or one of decoding its arguments.
    std::uint64_t failed = 0;
    /// Begun and not ended, at this moment.
    std::uint64_t in_flight = 0;
    /// In the order of kCallErrors; declared exceptions are counted while calls are measured.
    std::array<std::uint64_t, kCallErrors.size()> errors = {};
    /// From when their bytes were read until their replies were the kernel's to send, of
    /// the calls that were measured: those of turns.
    DurationHistogram::Snapshot durations = {};

    std::uint64_t of(CallError error) const { return errors[static_cast<std::size_t>(error)]; }
  };

  /// What a handler threw that the IDL does not declare.
  struct Thrown {
    /// "Service.method".
    const char* method;
    std::string what;
  };

  explicit CallCounters(std::shared_ptr<apache::thrift::TProcessorEventHandler> next)
      : next_(std::move(next)) {}
  ~CallCounters() override;

  /// One entry a method that was called at least once.
  std::vector<Method> methods() const;

  // The calling thread's turn; one at a time. Times are of the monotonic clock.
  /// The calls that this thread runs from now on were read at `read_at`.
  static void begin_turn(Clock read_at);
  /// The replies of those so far are sent, as far as the socket takes them; more may follow.
  static void flush_turn(Clock now);
  static void end_turn();
  /// The call that this thread ran last, in its turn, was answered with an exception that the IDL declares.
  static void count_declared();
  /// The call that this thread ran last was ended by an exception that came out of the processor.
  static void count_thrown(CallError why, const char* what);
  /// What the call that this thread ran last was ended by, if by a handler's exception. Each is told once.
  static std::optional<Thrown> take_thrown();

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
    /// What is counted with each call: kCalls, kEnded, then its errors.
    BusyCounters<2 + kCallErrors.size()> numbers;
    DurationHistogram durations;
  };
  struct Turn;
  static constexpr std::size_t kMostMethods = 512;
  static constexpr std::size_t kCalls = 0;
  static constexpr std::size_t kEnded = 1;
  static constexpr std::size_t number_of(CallError error) { return 2 + static_cast<std::size_t>(error); }

  Counts& counts_of(const char* method);
  Counts& make_counts_of(const char* method);

  static thread_local constinit Turn turn_;

  std::shared_ptr<apache::thrift::TProcessorEventHandler> next_;
  /// Its own; filled from the front, and never changed again.
  std::array<std::atomic<Counts*>, kMostMethods> counts_ = {};
  /// Of methods beyond so many.
  Counts others_{"(others)"};
};

}  // namespace timeservice::host
