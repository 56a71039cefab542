#pragma once
// Who the drive says that it is, over its own command channel, past what the kernel remembers: asked before
// and after the drive's own erase, because a size or a serial may change under it. Sends reading commands
// only.

#include <cstdint>
#include <string>

#include "base/result.h"
#include "wiper/firmware_erase.h"

namespace regain {

struct SpokenIdentity {
    std::string serial;       ///< empty: it has none, or does not tell
    uint64_t size_bytes = 0;  ///< all attached namespaces together; 0: it does not tell
    bool operator==(const SpokenIdentity&) const = default;
};

/// `method` tells which channel to ask ("ata-...", "scsi-...", "nvme-...", "mmc-..."; "tcg-..." over
/// the one that is open). An error when the drive does not answer as it should. ErrorKind::failed,
/// environment.
Result<SpokenIdentity> ask_identity(const std::string& method, const EraseChannels& channels);

}  // namespace regain
