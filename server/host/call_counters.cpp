#include "server/host/call_counters.h"

#include <map>

namespace timeservice::host {

// The generated code passes the same literal for a method each time, so its
// address finds the slot; two literals of one name are added up in methods().
CallCounters::Slot& CallCounters::slot(const char* method) {
  for (std::size_t i = 0; i + 1 < slots_.size(); ++i) {
    const char* name = slots_[i].name.load(std::memory_order_acquire);
    if (name == method) return slots_[i];
    if (name == nullptr && slots_[i].name.compare_exchange_strong(name, method, std::memory_order_acq_rel)) {
      return slots_[i];
    }
    if (name == method) return slots_[i];  // another thread took it for the same method
  }
  slots_.back().name.store("(others)", std::memory_order_release);
  return slots_.back();
}

std::vector<CallCounters::Method> CallCounters::methods() const {
  std::map<std::string, Method> by_name;
  for (const Slot& slot : slots_) {
    const char* name = slot.name.load(std::memory_order_acquire);
    if (name == nullptr) continue;
    const std::uint64_t ended = slot.ended.load();
    const std::uint64_t calls = slot.calls.load();
    Method& method = by_name.try_emplace(name, Method{name, 0, 0, 0}).first->second;
    method.calls += calls;
    method.failed += slot.failed.load();
    method.in_flight += calls - ended;
  }
  std::vector<Method> methods;
  methods.reserve(by_name.size());
  for (auto& [name, method] : by_name) methods.push_back(std::move(method));
  return methods;
}

void* CallCounters::getContext(const char* method, void* connection) {
  slot(method).calls.fetch_add(1, std::memory_order_relaxed);
  return next_ ? next_->getContext(method, connection) : nullptr;
}

void CallCounters::freeContext(void* context, const char* method) {
  slot(method).ended.fetch_add(1, std::memory_order_release);
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
  slot(method).failed.fetch_add(1, std::memory_order_relaxed);
  if (next_) next_->handlerError(context, method);
}

}  // namespace timeservice::host
