#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace timeservice::test {

inline const std::filesystem::path kSystemTree = "/usr/share/zoneinfo";

/// A small tz database of its own, gone with the object.
class TzTree {
 public:
  TzTree() {
    std::string name = (std::filesystem::temp_directory_path() / "tz-tree-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name;
  }
  ~TzTree() { std::filesystem::remove_all(path_); }
  TzTree(const TzTree&) = delete;
  TzTree& operator=(const TzTree&) = delete;

  const std::filesystem::path& path() const { return path_; }

  TzTree& write(const std::string& name, const std::string& contents) {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << contents;
    return *this;
  }

  /// The system's file of zone `source` as that of zone `name`.
  TzTree& copy(const std::string& name, const std::string& source) {
    return write(name, system_file(source));
  }

  static std::string system_file(const std::string& zone) {
    std::ifstream file(kSystemTree / zone, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::filesystem::path path_;
};

}  // namespace timeservice::test
