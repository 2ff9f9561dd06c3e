#include "client/oracle_route.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "client/client_options.h"

namespace timeservice::client {
namespace {

/// A standby that does not know yet of an election may name another, which knows who leads.
constexpr int kMostFollowed = 2;

/// The next take may come long before the time that a server names.
constexpr std::chrono::milliseconds kLongestPutOff = std::chrono::seconds(1);

/// What a server wrote as its leader; nothing where no client can connect to that. Who has
/// asked by TLS is not led away from it.
std::optional<wire::Endpoint> leader_of(const std::string& text, const wire::Endpoint& asked) {
  try {
    wire::Endpoint leader = wire::parse_endpoint(text);
    check_endpoint(leader);
    leader.tls |= asked.tls;
    // It has no name to check.
    if (leader.tls && leader.is_unix()) return std::nullopt;
    return leader;
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

}  // namespace

OracleRoute::OracleRoute(std::vector<wire::Endpoint> endpoints, RetryPolicy waits, RetryHooks hooks)
    : endpoints_(std::move(endpoints)),
      waits_(waits),
      hooks_(std::move(hooks)),
      current_(endpoints_.front()),
      longest_(waits_.first_backoff) {}

void OracleRoute::succeeded() {
  longest_ = waits_.first_backoff;
  redirected_ = false;
  followed_ = 0;
}

std::chrono::milliseconds OracleRoute::failed() {
  next_endpoint();
  return next_wait();
}

std::chrono::milliseconds OracleRoute::redirected(const std::string& leader) {
  const auto found = leader_of(leader, current_);
  if (!found || *found == current_ || followed_ == kMostFollowed) return failed();
  ++followed_;
  current_ = *found;
  // Once at once; servers that send a client to and fro have not settled who leads.
  if (std::exchange(redirected_, true)) return next_wait();
  return std::chrono::milliseconds(0);
}

std::chrono::milliseconds OracleRoute::put_off(std::chrono::milliseconds retry_after) {
  return std::max(std::min(retry_after, kLongestPutOff), next_wait());
}

std::chrono::milliseconds OracleRoute::next_wait() {
  const double half = static_cast<double>(longest_.count()) / 2;
  longest_ = longest_ > waits_.max_backoff / 2 ? waits_.max_backoff : longest_ * 2;
  return std::chrono::milliseconds(static_cast<std::int64_t>(half + half * hooks_.random()));
}

void OracleRoute::next_endpoint() {
  followed_ = 0;
  const wire::Endpoint failed = current_;
  // Past a leader of the list that has just failed, too.
  for (std::size_t tried = 0; tried < endpoints_.size() && current_ == failed; ++tried) {
    next_ = (next_ + 1) % endpoints_.size();
    current_ = endpoints_[next_];
  }
}

}  // namespace timeservice::client
