#include "test/support/cpu_seconds.h"

#include <sys/times.h>
#include <unistd.h>

namespace timeservice::test {

double cpu_seconds() {
  tms times{};
  ::times(&times);
  return static_cast<double>(times.tms_utime + times.tms_stime) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace timeservice::test
