#include "server/host/run_server.h"

#include <unistd.h>

#include <cstdio>
#include <new>
#include <stdexcept>
#include <string>

#include "server/host/start_error.h"
#include "test/support/catch.h"

namespace timeservice::host {
namespace {

/// What is written to standard error while it lives.
class CapturedStderr {
 public:
  CapturedStderr() {
    std::fflush(stderr);
    ::dup2(::fileno(file_), STDERR_FILENO);
  }
  ~CapturedStderr() {
    restore();
    std::fclose(file_);
  }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

  std::string text() {
    restore();
    std::rewind(file_);
    char buffer[1024];
    const std::size_t size = std::fread(buffer, 1, sizeof buffer, file_);
    return {buffer, size};
  }

 private:
  void restore() {
    if (before_ < 0) return;
    std::fflush(stderr);
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
    before_ = -1;
  }

  std::FILE* file_ = std::tmpfile();
  int before_ = ::dup(STDERR_FILENO);
};

TEST_CASE("a server's main returns what its body returns and says nothing", "[host]") {
  CapturedStderr captured;
  const int code = run_server("echo", [] { return 3; });
  CHECK(captured.text().empty());
  CHECK(code == 3);
}

TEST_CASE("a server that cannot be says why in one line: 2 for its settings, 1 for all else", "[host]") {
  const struct {
    void (*fail)();
    int code;
    std::string line;
  } rows[] = {
      {[] { throw UsageError("--mode 'x'"); }, 2, "echo: --mode 'x'\n"},
      {[] { throw std::invalid_argument("'x': no port"); }, 2, "echo: 'x': no port\n"},
      {[] { throw StartError("cannot listen"); }, 1, "echo: cannot listen\n"},
      {[] { throw std::runtime_error("its own"); }, 1, "echo: its own\n"},
      {[] { throw std::bad_alloc(); }, 1, "echo: std::bad_alloc\n"},
  };
  for (const auto& row : rows) {
    CapturedStderr captured;
    const int code = run_server("echo", [&row] {
      row.fail();
      return 0;
    });
    CHECK(captured.text() == row.line);
    CHECK(code == row.code);
  }
}

}  // namespace
}  // namespace timeservice::host
