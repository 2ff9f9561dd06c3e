#include "server/time/oracle/file_watermark.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "server/time/oracle/state_file.h"
#include "server/time/oracle/watermark_slot.h"

namespace timeservice::oracle {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
  throw std::runtime_error(fmt::format("oracle state file '{}': {}", path.string(), why));
}

std::optional<WatermarkSlot> read_slot(const StateFile& file, std::uint32_t slot) {
  WatermarkSlot::Bytes bytes{};
  if (file.read(bytes, slot * WatermarkSlot::kBytes) != bytes.size()) return std::nullopt;
  return WatermarkSlot::decode(bytes, slot);
}

class FileWatermark : public WatermarkStore {
 public:
  FileWatermark(const std::filesystem::path& path, const OracleLog& log);

  std::int64_t read() override { return newest_.watermark; }
  void write(std::int64_t watermark) override;

 private:
  void write_slot(std::uint32_t slot, const WatermarkSlot& content);

  const std::filesystem::path path_;
  /// Open for as long as the store lives, for the lock; `slots_` is opened anew after a
  /// failed write.
  StateFile lock_;
  StateFile slots_;
  WatermarkSlot newest_;
  /// The slot that is known to be whole and the newest: it is written last.
  std::uint32_t good_ = 0;
  /// Of the last write, whatever became of it.
  std::uint64_t sequence_ = 0;
};

FileWatermark::FileWatermark(const std::filesystem::path& path, const OracleLog& log)
    : path_(path), lock_(path, StateFile::kBuffered) {
  if (!lock_.lock())
    refuse(path_, "another process is using it: stop that server, or give this one a file of its own");
  const std::optional<WatermarkSlot> slots[] = {read_slot(lock_, 0), read_slot(lock_, 1)};
  if (!slots[0] && !slots[1]) {
    refuse(
        path_,
        "it is damaged, or not a state file: put back a copy, or move it away and start with --oracle-init; "
        "either only once the clock is surely past the last timestamp that was handed out");
  }
  good_ = !slots[0] || (slots[1] && slots[1]->sequence > slots[0]->sequence) ? 1 : 0;
  newest_ = *slots[good_];
  sequence_ = newest_.sequence;
  if (log && (!slots[0] || !slots[1])) {
    log(Severity::kWarning,
        fmt::format("oracle state file '{}': one of its two slots is damaged: going on with the other",
                    path_.string()));
  }
}

void FileWatermark::write(std::int64_t watermark) {
  if (!lock_.is_at(path_)) {
    refuse(path_,
           "it was removed or replaced while the server ran: move that very file back; a copy will do only "
           "after a restart of the server");
  }
  if (!slots_.is_open()) {
    StateFile opened(path_, StateFile::kDurable);
    if (!opened.is_at(path_) || !lock_.is_at(path_)) refuse(path_, "it was replaced just now");
    slots_ = std::move(opened);
  }
  const WatermarkSlot next{++sequence_, watermark};
  write_slot(1 - good_, next);
  good_ = 1 - good_;
  write_slot(1 - good_, next);
  newest_ = next;
}

void FileWatermark::write_slot(std::uint32_t slot, const WatermarkSlot& content) {
  try {
    slots_.write(content.encode(slot), slot * WatermarkSlot::kBytes);
  } catch (const std::exception&) {
    slots_ = StateFile();
    throw;
  }
}

}  // namespace

void init_watermark_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) {
    refuse(path, "it exists already: start without --oracle-init, which is for the first start only");
  }
  std::vector<std::uint8_t> bytes;
  for (std::uint32_t slot = 0; slot < WatermarkSlot::kSlots; ++slot) {
    const WatermarkSlot::Bytes encoded = WatermarkSlot{}.encode(slot);
    bytes.insert(bytes.end(), encoded.begin(), encoded.end());
  }
  create_durably(path, bytes);
}

std::unique_ptr<WatermarkStore> open_watermark_file(const std::filesystem::path& path, const OracleLog& log) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  if (status.type() == std::filesystem::file_type::not_found) {
    refuse(path,
           "it does not exist: for a new oracle start once with --oracle-init; for one that has run before, "
           "find the "
           "file or put back a copy");
  }
  if (status.type() != std::filesystem::file_type::none &&
      status.type() != std::filesystem::file_type::regular) {
    refuse(path, "it is not a regular file: name a file, on a local disk");
  }
  return std::make_unique<FileWatermark>(path, log);
}

}  // namespace timeservice::oracle
