#include "test/oracle/recorded_calls.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

namespace timeservice::test {

std::string line_of(const RecordedCall& call) {
  return fmt::format("{} {} {} {}\n", call.invoked_ns, call.returned_ns, call.first, call.count);
}

std::vector<RecordedCall> read_calls(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(fmt::format("cannot read {}", path));
  std::vector<RecordedCall> calls;
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    RecordedCall call;
    std::string more;
    if (!(words >> call.invoked_ns >> call.returned_ns >> call.first >> call.count) || (words >> more)) {
      throw std::runtime_error(fmt::format("{}: '{}' is no call", path, line));
    }
    calls.push_back(call);
  }
  return calls;
}

}  // namespace timeservice::test
