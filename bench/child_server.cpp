#include "bench/child_server.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cerrno>
#include <fstream>
#include <span>
#include <sstream>

#include <fmt/format.h>
#include <sched.h>

#include "bench/load_socket.h"

namespace timeservice::bench {
namespace {

using std::chrono::milliseconds;

/// Longer than a server takes to start, or to drain.
constexpr int kPatienceMs = 20'000;
constexpr int kNotRun = 127;
constexpr std::string_view kReady = "ready: listening on ";

/// The child's side of fork(): only what may be called there.
[[noreturn]] void become(char* const* arguments, char* const* environment, int output,
                         std::optional<int> core) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(output, STDOUT_FILENO);
  if (core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<unsigned>(*core), &cores);
    ::sched_setaffinity(0, sizeof cores, &cores);
  }
  ::execve(arguments[0], arguments, environment);
  ::_exit(kNotRun);
}

/// As the system takes them: pointers, and a null behind the last.
std::vector<char*> pointers(std::span<const std::string> words) {
  std::vector<char*> all;
  for (const std::string& word : words) all.push_back(const_cast<char*>(word.c_str()));
  all.push_back(nullptr);
  return all;
}

/// This process's, without settings of a server: those are the measurement's.
std::vector<std::string> environment_without_settings() {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with("TIME_SERVER_")) variables.emplace_back(*variable);
  }
  return variables;
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
  if (WEXITSTATUS(status) == kNotRun) return "cannot be run";
  return fmt::format("ended with code {}", WEXITSTATUS(status));
}

/// The raw limit leaves SIGTERM to the system; time-server drains and ends with 0.
bool ended_well(int status) {
  return WIFSIGNALED(status) ? WTERMSIG(status) == SIGTERM : WEXITSTATUS(status) == 0;
}

milliseconds ticks(std::uint64_t count) {
  return milliseconds(count * 1000 / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)));
}

}  // namespace

ChildServer::ChildServer(const std::vector<std::string>& command, std::optional<int> core)
    : name_(command.front()) {
  start(command, core);
  const std::string line = read_line();
  if (!line.starts_with(kReady)) {
    ::kill(pid_, SIGKILL);
    throw LoadError(fmt::format("{} wrote no ready line, and {}", name_, how_it_ended(wait())));
  }
  endpoint_ = wire::parse_endpoint(line.substr(kReady.size(), line.find(';') - kReady.size()));
}

ChildServer::~ChildServer() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  wait();
}

void ChildServer::start(const std::vector<std::string>& command, std::optional<int> core) {
  const std::vector<std::string> environment = environment_without_settings();
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw LoadError(fmt::format("cannot make a pipe: {}", reason(errno)));
  output_ = Descriptor(ends[0]);
  const Descriptor child_output(ends[1]);
  const std::vector<char*> arguments = pointers(command);
  const std::vector<char*> variables = pointers(environment);
  pid_ = ::fork();
  if (pid_ < 0) throw LoadError(fmt::format("cannot start {}: {}", name_, reason(errno)));
  if (pid_ == 0) become(arguments.data(), variables.data(), child_output.get(), core);
}

std::string ChildServer::read_line() {
  std::string line;
  char next = 0;
  while (output_comes() && ::read(output_.get(), &next, 1) == 1 && next != '\n') line += next;
  return line;
}

bool ChildServer::output_comes() const {
  pollfd output{.fd = output_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&output, 1, kPatienceMs) == 1;
}

void ChildServer::stop() {
  ::kill(pid_, SIGTERM);
  // Its end closes its output.
  if (!output_comes()) ::kill(pid_, SIGKILL);
  const int status = wait();
  if (!ended_well(status)) throw LoadError(fmt::format("{} {}", name_, how_it_ended(status)));
}

int ChildServer::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  pid_ = -1;
  return status;
}

ProcessUse ChildServer::use() const {
  std::ifstream file(fmt::format("/proc/{}/stat", pid_));
  std::string text;
  std::getline(file, text);
  // Behind the name, which may hold anything: state, then ten numbers, then the times.
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  fields >> user >> system;
  return {ticks(user), ticks(system)};
}

std::uint64_t ChildServer::status_bytes(std::string_view field) const {
  std::ifstream file(fmt::format("/proc/{}/status", pid_));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(field) && line[field.size()] == ':') {
      return std::stoull(line.substr(field.size() + 1)) * 1024;
    }
  }
  return 0;
}

}  // namespace timeservice::bench
