#pragma once
// What of a drive an erase would not reach, or could not prove to have reached, as far as its capabilities
// show it: hidden sectors, namespaces that are not attached or have no node, capacity in no namespace. Pure.
// Used by the ladder of a plan; nothing of it is ever left out silently.

#include <vector>

#include "reports/remark.h"
#include "wiper/drive_capabilities.h"

namespace regain {

struct EraseReach {
    /// Each is a reason why no method can purge this drive now; the plan carries them as remarks.
    std::vector<Remark> forbids_purge;
    std::vector<Remark> remarks;  ///< what else is not reached by overwriting
    bool hides_sectors = false;
    bool hides_namespaces = false;      ///< or capacity in none: something lies outside of the drive's nodes
    bool has_other_namespaces = false;  ///< with somebody's data, where the drive's nodes do not lead
    std::vector<Remark> not_examined;   ///< areas that no command of the host erases or shows
};

/// For a drive that did not answer, only what can't be known then.
EraseReach erase_reach(const DriveCapabilities& capabilities);

}  // namespace regain
