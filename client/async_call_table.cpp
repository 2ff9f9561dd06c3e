#include "client/async_call_table.h"

namespace timeservice::client {

std::int32_t AsyncCallTable::next_number() {
  do {
    last_ = last_ == largest_ ? 1 : last_ + 1;
  } while (calls_.contains(last_) || late_.contains(last_));
  return last_;
}

std::int32_t AsyncCallTable::add(std::unique_ptr<AsyncCall> call) {
  const std::int32_t number = next_number();
  // Most calls of a program are given the same time: theirs is the last deadline.
  deadlines_.emplace_hint(deadlines_.end(), call->deadline(), number);
  calls_[number].call = std::move(call);
  return number;
}

void AsyncCallTable::mark_sent(std::int32_t number) {
  calls_.at(number).sent = true;
  ++sent_;
}

AsyncCall* AsyncCallTable::find(std::int32_t number) const {
  const auto found = calls_.find(number);
  return found == calls_.end() ? nullptr : found->second.call.get();
}

AsyncCallTable::Entry AsyncCallTable::remove(std::unordered_map<std::int32_t, Entry>::iterator found) {
  Entry entry = std::move(found->second);
  deadlines_.erase({entry.call->deadline(), found->first});
  calls_.erase(found);
  if (entry.sent) --sent_;
  return entry;
}

std::unique_ptr<AsyncCall> AsyncCallTable::take(std::int32_t number) {
  return remove(calls_.find(number)).call;
}

std::optional<AsyncCallTable::Overdue> AsyncCallTable::take_overdue(Clock::time_point now) {
  if (deadlines_.empty() || deadlines_.begin()->first > now) return std::nullopt;
  const std::int32_t number = deadlines_.begin()->second;
  Entry entry = remove(calls_.find(number));
  if (entry.sent) late_.insert(number);
  return Overdue{std::move(entry.call), entry.sent};
}

AsyncCallTable::Calls AsyncCallTable::take_all() {
  Calls all;
  all.reserve(calls_.size());
  for (const auto& [deadline, number] : deadlines_) all.push_back(std::move(calls_.at(number).call));
  deadlines_.clear();
  calls_.clear();
  late_.clear();
  sent_ = 0;
  return all;
}

std::optional<AsyncCallTable::Clock::time_point> AsyncCallTable::next_deadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

}  // namespace timeservice::client
