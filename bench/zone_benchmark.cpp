// What a conversion costs in the handler, by format and by how the instants lie.
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "server/time/zone/zone_catalog.h"
#include "server/time/zone/zone_conversion.h"

namespace timeservice::bench {
namespace {

constexpr std::size_t kItems = 10000;
constexpr const char* kZone = "America/New_York";

const zone::ZoneCatalog& catalog() {
  static const zone::ZoneCatalog catalog("/usr/share/zoneinfo");
  return catalog;
}

/// From the year 2000 on, a minute apart.
std::vector<std::int64_t> neighbours() {
  std::vector<std::int64_t> instants_ns;
  for (std::size_t i = 0; i < kItems; ++i) {
    instants_ns.push_back((946'684'800 + static_cast<std::int64_t>(i) * 60) * 1'000'000'000 + 123'456'789);
  }
  return instants_ns;
}

/// Of all the years from 1677 to 2262, without order.
std::vector<std::int64_t> scattered() {
  std::mt19937_64 random(1);
  std::vector<std::int64_t> instants_ns;
  for (std::size_t i = 0; i < kItems; ++i) instants_ns.push_back(static_cast<std::int64_t>(random() | 1));
  return instants_ns;
}

void to_local(benchmark::State& state, const std::vector<std::int64_t>& instants_ns,
              const std::string& format) {
  while (state.KeepRunning()) {
    std::vector<LocalTime> local_times;
    zone::to_local(local_times, catalog(), instants_ns, kZone, format);
    benchmark::DoNotOptimize(local_times.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kItems));
}

void from_local(benchmark::State& state, const std::vector<std::int64_t>& instants_ns,
                const std::string& format) {
  std::vector<LocalTime> local_times;
  zone::to_local(local_times, catalog(), instants_ns, kZone, format);
  std::vector<std::string> texts;
  texts.reserve(local_times.size());
  for (const LocalTime& each : local_times) texts.push_back(each.text);
  while (state.KeepRunning()) {
    std::vector<ResolvedTime> resolved;
    zone::from_local(resolved, catalog(), texts, kZone, format, Disambiguation::COMPATIBLE);
    benchmark::DoNotOptimize(resolved.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kItems));
}

BENCHMARK_CAPTURE(to_local, iso_neighbours, neighbours(), "");
BENCHMARK_CAPTURE(to_local, iso_scattered, scattered(), "");
BENCHMARK_CAPTURE(to_local, names_neighbours, neighbours(), "%A, %d %B %Y %I:%M:%S %p %Z");
BENCHMARK_CAPTURE(from_local, iso_neighbours, neighbours(), "");
BENCHMARK_CAPTURE(from_local, iso_scattered, scattered(), "");
BENCHMARK_CAPTURE(from_local, wall_neighbours, neighbours(), "%Y-%m-%d %H:%M:%S");

/// A name that is new to the process costs this once.
void load_zone(benchmark::State& state) {
  while (state.KeepRunning()) {
    state.PauseTiming();
    const zone::ZoneCatalog fresh("/usr/share/zoneinfo");
    state.ResumeTiming();
    benchmark::DoNotOptimize(&fresh.find(kZone));
  }
}
BENCHMARK(load_zone)->Iterations(200);

/// What a start of the server pays.
void open_catalog(benchmark::State& state) {
  while (state.KeepRunning()) {
    const zone::ZoneCatalog fresh("/usr/share/zoneinfo");
    benchmark::DoNotOptimize(&fresh);
  }
}
BENCHMARK(open_catalog);

}  // namespace
}  // namespace timeservice::bench

BENCHMARK_MAIN();
