#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <spdlog/logger.h>

#include "server/host/host_options.h"
#include "wire/tls.h"

namespace timeservice::host {

/// Throws UsageError where the options of TLS and the endpoints do not fit together; it
/// names the fix.
void check_tls(const HostOptions& options);

/// Whether any of the endpoints is TLS.
bool any_tls(const HostOptions& options);

/// What a host proves itself by to TLS clients, as the files say it now: they are looked at
/// once a second (by a thread of its own), and read anew where they have changed. A
/// connection keeps to what it began with. Any thread.
class TlsCertificates {
 public:
  /// Throws StartError, which names flag, file, reason and fix.
  TlsCertificates(TlsOptions options, std::shared_ptr<spdlog::logger> log);
  ~TlsCertificates();
  TlsCertificates(const TlsCertificates&) = delete;
  TlsCertificates& operator=(const TlsCertificates&) = delete;

  /// For a new connection.
  wire::TlsContext current() const;
  /// Whether that, or what leads from it to a root, has ended.
  bool ended() const;

  /// Reads the files at once, changed or not. False: they cannot be used; a line in the log
  /// says why, and what was read before stays.
  bool reload();

 private:
  /// What tells a file from what it was: the one that a name leads to in the end.
  struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = -1;
    std::int64_t written_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::array<Stamp, 3>;

  static Stamp stamp_of(const std::string& path);
  Stamps look() const;
  void watch();
  void look_again();
  /// "" or why not. One that no client would take does not replace one that they do.
  std::string try_reload(const Stamps& stamps);

  const TlsOptions options_;
  const std::shared_ptr<spdlog::logger> log_;
  /// One reload at a time.
  std::mutex reloading_;
  Stamps read_;
  /// Of files that could not be used, and whether that was said.
  std::optional<Stamps> unusable_;
  bool said_ = false;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  wire::TlsContext current_;
  bool stopping_ = false;
  std::thread watcher_;
};

}  // namespace timeservice::host
