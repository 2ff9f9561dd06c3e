#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "server/time/zone/zone.h"

namespace timeservice::zone {

/// The zones of the tz database that may be asked for: the names in tzdata.zi whose
/// files are there. A name from a client is only ever compared with these, so that none
/// becomes a path. Any thread.
class ZoneCatalog {
 public:
  /// Reads `directory`/tzdata.zi and each zone's file: what is changed there later changes nothing.
  /// Throws std::runtime_error, one line with what to do.
  explicit ZoneCatalog(const std::filesystem::path& directory);
  ~ZoneCatalog();

  /// Release of the database, such as "2025b".
  const std::string& version() const;
  /// In byte order, links included.
  const std::vector<std::string>& names() const;
  /// The names in tzdata.zi that have no file: those of the package tzdata-legacy,
  /// where a distribution has one and it is not installed. In byte order.
  const std::vector<std::string>& missing() const;
  /// "" is UTC. The first call for a zone decodes it. Throws BadRequest UNKNOWN_ZONE, also
  /// if the zone's file proves to be damaged.
  const Zone& find(const std::string& name) const;

 private:
  struct Contents;
  std::unique_ptr<Contents> contents_;
};

}  // namespace timeservice::zone
