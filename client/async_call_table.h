#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "client/async_call.h"

namespace timeservice::client {

/// The calls of one client that have not ended, by their number (Thrift's seqid) and
/// by their deadline; and the numbers of those that ended at their deadline, whose
/// replies may still come: such a reply is told from one that nobody has asked for.
///
/// Owns the calls. One thread at a time.
class AsyncCallTable {
 public:
  using Clock = AsyncCall::Clock;
  using Calls = std::vector<std::unique_ptr<AsyncCall>>;

  /// Numbers go up to `largest`, and there are more than ever in use at once.
  explicit AsyncCallTable(std::int32_t largest = std::numeric_limits<std::int32_t>::max())
      : largest_(largest) {}

  /// Its number: from 1 to the largest, then again from 1, never one that is in use.
  std::int32_t add(std::unique_ptr<AsyncCall> call);
  /// Its request is on its way: from now on the server owes a reply.
  void mark_sent(std::int32_t number);

  /// Null for a number that is none of a call here.
  AsyncCall* find(std::int32_t number) const;
  /// The call of a number that is here.
  std::unique_ptr<AsyncCall> take(std::int32_t number);
  /// A call whose deadline has passed, and whether a reply may still come, for which
  /// its number is kept; nothing when there is none.
  struct Overdue {
    std::unique_ptr<AsyncCall> call;
    bool sent;
  };
  std::optional<Overdue> take_overdue(Clock::time_point now);
  /// All calls, in the order of their deadlines. No reply comes any more.
  Calls take_all();

  /// Whether the number is that of a reply which comes late; it does not come again.
  bool forget_late(std::int32_t number) { return late_.erase(number) > 0; }
  std::size_t late() const { return late_.size(); }

  /// Whether the server owes a reply.
  bool owed() const { return sent_ > 0 || !late_.empty(); }
  std::optional<Clock::time_point> next_deadline() const;

 private:
  struct Entry {
    std::unique_ptr<AsyncCall> call;
    bool sent = false;
  };

  std::int32_t next_number();
  Entry remove(std::unordered_map<std::int32_t, Entry>::iterator found);

  const std::int32_t largest_;
  std::int32_t last_ = 0;
  std::unordered_map<std::int32_t, Entry> calls_;
  std::set<std::pair<Clock::time_point, std::int32_t>> deadlines_;
  std::unordered_set<std::int32_t> late_;
  std::size_t sent_ = 0;
};

}  // namespace timeservice::client
