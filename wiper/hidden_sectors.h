#pragma once
// Gives back the sectors that an ATA drive hides: accessible max address, host-protected area, device
// configuration overlay. Changes the drive's size for good, so that the run calls it after the confirmation
// and proves the drive's identity and reads its partition table again afterwards. Erases nothing.

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "drives/sat_transport.h"
#include "wiper/drive_capabilities.h"
#include "wiper/drive_log.h"

namespace regain {

struct HiddenSectorsLog {
    std::optional<HiddenSectors> before;  ///< empty: the drive could not be asked
    std::optional<HiddenSectors> after;   ///< empty: not asked, or it did not answer
    /// What was given back: "accessible-max-address", "host-protected-area" or "configuration-overlay".
    /// Drives take one such change in each power cycle; another one is not tried.
    std::string change;
    Answer accepted = Answer::unknown;     ///< the command that makes the change; unknown: none was sent, too
    Answer all_reached = Answer::unknown;  ///< every mechanism was asked afterwards, and none hides anything
    bool needs_power_cycle = false;        ///< more is hidden, and the next change needs one
    std::vector<Remark> remarks;           ///< what went wrong, by code
    std::vector<Error> errors;
    CommandLog commands;
};
/// The fields above under their names; sizes in sectors; answers as words.
Json to_json(const HiddenSectorsLog& log);

/// Makes at most one change: the outermost mechanism that hides something. Blocks for some commands.
HiddenSectorsLog restore_hidden_sectors(ScsiTransport& scsi, PassThroughSize size);

}  // namespace regain
