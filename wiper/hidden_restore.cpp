#include "wiper/hidden_restore.h"

#include <filesystem>
#include <utility>

#include "drives/drive_hold.h"
#include "wiper/held_channels.h"

namespace regain {

Result<HiddenSectorsLog> restore_hidden_sectors_of(const SystemRoot& root, DriveChannels& channels,
                                                   const DriveRecord& drive, const Clock& clock,
                                                   std::stop_token stop) {
    REGAIN_ASSIGN(const DriveHold hold, DriveHold::acquire(root, drive));
    REGAIN_ASSIGN(const auto held, HeldChannels::open_for(channels, drive, "ata", std::filesystem::path(),
                                                          clock, std::move(stop)));
    const EraseChannels& open = held->means().channels;
    return restore_hidden_sectors(*open.scsi, open.pass_through);
}

}  // namespace regain
