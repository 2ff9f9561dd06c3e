#include "test/support/descriptor_shortage.h"

#include <fcntl.h>
#include <unistd.h>

namespace timeservice::test {

DescriptorShortage::DescriptorShortage(int spare) {
  ::getrlimit(RLIMIT_NOFILE, &before_);
  // A low ceiling, so that it is quickly reached; the host has taken its own measure before.
  const int highest = ::dup(0);
  ::close(highest);
  rlimit low = before_;
  low.rlim_cur = static_cast<rlim_t>(highest) + 32;
  ::setrlimit(RLIMIT_NOFILE, &low);
  for (int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC); fd >= 0;
       fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) {
    taken_.push_back(fd);
  }
  for (; spare > 0 && !taken_.empty(); --spare) give_back();
}

DescriptorShortage::~DescriptorShortage() {
  for (const int fd : taken_) ::close(fd);
  ::setrlimit(RLIMIT_NOFILE, &before_);
}

void DescriptorShortage::give_back() {
  ::close(taken_.back());
  taken_.pop_back();
}

}  // namespace timeservice::test
