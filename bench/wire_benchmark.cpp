// What the wire layer costs for each message of a connection: telling what is spoken,
// and finding where the message ends.
#include <string>

#include <benchmark/benchmark.h>

#include "bench/canned_calls.h"
#include "bench/contestants.h"
#include "wire/detect.h"
#include "wire/message_cutter.h"

namespace timeservice::bench {
namespace {

/// The dialect of this run, which it is labelled with.
wire::Dialect dialect_of(benchmark::State& state) {
  const wire::Dialect dialect = all_dialects().at(static_cast<std::size_t>(state.range(0)));
  state.SetLabel(name_of(dialect));
  return dialect;
}

/// Generic, since releases of the library differ in what they call its type.
constexpr auto in_every_dialect = [](auto* benchmark) {
  benchmark->DenseRange(0, static_cast<int>(all_dialects().size()) - 1);
};

void detect(benchmark::State& state) {
  const CannedCalls calls(dialect_of(state));
  while (state.KeepRunning()) {
    auto detection = wire::detect(calls.request());
    benchmark::DoNotOptimize(detection);
  }
}
BENCHMARK(detect)->Apply(in_every_dialect);

void cut(benchmark::State& state, const Bytes& message, wire::Dialect dialect) {
  wire::MessageCutter cutter(dialect, {});
  while (state.KeepRunning()) {
    auto result = cutter.next(message);
    benchmark::DoNotOptimize(result);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message.size()));
}

/// A small message: a call without arguments.
void cut_call(benchmark::State& state) {
  const wire::Dialect dialect = dialect_of(state);
  cut(state, CannedCalls(dialect).request(), dialect);
}
BENCHMARK(cut_call)->Apply(in_every_dialect);

/// A message with a string of 64 KiB.
void cut_long_string(benchmark::State& state) {
  const wire::Dialect dialect = dialect_of(state);
  cut(state, CannedCalls(dialect).reply(std::string(std::size_t{64} * 1024, 'x')), dialect);
}
BENCHMARK(cut_long_string)->Apply(in_every_dialect);

}  // namespace
}  // namespace timeservice::bench

BENCHMARK_MAIN();
