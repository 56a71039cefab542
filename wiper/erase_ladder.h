#pragma once
// The ladder of a plan: every way to erase this drive that can be used as things are, strongest first and
// ending in the host's overwrite, and every way that can't, with its reasons. Pure: from capabilities alone.
// Used by the planner, which chooses by policy; it never chooses itself.

#include <optional>
#include <string>
#include <vector>

#include "reports/wipe_report.h"
#include "wiper/drive_capabilities.h"
#include "wiper/erase_methods.h"
#include "wiper/erase_reach.h"

namespace regain {

struct Rung {
    std::string method;  ///< the name of the contract; of two that follow each other, the last one's
    std::vector<EraseMethod> commands;  ///< the drive's own, in this order; empty: the host overwrites
    std::string pattern;                ///< what it leaves behind: "zero", "random", "erased", "changed"...
    std::vector<std::string> passes;    ///< the host's, by their patterns; empty for the drive's own commands
    Verdict level = Verdict::cleared;   ///< the best that it can reach on this drive
    std::string standard;
    ExpectedTime expected;
    std::vector<Remark> remarks;  ///< why its level is no better
    bool reaches_all = true;      ///< nothing is known of the drive that it leaves out
    bool opens_drive = false;     ///< before anything else: it is locked, and its PSID is known
    bool concerns_whole_drive() const;
    bool uses(const std::string& name) const;  ///< as its method, or as one of its commands
};

struct EraseLadder {
    std::vector<EraseMethod> methods;      ///< all of the drive's protocol
    std::vector<Rung> rungs;               ///< strongest level first
    std::vector<RejectedMethod> unusable;  ///< a method that has several reasons stands here several times
    EraseReach reach;
    bool is_asked = false;  ///< a command channel answered; otherwise the ladder is the overwrite alone
    Medium medium = Medium::unknown;
};

/// The policy decides what is usable too: what a crypto erase leaves can't be read back as a whole, and a
/// method of overwriting may be asked for.
EraseLadder erase_ladder(const DriveCapabilities& capabilities, const WipePolicy& policy);

}  // namespace regain
