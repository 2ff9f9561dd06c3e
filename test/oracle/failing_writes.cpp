// Put before the C library with LD_PRELOAD: what a disk may do to pwrite(). Only files that
// are opened O_DSYNC are meant, which are the oracle's. The file that FAILING_WRITES names
// says what happens from now on, and may be replaced at any time:
//
//     HOW AT MILLISECONDS SERIAL
//
// HOW is well, eio, enospc, short (half is written), lost (it says that all was written, and
// nothing was) or eio_after (the other way round). AT is which write is meant, the
// first is 1; 0 for all. MILLISECONDS is how long each write takes. Another SERIAL starts the
// count anew.

#include <fcntl.h>
#include <unistd.h>

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace {

struct Told {
  char how[16] = "well";
  long at = 0;
  long milliseconds = 0;
  long serial = 0;
};

/// One thread writes at a time.
Told told;
long writes_since = 0;

void listen() {
  const char* path = getenv("FAILING_WRITES");
  FILE* file = path != nullptr ? fopen(path, "r") : nullptr;
  if (file == nullptr) return;
  Told now;
  if (fscanf(file, "%15s %ld %ld %ld", now.how, &now.at, &now.milliseconds, &now.serial) == 4) {
    if (now.serial != told.serial) writes_since = 0;
    told = now;
  }
  fclose(file);
}

ssize_t pwrite_badly(int file, const void* bytes, size_t size, off_t offset) {
  using Pwrite = ssize_t (*)(int, const void*, size_t, off_t);
  static const auto write = reinterpret_cast<Pwrite>(dlsym(RTLD_NEXT, "pwrite64"));
  const int flags = fcntl(file, F_GETFL);
  if (flags < 0 || (flags & O_DSYNC) == 0) return write(file, bytes, size, offset);
  listen();
  if (told.milliseconds > 0) usleep(static_cast<useconds_t>(told.milliseconds * 1000));
  if (++writes_since != told.at && told.at != 0) return write(file, bytes, size, offset);
  if (strcmp(told.how, "well") == 0) return write(file, bytes, size, offset);
  if (strcmp(told.how, "short") == 0) return write(file, bytes, size / 2, offset);
  if (strcmp(told.how, "lost") == 0) return static_cast<ssize_t>(size);
  if (strcmp(told.how, "eio_after") == 0) write(file, bytes, size, offset);
  errno = strcmp(told.how, "enospc") == 0 ? ENOSPC : EIO;
  return -1;
}

}  // namespace

extern "C" ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset) {
  return pwrite_badly(file, bytes, size, offset);
}
extern "C" ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t offset) {
  return pwrite_badly(file, bytes, size, offset);
}
