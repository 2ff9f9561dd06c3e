#pragma once

#include <sys/resource.h>

#include <vector>

namespace timeservice::test {

/// Takes all but a few of the process's descriptors, until destroyed.
class DescriptorShortage {
 public:
  explicit DescriptorShortage(int spare);
  ~DescriptorShortage();
  DescriptorShortage(const DescriptorShortage&) = delete;
  DescriptorShortage& operator=(const DescriptorShortage&) = delete;

 private:
  void give_back();

  rlimit before_{};
  std::vector<int> taken_;
};

}  // namespace timeservice::test
