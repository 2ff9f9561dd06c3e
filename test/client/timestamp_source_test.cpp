#include "client/timestamp_source.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "test/client/async_under_test.h"
#include "test/client/client_under_test.h"
#include "test/client/peer.h"
#include "test/client/time_host.h"
#include "test/support/catch.h"

namespace timeservice::client {
namespace {

using std::chrono::milliseconds;

/// Hands out timestamps, and remembers how many were asked for. Requests wait at the gate
/// while it is shut.
class Oracle : public LocalClock {
 public:
  void get_timestamps(TimestampRange& range, const std::int32_t count) override {
    std::unique_lock lock(mutex_);
    counts_.push_back(count);
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    if (failures_ > 0) {
      --failures_;
      throw failure;
    }
    LocalClock::get_timestamps(range, count);
  }

  void shut() { set_open(false); }
  void open() { set_open(true); }
  void fail(int times) {
    const std::lock_guard lock(mutex_);
    failures_ = times;
  }
  std::vector<std::int32_t> counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }
  void wait_for_requests(std::size_t number) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience, [&] { return counts_.size() >= number; });
  }

  OracleUnavailable failure;

 private:
  void set_open(bool open) {
    const std::lock_guard lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int failures_ = 0;
  std::vector<std::int32_t> counts_;
};

Peer::Script serving(TimeServiceIf& service) {
  return [&service](PeerConnection& connection, int) { connection.serve(service); };
}

TimestampSourceOptions source_options(std::vector<wire::Endpoint> endpoints) {
  TimestampSourceOptions options;
  options.client = patient_options(std::move(endpoints));
  options.client.retry.first_backoff = options.client.retry.max_backoff = milliseconds(1);
  options.timeout = kPatience;
  return options;
}

OracleUnavailable unavailable(OracleFault::type fault, const std::string& leader = "") {
  OracleUnavailable failure;
  failure.__set_message("not now");
  failure.__set_fault(fault);
  failure.__set_leader(leader);
  return failure;
}

TEST_CASE("timestamps are those of the server, one after another", "[timestamp_source]") {
  Oracle oracle;
  Peer peer(serving(oracle));
  TimestampSource source(source_options({peer.endpoint()}));
  CHECK(source.take() == 1001);
  const TimestampRange range = source.take(10);
  CHECK(range.first == 1002);
  CHECK(range.count == 10);
  CHECK(source.take() == 1012);
  CHECK(peer.connections() == 1);
}

TEST_CASE("what is asked for while a request is in flight goes into the next, which is one",
          "[timestamp_source]") {
  Oracle oracle;
  Peer peer(serving(oracle));
  TimestampSource source(source_options({peer.endpoint()}));
  oracle.shut();
  std::int64_t first = 0;
  std::thread before([&] { first = source.take(); });
  oracle.wait_for_requests(1);
  // From now on every take begins after the first request was sent: none may be served by it.
  std::vector<std::thread> after;
  std::vector<TimestampRange> ranges(8);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    after.emplace_back([&, i] { ranges[i] = source.take(static_cast<std::int32_t>(i + 1)); });
  }
  while (source.waiting() < 8) std::this_thread::yield();
  oracle.open();
  before.join();
  for (std::thread& thread : after) thread.join();
  CHECK(oracle.counts() == std::vector<std::int32_t>{1, 36});
  CHECK(first == 1001);
  std::sort(ranges.begin(), ranges.end(), [](auto& one, auto& other) { return one.first < other.first; });
  std::int64_t next = 1002;
  for (const TimestampRange& range : ranges) {
    CHECK(range.first == next);
    next += range.count;
  }
  CHECK(source.counters().requests == 2);
  CHECK(source.counters().timestamps == 37);
}

TEST_CASE("a take that began after another ended gets the larger timestamp, on any thread",
          "[timestamp_source]") {
  Oracle oracle;
  TimeHost host(oracle);
  TimestampSource source(source_options({host.endpoint()}));
  TimestampSource another(source_options({host.endpoint()}));
  std::atomic<std::int64_t> seen = 0;
  std::atomic<int> wrong = 0;
  std::vector<std::vector<std::int64_t>> taken(8);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < taken.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int call = 0; call < 500; ++call) {
        const std::int64_t before = seen;
        const std::int64_t timestamp = (i % 2 == 0 ? source : another).take();
        if (timestamp <= before) ++wrong;
        std::int64_t most = seen;
        while (most < timestamp && !seen.compare_exchange_weak(most, timestamp)) {
        }
        taken[i].push_back(timestamp);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  std::vector<std::int64_t> all;
  for (const auto& one : taken) all.insert(all.end(), one.begin(), one.end());
  std::sort(all.begin(), all.end());
  CHECK(all.size() == 4000);
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}

