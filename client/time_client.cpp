#include "client/time_client.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "client/client_clock.h"
#include "client/reply_promises.h"

namespace timeservice::client {
namespace {

/// What `convert` makes of each batch of the items, put together. It is given the batch
/// and where that begins.
template <typename Result, typename Item, typename Convert>
std::vector<Result> in_batches(const std::vector<Item>& items, const Convert& convert) {
  // An empty list is asked for too: its zone and format may be wrong.
  if (items.size() <= TimeClient::kBatch) return convert(items, std::size_t{0});
  std::vector<Result> all;
  all.reserve(items.size());
  for (std::size_t first = 0; first < items.size(); first += TimeClient::kBatch) {
    const auto begin = items.begin() + static_cast<std::ptrdiff_t>(first);
    const std::size_t size = std::min(TimeClient::kBatch, items.size() - first);
    std::vector<Result> part =
        convert(std::vector<Item>(begin, begin + static_cast<std::ptrdiff_t>(size)), first);
    std::move(part.begin(), part.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace

TimeClient::TimeClient(ClientOptions options, RetryHooks hooks, wire::TlsContext tls)
    : caller_(std::move(options), std::move(hooks), std::move(tls)) {}

std::string TimeClient::get_time() {
  std::string text;
  call("get_time", [&](TimeServiceClient& client) { client.get_time(text); });
  return text;
}

TrueTime TimeClient::now(std::int64_t max_error_ns) {
  TrueTime time;
  call("now", [&](TimeServiceClient& client) {
    TimeInterval interval;
    const std::int64_t sent_ns = boot_clock_ns();
    client.now(interval, max_error_ns);
    check_interval(interval);
    time = on_receipt(interval, boot_clock_ns() - sent_ns);
  });
  return time;
}

ClockComparison TimeClient::exchange(int samples) {
  if (samples < 1) throw std::invalid_argument(fmt::format("{} samples: at least 1 is needed", samples));
  ClockComparer comparer;
  while (comparer.samples() < samples) {
    call("exchange", [&](TimeServiceClient& client) {
      ClockExchange reply;
      const std::int64_t client_send_ns = wall_clock_ns();
      client.exchange(reply, client_send_ns);
      const std::int64_t client_receive_ns = wall_clock_ns();
      check_exchange(reply, client_send_ns);
      comparer.add(reply, client_receive_ns);
    });
  }
  const auto best = comparer.best();
  if (!best) {
    throw ClockUnsteady(
        fmt::format("exchange: none of {} samples can be used: a clock was stepped meanwhile, or is out of "
                    "range: try again",
                    samples));
  }
  return *best;
}

// Each try has a result of its own: nothing of one that failed half-way is kept.

TimestampRange TimeClient::get_timestamps(std::int32_t count) {
  TimestampRange range;
  call("get_timestamps", [&](TimeServiceClient& client) {
    range = TimestampRange();
    client.get_timestamps(range, count);
    check_range(range, count);
  });
  return range;
}

std::vector<LocalTime> TimeClient::to_local(const std::vector<std::int64_t>& instants_ns,
                                            const std::string& zone, const std::string& format) {
  return in_batches<LocalTime>(instants_ns, [&](const std::vector<std::int64_t>& batch, std::size_t first) {
    std::vector<LocalTime> local_times;
    call("to_local",
         [&](TimeServiceClient& client) {
           client.to_local(local_times, batch, zone, format);
           check_local_times(local_times, batch.size());
         },
         {first, batch.size()});
    return local_times;
  });
}

std::vector<ResolvedTime> TimeClient::from_local(const std::vector<std::string>& texts,
                                                 const std::string& zone, const std::string& format,
                                                 Disambiguation::type policy) {
  return in_batches<ResolvedTime>(texts, [&](const std::vector<std::string>& batch, std::size_t first) {
    std::vector<ResolvedTime> resolved;
    call("from_local",
         [&](TimeServiceClient& client) {
           client.from_local(resolved, batch, zone, format, policy);
           check_resolved(resolved, batch.size());
         },
         {first, batch.size()});
    return resolved;
  });
}

std::vector<ZonePeriod> TimeClient::zone_periods(const std::string& zone, std::int64_t from_ns,
                                                 std::int64_t until_ns) {
  std::vector<ZonePeriod> periods;
  call("zone_periods", [&](TimeServiceClient& client) {
    client.zone_periods(periods, zone, from_ns, until_ns);
    check_periods(periods, from_ns, until_ns);
  });
  return periods;
}

std::vector<std::string> TimeClient::list_zones() {
  std::vector<std::string> names;
  call("list_zones", [&](TimeServiceClient& client) {
    client.list_zones(names);
    check_zones(names);
  });
  return names;
}

ServerStatus TimeClient::get_status() {
  ServerStatus status;
  call("get_status", [&](TimeServiceClient& client) {
    status = ServerStatus();
    client.get_status(status);
    check_status(status);
  });
  return status;
}

void TimeClient::call(std::string_view name, const Method& method, SentItems items) {
  try {
    caller_.call([&](const std::shared_ptr<apache::thrift::protocol::TProtocol>& protocol) {
      TimeServiceClient client(protocol);
      method(client);
    });
  } catch (const ClientError&) {
    throw;
  } catch (...) {
    if (const std::exception_ptr declared = declared_error(caller_.endpoint(), name, items)) {
      std::rethrow_exception(declared);
    }
    throw;
  }
}

}  // namespace timeservice::client
