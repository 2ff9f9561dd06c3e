#include "client/declared_error.h"

#include <algorithm>

#include <fmt/format.h>

#include "client/known_enum.h"

namespace timeservice::client {
namespace {

std::exception_ptr bad_request(const wire::Endpoint& endpoint, std::string_view method, SentItems items,
                               const BadRequest& refused) {
  const bool sent = refused.index >= 0 && static_cast<std::size_t>(refused.index) < items.count;
  const std::int64_t index = sent ? static_cast<std::int64_t>(items.first) + refused.index : -1;
  // The place in the whole list, which the server does not know. Called as the field is,
  // for "item 1" of a command line is index 0.
  const std::string cause = index < 0 ? refused.message : fmt::format("index {}: {}", index, refused.message);
  return std::make_exception_ptr(BadRequestError(describe(endpoint, method, cause, "correct the request"),
                                                 refused.message,
                                                 known(refused.code, BadRequestCode::AMBIGUOUS_TIME), index));
}

std::exception_ptr clock_unreliable(const wire::Endpoint& endpoint, std::string_view method,
                                    const ClockUnreliable& unreliable) {
  return std::make_exception_ptr(ClockUnreliableError(
      describe(endpoint, method, unreliable.message,
               unreliable.error_ns < 0 ? "see to the server's clock, or ask another server"
                                       : "allow a larger error, or ask a server with a better clock"),
      unreliable.message, known(unreliable.state, ClockState::UNSYNCHRONIZED),
      std::max<std::int64_t>(unreliable.error_ns, -1)));
}

std::exception_ptr oracle_unavailable(const wire::Endpoint& endpoint, std::string_view method,
                                      const OracleUnavailable& unavailable) {
  const std::chrono::milliseconds retry_after(std::max(unavailable.retry_after_ms, 0));
  std::string advice = "ask again, or another server";
  if (!unavailable.leader.empty()) advice = fmt::format("ask {}", unavailable.leader);
  if (retry_after.count() > 0) advice = fmt::format("ask again in {} ms", retry_after.count());
  return std::make_exception_ptr(OracleUnavailableError(
      describe(endpoint, method, unavailable.message, advice), unavailable.message,
      known(unavailable.fault, OracleFault::NOT_READY), unavailable.leader, retry_after));
}

}  // namespace

std::exception_ptr declared_error(const wire::Endpoint& endpoint, std::string_view method, SentItems items) {
  try {
    throw;
  } catch (const BadRequest& refused) {
    return bad_request(endpoint, method, items, refused);
  } catch (const ClockUnreliable& unreliable) {
    return clock_unreliable(endpoint, method, unreliable);
  } catch (const OracleUnavailable& unavailable) {
    return oracle_unavailable(endpoint, method, unavailable);
  } catch (...) {
    return nullptr;
  }
}

}  // namespace timeservice::client
