#include "server/host/call_counters.h"

#include <exception>
#include <map>

namespace timeservice::host {

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
    const std::uint64_t ended = counts.ended;  // first, or more might have ended than begun
    const std::uint64_t calls = counts.calls;
    Method& method = by_name.try_emplace(counts.method, Method{counts.method, 0, 0, 0}).first->second;
    method.calls += calls;
    method.failed += counts.failed;
    method.in_flight += calls - ended;
  };
  for (const auto& place : counts_) {
    if (const Counts* counts = place.load(std::memory_order_acquire)) add(*counts);
  }
  if (others_.calls > 0) add(others_);
  std::vector<Method> methods;
  methods.reserve(by_name.size());
  for (auto& [name, method] : by_name) methods.push_back(std::move(method));
  return methods;
}

void* CallCounters::getContext(const char* method, void* connection) {
  counts_of(method).calls.add(1);
  return next_ ? next_->getContext(method, connection) : nullptr;
}

// Generated code knows nothing of exceptions that are no std::exception, nor of those that
// decoding throws; they are on their way out when it frees the context.
void CallCounters::freeContext(void* context, const char* method) {
  Counts& counts = counts_of(method);
  if (std::uncaught_exceptions() > 0) counts.failed.add(1);
  counts.ended.add(1);
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

void CallCounters::handlerError(void* context, const char* method) {
  counts_of(method).failed.add(1);
  if (next_) next_->handlerError(context, method);
}

}  // namespace timeservice::host
