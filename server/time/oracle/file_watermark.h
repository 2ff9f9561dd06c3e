#pragma once

#include <filesystem>
#include <memory>

#include "server/time/oracle/oracle_log.h"
#include "server/time/oracle/watermark_store.h"

namespace timeservice::oracle {

// The watermark in a file of 8192 bytes: the same WatermarkSlot twice. Each write is of
// one slot, then of the other, each durable before the next (O_DSYNC). So a crash leaves
// at least one whole slot, and of two whole ones the one with the higher sequence number
// is right; when both were written, damage to either loses nothing. The file is written full
// when it is made, so a full disk cannot fail a later write (except where each write takes new
// blocks, as on btrfs).
//
// The file must be on a local file system that keeps what it says it has written:
// on NFS neither the lock nor O_DSYNC can be relied on. A symbolic link is followed when
// the file is opened; the lock is the file's, whatever name it is reached by, but not its
// copy's. Two servers with copies of one file hand out the same timestamps, and an old
// copy may be put back only once the clock is past the last timestamp handed out.

/// Makes the state file of a new oracle, readable by its owner only, durable when it
/// returns. Throws std::runtime_error, one line with what to do, where there is a file
/// already, valid or not.
void init_watermark_file(const std::filesystem::path& path);

/// Opens and locks the state file; the lock ends with the store or the process. Throws
/// std::runtime_error, one line with what to do: it is missing, damaged, or another
/// process has it. `log` is told if one slot is damaged, which the next write mends.
///
/// Its write() also throws where the file is no longer the one at `path`: the next start would
/// read another. After a failed write the file is opened anew and both slots are
/// written whole again: what the kernel still holds of the failed one may count as
/// written and never reach the disk.
std::unique_ptr<WatermarkStore> open_watermark_file(const std::filesystem::path& path,
                                                    const OracleLog& log = {});

}  // namespace timeservice::oracle
