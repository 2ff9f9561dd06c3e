#include "server/host/tls_certificates.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <string_view>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "server/host/start_error.h"

namespace timeservice::host {
namespace {

constexpr std::chrono::seconds kLookEvery{1};

std::string_view flag_of(wire::TlsFileError::File file) {
  switch (file) {
    case wire::TlsFileError::File::kCertificate:
      return "--tls-cert: ";
    case wire::TlsFileError::File::kKey:
      return "--tls-key: ";
    case wire::TlsFileError::File::kCa:
      return "--tls-client-ca: ";
    case wire::TlsFileError::File::kNone:
      break;
  }
  return "";
}

wire::TlsContext read_files(const TlsOptions& options) {
  return wire::make_tls_server(
      {.certificate = options.certificate, .key = options.key, .ca = options.client_ca});
}

/// "" or why clients will not take the certificate of that file now, and the fix: the same
/// at the start and at a reload, for a file that changes is taken.
std::string why_invalid(const wire::TlsContext& context, const std::string& file) {
  const auto validity = wire::tls_validity(context);
  const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  if (!validity || (validity->from <= now && now <= validity->until)) return {};
  const bool ended = validity->until < now;
  const std::time_t when = std::chrono::system_clock::to_time_t(ended ? validity->until : validity->from);
  return fmt::format(
      "--tls-cert: the certificate '{}': it {} at {:%FT%TZ}, and clients refuse it: put a valid one in its "
      "place",
      file, ended ? "ended" : "begins", fmt::gmtime(when));
}

}  // namespace

bool any_tls(const HostOptions& options) {
  return std::any_of(options.listen.begin(), options.listen.end(),
                     [](const wire::Endpoint& endpoint) { return endpoint.tls; });
}

void check_tls(const HostOptions& options) {
  const TlsOptions& tls = options.tls;
  if (!tls.key.empty() && tls.certificate.empty()) {
    throw UsageError("--tls-key without --tls-cert: name the certificate that the key belongs to");
  }
  if (!tls.certificate.empty() && tls.key.empty()) {
    throw UsageError("--tls-cert without --tls-key: name the certificate's key");
  }
  const auto first = std::find_if(options.listen.begin(), options.listen.end(),
                                  [](const wire::Endpoint& endpoint) { return endpoint.tls; });
  if (first != options.listen.end() && tls.certificate.empty()) {
    throw UsageError(
        fmt::format("--listen {} needs a certificate: name it and its key with --tls-cert and --tls-key",
                    wire::to_string(*first)));
  }
  if (first != options.listen.end() || (tls.certificate.empty() && tls.client_ca.empty())) return;
  throw UsageError(
      fmt::format("{} is for endpoints that are TLS, and none of --listen is: write such as --listen tls:{}",
                  tls.certificate.empty() ? "--tls-client-ca" : "--tls-cert",
                  options.listen.empty() ? "*:9443" : wire::to_string(options.listen.front())));
}

TlsCertificates::TlsCertificates(TlsOptions options, std::shared_ptr<spdlog::logger> log)
    : options_(std::move(options)), log_(std::move(log)), read_(look()) {
  try {
    current_ = read_files(options_);
  } catch (const wire::TlsFileError& error) {
    throw StartError(fmt::format("{}{}", flag_of(error.file()), error.what()));
  }
  if (const std::string why = why_invalid(current_, options_.certificate); !why.empty())
    log_->warn("{}", why);
  watcher_ = std::thread([this] { watch(); });
}

TlsCertificates::~TlsCertificates() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  watcher_.join();
}

wire::TlsContext TlsCertificates::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

bool TlsCertificates::ended() const {
  const auto validity = wire::tls_validity(current());
  return validity && validity->first_end < std::chrono::system_clock::now();
}

bool TlsCertificates::reload() {
  const std::lock_guard lock(reloading_);
  const std::string why = try_reload(look());
  if (why.empty()) return true;
  log_->error("certificates not reloaded, those before stay in use: {}", why);
  said_ = true;
  return false;
}

void TlsCertificates::watch() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kLookEvery, [this] { return stopping_; })) {
    lock.unlock();
    look_again();
    lock.lock();
  }
}

// Files that are just being written, or of which one is new and the other not yet, cannot be
// used either: that is said only where nothing has changed a second later.
void TlsCertificates::look_again() {
  const std::lock_guard lock(reloading_);
  const Stamps now = look();
  const bool seen_before = unusable_ == now;
  if (now == read_) return;
  // Over and over: one that is not valid yet will be.
  const std::string why = try_reload(now);
  if (why.empty() || !seen_before || said_) return;
  log_->error("certificates have changed and cannot be used, those before stay in use: {}", why);
  said_ = true;
}

// The stamps are of before the reading: what is written meanwhile is seen at the next look.
std::string TlsCertificates::try_reload(const Stamps& stamps) {
  try {
    wire::TlsContext fresh = read_files(options_);
    const std::string& file = options_.certificate;
    if (const std::string why = why_invalid(fresh, file);
        !why.empty() && why_invalid(current(), file).empty())
      throw UsageError(why);
    {
      const std::lock_guard lock(mutex_);
      current_.swap(fresh);
    }
    read_ = stamps;
    unusable_.reset();
    said_ = false;
    log_->info("certificates reloaded from {}; open connections keep the earlier ones", options_.certificate);
    return {};
  } catch (const std::exception& error) {
    if (unusable_ != stamps) said_ = false;
    unusable_ = stamps;
    const auto* file_error = dynamic_cast<const wire::TlsFileError*>(&error);
    return fmt::format("{}{}", file_error != nullptr ? flag_of(file_error->file()) : "", error.what());
  }
}

TlsCertificates::Stamps TlsCertificates::look() const {
  return {stamp_of(options_.certificate), stamp_of(options_.key), stamp_of(options_.client_ca)};
}

TlsCertificates::Stamp TlsCertificates::stamp_of(const std::string& path) {
  struct stat info {};
  if (path.empty() || ::stat(path.c_str(), &info) != 0) return {};
  return {.device = info.st_dev,
          .inode = info.st_ino,
          .size = info.st_size,
          .written_ns = std::chrono::nanoseconds(std::chrono::seconds(info.st_mtim.tv_sec)).count() +
                        info.st_mtim.tv_nsec};
}

}  // namespace timeservice::host
