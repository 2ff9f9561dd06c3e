#include "server/time/oracle/oracle_refusal.h"

#include <string>

#include <fmt/format.h>

#include "time_service_types.h"

namespace timeservice::oracle {
namespace {

using std::chrono::milliseconds;

[[noreturn]] void refuse(OracleFault::type fault, const std::string& message, milliseconds retry_after) {
  OracleUnavailable unavailable;
  unavailable.message = message;
  unavailable.fault = fault;
  unavailable.retry_after_ms = static_cast<std::int32_t>(retry_after.count());
  throw unavailable;
}

}  // namespace

void refuse_stopped() {
  refuse(OracleFault::NOT_READY, "the server is stopping and hands out no more timestamps", {});
}

void refuse_exhausted(std::chrono::nanoseconds wait) {
  refuse(OracleFault::EXHAUSTED,
         "more timestamps were asked for than nanoseconds went by: ask for fewer at once, or later",
         std::chrono::ceil<milliseconds>(wait));
}

void refuse_used_up() {
  refuse(OracleFault::EXHAUSTED,
         "there are not so many timestamps left below 2^63: the clock was, or is, far in the future", {});
}

void refuse_failing(milliseconds retry_after) {
  refuse(OracleFault::STORAGE, "the watermark cannot be made durable: the server's log tells why",
         retry_after);
}

void refuse_slow(milliseconds timeout, milliseconds retry_after) {
  refuse(OracleFault::STORAGE,
         fmt::format("the watermark was not made durable within {} ms", timeout.count()), retry_after);
}

}  // namespace timeservice::oracle
