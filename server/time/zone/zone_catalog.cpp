#include "server/time/zone/zone_catalog.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <unordered_map>

#include <fmt/format.h>
#include <strings.h>

#include "server/time/zone/bad_request.h"
#include "server/time/zone/tzdata_zi.h"
#include "server/time/zone/tzif.h"

namespace timeservice::zone {
namespace {

constexpr const char* kUtc = "UTC";

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view why) {
  throw std::runtime_error(
      fmt::format("time zones: {}: {}; install the package tzdata, or name its folder with --zoneinfo",
                  path.string(), why));
}

TzdataZi load_tzdata_zi(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) fail(path, std::generic_category().message(errno));
  try {
    return read_tzdata_zi(file);
  } catch (const std::runtime_error& error) {
    fail(path, error.what());
  }
}

/// The bytes of a zone's file, "" where there is none; whether it is whole shows on decoding.
std::string read_zone_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return {};
  std::ifstream file(path, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(file), {});
  return bytes.starts_with("TZif") ? bytes : std::string();
}

}  // namespace

struct ZoneCatalog::Contents {
  struct Entry {
    /// As read at start, so that all zones are of one release; gone once decoded.
    std::string bytes;
    std::once_flag decoded;
    /// None if the file is damaged.
    std::optional<Zone> zone;
    std::string damage;
  };

  const Zone& load(const std::string& name, Entry& entry) const;
  [[noreturn]] void refuse_unknown(const std::string& name) const;

  std::string version;
  std::vector<std::string> names;
  std::vector<std::string> missing;
  /// Its nodes are made at start and stay; each is filled at most once.
  std::unordered_map<std::string, Entry> entries;
};

const Zone& ZoneCatalog::Contents::load(const std::string& name, Entry& entry) const {
  std::call_once(entry.decoded, [&] {
    try {
      entry.zone.emplace(read_tzif(entry.bytes));
      entry.bytes = std::string();
    } catch (const std::runtime_error& error) {
      entry.damage = error.what();
    }
  });
  if (!entry.zone) {
    refuse(BadRequestCode::UNKNOWN_ZONE,
           fmt::format("zone \"{}\" cannot be loaded, its file on the server is damaged: {}; the server's "
                       "operator should reinstall the package tzdata and restart the server",
                       name, entry.damage));
  }
  return *entry.zone;
}

void ZoneCatalog::Contents::refuse_unknown(const std::string& name) const {
  if (std::binary_search(missing.begin(), missing.end(), name)) {
    refuse(BadRequestCode::UNKNOWN_ZONE,
           fmt::format("zone \"{}\" is not installed on the server: its operator can install the package "
                       "tzdata-legacy and restart the server",
                       name));
  }
  const auto similar = std::find_if(names.begin(), names.end(), [&](const std::string& known) {
    return known.size() == name.size() && ::strcasecmp(known.c_str(), name.c_str()) == 0;
  });
  const std::string hint = similar != names.end()
                               ? fmt::format("did you mean \"{}\"?", *similar)
                               : std::string("list_zones(), or 'time-client zones', tells the names");
  refuse(BadRequestCode::UNKNOWN_ZONE,
         fmt::format("zone {} is not in the tz database {}: {}", in_quotes(name), version, hint));
}

ZoneCatalog::ZoneCatalog(const std::filesystem::path& directory) : contents_(new Contents) {
  Contents& contents = *contents_;
  const std::filesystem::path folder = std::filesystem::absolute(directory).lexically_normal();
  TzdataZi tzdata = load_tzdata_zi(folder / "tzdata.zi");
  contents.version = std::move(tzdata.version);
  contents.entries.reserve(tzdata.names.size());
  for (std::string& name : tzdata.names) {
    if (std::string bytes = read_zone_file(folder / name); !bytes.empty()) {
      contents.entries[name].bytes = std::move(bytes);
      contents.names.push_back(std::move(name));
    } else {
      contents.missing.push_back(std::move(name));
    }
  }
  // What "" stands for: a server without it could not even do that.
  if (contents.entries.count(kUtc) == 0) fail(folder / kUtc, "is not there, or is no time zone file");
}

ZoneCatalog::~ZoneCatalog() = default;

const std::string& ZoneCatalog::version() const { return contents_->version; }
const std::vector<std::string>& ZoneCatalog::names() const { return contents_->names; }
const std::vector<std::string>& ZoneCatalog::missing() const { return contents_->missing; }

const Zone& ZoneCatalog::find(const std::string& name) const {
  const auto found = contents_->entries.find(name.empty() ? kUtc : name);
  if (found == contents_->entries.end()) contents_->refuse_unknown(name);
  return contents_->load(found->first, found->second);
}

}  // namespace timeservice::zone
