#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "bench/load_socket.h"
#include "bench/scenarios.h"
#include "bench/trials.h"
#include "server/time/oracle/file_watermark.h"

namespace timeservice::bench {
namespace {

constexpr std::size_t kPipelined = 32;

/// A state file of an oracle, which is gone with this object. On the disk of temporary
/// files: where that is memory, its writes cost nothing.
class ScratchState {
 public:
  ScratchState() {
    std::string pattern = (std::filesystem::temp_directory_path() / "time-bench.XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw LoadError(fmt::format("cannot make the folder {}: {}", pattern, reason(errno)));
    }
    folder_ = pattern;
    oracle::init_watermark_file(file());
  }
  ~ScratchState() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  ScratchState(const ScratchState&) = delete;
  ScratchState& operator=(const ScratchState&) = delete;

  std::string file() const { return (folder_ / "timestamps").string(); }

 private:
  std::filesystem::path folder_;
};

}  // namespace

void run_timestamps(const ScenarioRow& scenario, const BenchOptions& options, Report& report) {
  const ScratchState state;
  Load load = options.load;
  load.depth = kPipelined;
  std::vector<Trial> trials;
  for (const host::ModeRow* mode : options.modes) {
    Contestant contestant =
        time_server(options.programs, *mode, plain_dialect(*mode), contestant_name(*mode));
    const std::string base = fmt::format("{}, get_time", contestant.name);
    contestant.command.insert(contestant.command.end(), {"--oracle-state", state.file()});
    for (const std::int32_t count : {0, 1, 100}) {
      Contestant one = contestant;
      one.timestamps = count;
      one.name = count == 0 ? base : fmt::format("{}, {} a call", contestant.name, count);
      trials.push_back({std::move(one), load, base});
    }
  }
  for (Row& row : run_trials(scenario.name, trials, options)) report.rows.push_back(std::move(row));
}

}  // namespace timeservice::bench
