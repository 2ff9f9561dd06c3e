#include "server/host/call_counters.h"

#include <exception>
#include <map>
#include <utility>

#include "server/host/monotonic.h"

namespace timeservice::host {
namespace {

void add_up(CallCounters::Method& all, const CallCounters::Method& more) {
  all.calls += more.calls;
  all.failed += more.failed;
  all.in_flight += more.in_flight;
  for (std::size_t i = 0; i < all.errors.size(); ++i) all.errors[i] += more.errors[i];
  all.durations += more.durations;
}

// Apart from the turn, which each call looks at: this one has a destructor, so that a thread has to
// find out at each look whether it was made.
thread_local std::optional<CallCounters::Thrown> thrown;

}  // namespace

/// What a thread's turn has run so far, and what its current call is at.
struct CallCounters::Turn {
  struct Entry {
    Counts* counts = nullptr;
    std::uint64_t calls = 0;
  };

  bool open = false;
  Clock read_at{};
  /// The last call's.
  Counts* last = nullptr;
  /// The call's that an exception came out of.
  Counts* thrown_from = nullptr;
  /// Of so many methods; a turn with more of them is measured in parts.
  std::array<Entry, 8> entries = {};
  std::size_t used = 0;

  void add(Counts& counts) {
    last = &counts;
    for (std::size_t i = 0; i < used; ++i) {
      if (entries[i].counts != &counts) continue;
      ++entries[i].calls;
      return;
    }
    if (used == entries.size()) flush(precise_now());
    entries[used++] = {&counts, 1};
  }

  void flush(Clock now) {
    for (std::size_t i = 0; i < used; ++i) entries[i].counts->durations.add(now - read_at, entries[i].calls);
    used = 0;
  }
};

thread_local constinit CallCounters::Turn CallCounters::turn_;

CallCounters::~CallCounters() {
  for (const auto& counts : counts_) delete counts.load();
}

// The generated code passes the same literal for a method each time, so its
// address finds the counts; two literals of one name are added up in methods().
inline CallCounters::Counts& CallCounters::counts_of(const char* method) {
  for (const auto& place : counts_) {
    Counts* const counts = place.load(std::memory_order_acquire);
    if (counts == nullptr) break;
    if (counts->method == method) return *counts;
  }
  return make_counts_of(method);
}

CallCounters::Counts& CallCounters::make_counts_of(const char* method) {
  if (counts_.back().load(std::memory_order_acquire) != nullptr) return others_;
  auto made = std::make_unique<Counts>(method);
  for (auto& place : counts_) {
    Counts* there = nullptr;
    if (place.compare_exchange_strong(there, made.get(), std::memory_order_acq_rel)) return *made.release();
    if (there->method == method) return *there;  // another thread was first
  }
  return others_;
}

std::vector<CallCounters::Method> CallCounters::methods() const {
  std::map<std::string, Method> by_name;
  const auto add = [&](const Counts& counts) {
    // First, or more might have ended than begun, and been answered than made.
    const auto durations = counts.durations.snapshot();
    const std::uint64_t ended = counts.numbers.load(kEnded);
    Method now{.name = counts.method, .durations = durations};
    for (const CallErrorRow& row : kCallErrors) {
      const std::uint64_t count = counts.numbers.load(number_of(row.error));
      now.errors[static_cast<std::size_t>(row.error)] = count;
      if (row.is_failure) now.failed += count;
    }
    now.calls = counts.numbers.load(kCalls);
    now.in_flight = now.calls - ended;
    const auto [entry, is_new] = by_name.try_emplace(now.name, now);
    if (!is_new) add_up(entry->second, now);
  };
  for (const auto& place : counts_) {
    if (const Counts* counts = place.load(std::memory_order_acquire)) add(*counts);
  }
  if (others_.numbers.load(kCalls) > 0) add(others_);
  std::vector<Method> methods;
  methods.reserve(by_name.size());
  for (auto& [name, method] : by_name) methods.push_back(std::move(method));
  return methods;
}

void CallCounters::begin_turn(Clock read_at) {
  turn_.open = true;
  turn_.read_at = read_at;
}

void CallCounters::flush_turn(Clock now) { turn_.flush(now); }

void CallCounters::end_turn() {
  turn_.open = false;
  turn_.last = nullptr;
}

void CallCounters::count_declared() {
  if (turn_.last != nullptr) turn_.last->numbers.add(number_of(CallError::kDeclared), 1);
}

void CallCounters::count_thrown(CallError why, const char* what) {
  Counts* const counts = std::exchange(turn_.thrown_from, nullptr);
  if (counts == nullptr) return;
  counts->numbers.add(number_of(why), 1);
  if (why == CallError::kException) thrown = {counts->method, what};
}

std::optional<CallCounters::Thrown> CallCounters::take_thrown() {
  return std::exchange(thrown, std::nullopt);
}

void* CallCounters::getContext(const char* method, void* connection) {
  counts_of(method).numbers.add(kCalls, 1);
  return next_ ? next_->getContext(method, connection) : nullptr;
}

// Generated code knows nothing of exceptions that are no std::exception, nor of those that
// decoding throws; they are on their way out when it frees the context. Who catches them
// knows which it was.
void CallCounters::freeContext(void* context, const char* method) {
  Counts& counts = counts_of(method);
  if (std::uncaught_exceptions() > 0) turn_.thrown_from = &counts;
  counts.numbers.add(kEnded, 1);
  if (turn_.open) turn_.add(counts);
  if (next_) next_->freeContext(context, method);
}

void CallCounters::preRead(void* context, const char* method) {
  if (next_) next_->preRead(context, method);
}

void CallCounters::postRead(void* context, const char* method, std::uint32_t bytes) {
  if (next_) next_->postRead(context, method, bytes);
}

void CallCounters::preWrite(void* context, const char* method) {
  if (next_) next_->preWrite(context, method);
}

void CallCounters::postWrite(void* context, const char* method, std::uint32_t bytes) {
  if (next_) next_->postWrite(context, method, bytes);
}

void CallCounters::asyncComplete(void* context, const char* method) {
  if (next_) next_->asyncComplete(context, method);
}

// Generated code calls it where it has caught the exception, and of a oneway call nobody else hears.
void CallCounters::handlerError(void* context, const char* method) {
  counts_of(method).numbers.add(number_of(CallError::kException), 1);
  try {
    if (std::current_exception()) throw;
  } catch (const std::exception& error) {
    thrown = {method, error.what()};
  } catch (...) {  // generated code catches none of these
  }
  if (next_) next_->handlerError(context, method);
}

}  // namespace timeservice::host
