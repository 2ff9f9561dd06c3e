#include "wire/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

namespace timeservice::wire {

void keep_standard_streams_apart() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) != -1) continue;
    // The lowest number that is free is this one. Opened for what the stream is not used for.
    ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

}  // namespace timeservice::wire
