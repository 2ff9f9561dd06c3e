#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/descriptor.h"
#include "wire/endpoint.h"

namespace timeservice::bench {

/// What a process has used so far, as /proc says; times in steps of 10 ms.
struct ProcessUse {
  std::chrono::milliseconds user{};
  std::chrono::milliseconds system{};
};

/// A server in a process of its own, which ends with this object or with this
/// process. Its standard error is this process's. One thread.
class ChildServer {
 public:
  /// Starts `command`, a path and its arguments, and waits for its ready line. With
  /// `core`, it runs on that one alone. Throws LoadError.
  ChildServer(const std::vector<std::string>& command, std::optional<int> core);
  /// Kills it, if stop() did not end it.
  ~ChildServer();
  ChildServer(const ChildServer&) = delete;
  ChildServer& operator=(const ChildServer&) = delete;

  const wire::Endpoint& endpoint() const { return endpoint_; }
  ProcessUse use() const;
  /// Memory that it holds now, and the most that it ever held, in bytes.
  std::uint64_t resident_bytes() const { return status_bytes("VmRSS"); }
  std::uint64_t peak_bytes() const { return status_bytes("VmHWM"); }

  /// Ends it by SIGTERM and waits for that. Throws LoadError unless it ended well.
  void stop();

 private:
  void start(const std::vector<std::string>& command, std::optional<int> core);
  /// Its first line; empty where it ends, or says nothing in time.
  std::string read_line();
  /// Whether it wrote something, or ended, in time.
  bool output_comes() const;
  std::uint64_t status_bytes(std::string_view field) const;
  /// Waits for its end; its status as waitpid() gives it.
  int wait();

  std::string name_;
  pid_t pid_ = -1;
  /// Its standard output; open for as long as it runs.
  Descriptor output_;
  wire::Endpoint endpoint_;
};

}  // namespace timeservice::bench