TEST_CASE("no request is larger than a server takes", "[timestamp_source]") {
  Oracle oracle;
  Peer peer(serving(oracle));
  TimestampSource source(source_options({peer.endpoint()}));
  oracle.shut();
  std::vector<std::thread> threads;
  threads.emplace_back([&] { source.take(); });
  oracle.wait_for_requests(1);
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] { source.take(600'000); });
  }
  while (source.waiting() < 3) std::this_thread::yield();
  oracle.open();
  for (std::thread& thread : threads) thread.join();
  CHECK(oracle.counts() == std::vector<std::int32_t>{1, 600'000, 600'000, 600'000});
  CHECK(line_of<std::invalid_argument>([&] { source.take(1'000'001); }) ==
        "1000001 timestamps: write 1 to 1000000");
  CHECK_THROWS_AS(source.take(0), std::invalid_argument);
  CHECK(source.take(1'000'000).count == 1'000'000);
}

TEST_CASE("an oracle that has none for now is asked again, for each kind of reason", "[timestamp_source]") {
  for (const auto fault : {OracleFault::UNKNOWN, OracleFault::NOT_LEADER, OracleFault::STORAGE,
                           OracleFault::EXHAUSTED, OracleFault::NOT_READY}) {
    Oracle oracle;
    oracle.failure = unavailable(fault);
    oracle.fail(3);
    Peer peer(serving(oracle));
    TimestampSource source(source_options({peer.endpoint()}));
    CHECK(source.take() == 1001);
    CHECK(oracle.counts().size() == 4);
    CHECK(peer.connections() == 1);
  }
}

TEST_CASE("a leader is followed, and stayed with", "[timestamp_source]") {
  Oracle leader;
  Peer leading(serving(leader));
  Oracle standby;
  standby.failure = unavailable(OracleFault::NOT_LEADER, wire::to_string(leading.endpoint()));
  standby.fail(1000);
  Peer standing_by(serving(standby));
  TimestampSource source(source_options({standing_by.endpoint()}));
  for (int call = 0; call < 5; ++call) CHECK(source.take() == 1001 + call);
  CHECK(standby.counts().size() == 1);
  CHECK(leading.connections() == 1);
}

TEST_CASE("a standby that names a leader which is down is left for the next", "[timestamp_source]") {
  DeadPort dead;
  Oracle standby;
  standby.failure = unavailable(OracleFault::NOT_LEADER, wire::to_string(dead.endpoint()));
  standby.fail(1'000'000);
  Peer standing_by(serving(standby));
  Oracle oracle;
  Peer peer(serving(oracle));
  TimestampSource source(source_options({standing_by.endpoint(), peer.endpoint()}));
  CHECK(source.take() == 1001);
  CHECK(standby.counts().size() == 1);
}

TEST_CASE("a server that cannot be reached, or has nothing, is left for the next", "[timestamp_source]") {
  DeadPort dead;
  Oracle down;
  down.failure = unavailable(OracleFault::NOT_READY);
  down.fail(1000);
  Peer starting(serving(down));
  Oracle oracle;
  Peer peer(serving(oracle));
  TimestampSource source(source_options({dead.endpoint(), starting.endpoint(), peer.endpoint()}));
  CHECK(source.take() == 1001);
  CHECK(source.take() == 1002);
  CHECK(down.counts().size() == 1);
}

TEST_CASE("a reply that is lost loses its timestamps, and the take gets others", "[timestamp_source]") {
  Oracle oracle;
  Peer peer([&](PeerConnection& connection, int index) {
    if (index > 0) return connection.serve(oracle);
    connection.read_request();
    connection.close();
  });
  TimestampSource source(source_options({peer.endpoint()}));
  CHECK(source.take() == 1001);
}

TEST_CASE("when its time is over a take says why there was none, and others go on", "[timestamp_source]") {
  Oracle oracle;
  oracle.failure = unavailable(OracleFault::STORAGE);
  oracle.fail(1'000'000);
  Peer peer(serving(oracle));
  TimestampSource source(source_options({peer.endpoint()}));
  std::int64_t patient = 0;
  std::thread other([&] { patient = source.take(); });
  oracle.wait_for_requests(2);
  const std::string line = line_of<TimeoutError>([&] { source.take(5, milliseconds(50)); });
  CHECK(line == "timestamps: none within 50 ms: " + wire::to_string(peer.endpoint()) +
                    ": get_timestamps: not now: ask again, or another server");
  oracle.fail(0);
  other.join();
  CHECK(patient > 1000);
  CHECK(source.waiting() == 0);
}

TEST_CASE("when its time is over a take says how each server failed last", "[timestamp_source]") {
  Oracle oracles[2];
  for (Oracle& oracle : oracles) {
    oracle.failure = unavailable(OracleFault::STORAGE);
    oracle.fail(1'000'000);
  }
  Peer one(serving(oracles[0]));
  Peer two(serving(oracles[1]));
  TimestampSource source(source_options({one.endpoint(), two.endpoint()}));
  std::thread patient([&] { source.take(); });
  for (Oracle& oracle : oracles) oracle.wait_for_requests(2);
  const std::string line = line_of<TimeoutError>([&] { source.take(5, milliseconds(50)); });
  for (const Peer* peer : {&one, &two}) {
    const std::string trouble = wire::to_string(peer->endpoint()) + ": get_timestamps: not now";
    const auto found = line.find(trouble);
    CHECK(found != std::string::npos);
    CHECK(line.find(trouble, found + 1) == std::string::npos);
  }
  for (Oracle& oracle : oracles) oracle.fail(0);
  patient.join();
}

TEST_CASE("a take that gives up during its request disturbs no other", "[timestamp_source]") {
  Oracle oracle;
  Peer peer(serving(oracle));
  TimestampSource source(source_options({peer.endpoint()}));
  oracle.shut();
  std::thread first([&] { source.take(); });
  oracle.wait_for_requests(1);
  CHECK(line_of<TimeoutError>([&] { source.take(1, milliseconds(20)); }).find("none within 20 ms") !=
        std::string::npos);
  CHECK(source.waiting() == 0);
  std::int64_t later = 0;
  std::thread second([&] { later = source.take(); });
  while (source.waiting() < 1) std::this_thread::yield();
  oracle.open();
  first.join();
  second.join();
  CHECK(later == 1002);
  CHECK(oracle.counts() == std::vector<std::int32_t>{1, 1});
}

/// A server that knows nothing of timestamps.
void refuse_every_call(PeerConnection& connection, int) {
  for (;;) {
    connection.reply_error(connection.read_request(), apache::thrift::TApplicationException::UNKNOWN_METHOD,
                           "?");
  }
}

/// Another service.
void answer_as_http(PeerConnection& connection, int) {
  connection.read_request();
  connection.write_raw("HTTP/1.1 400 Bad Request\r\n\r\n");
  connection.wait_until_closed();
}

TEST_CASE("what would not help to be asked again fails at once", "[timestamp_source]") {
  Peer old(refuse_every_call);
  TimestampSource source(source_options({old.endpoint()}));
  CHECK_THROWS_AS(source.take(), ServerError);
  Peer other(answer_as_http);
  TimestampSource lost(source_options({other.endpoint()}));
  CHECK_THROWS_AS(lost.take(), ProtocolMismatch);
}

TEST_CASE("after a server that is none the next take asks the next", "[timestamp_source]") {
  Peer old(refuse_every_call);
  Peer other(answer_as_http);
  Oracle oracle;
  Peer peer(serving(oracle));
  TimestampSource source(source_options({old.endpoint(), other.endpoint(), peer.endpoint()}));
  CHECK_THROWS_AS(source.take(), ServerError);
  CHECK_THROWS_AS(source.take(), ProtocolMismatch);
  CHECK(source.take() == 1001);
  CHECK(source.take() == 1002);
}

TEST_CASE("a server that puts off for a day is asked again within the time of a take", "[timestamp_source]") {
  Oracle oracle;
  oracle.failure = unavailable(OracleFault::EXHAUSTED);
  oracle.failure.__set_retry_after_ms(86'400'000);
  oracle.fail(1);
  Peer peer(serving(oracle));
  TimestampSource source(source_options({peer.endpoint()}));
  CHECK(source.take() == 1001);
}

TEST_CASE("a time that is over before it began is no time", "[timestamp_source]") {
  DeadPort dead;
  TimestampSource source(source_options({dead.endpoint()}));
  CHECK_THROWS_AS(source.take(1, milliseconds::min()), TimeoutError);
}

/// Timestamps each second, by `threads` that take `count` at a time.
double rate(TimestampSource& source, int threads, std::int32_t count) {
  std::atomic<bool> stop = false;
  std::atomic<std::int64_t> taken = 0;
  std::vector<std::thread> takers;
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < threads; ++i) {
    takers.emplace_back([&] {
      std::int64_t mine = 0;
      for (; !stop; mine += count) source.take(count);
      taken += mine;
    });
  }
  std::this_thread::sleep_for(std::chrono::seconds(1));
  stop = true;
  for (std::thread& taker : takers) taker.join();
  return static_cast<double>(taken) /
         std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

TEST_CASE("how many timestamps a second", "[.][measure]") {
  LocalClock oracle;
  TimeHost host(oracle);
  for (const auto& [threads, count] :
       {std::pair{1, 1}, {8, 1}, {64, 1}, {256, 1}, {1, 1000}, {8, 1000}, {1, 100'000}}) {
    TimestampSource source(source_options({host.endpoint()}));
    const double per_second = rate(source, threads, count);
    const auto counters = source.counters();
    WARN(threads << " threads take(" << count << "): " << per_second / 1e6 << " M/s, "
                 << static_cast<double>(counters.timestamps) / static_cast<double>(counters.requests)
                 << " a request");
  }
}

}  // namespace
}  // namespace timeservice::client
