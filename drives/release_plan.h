#pragma once
// How a donor's md and LVM sets, assembled by the system without anybody asking, are let go: a list of
// programs to run, from the top of the stack down. Planning is pure; release_holders() (drive_hold.h) runs
// it.

#include <functional>
#include <string>
#include <vector>

#include "base/program.h"
#include "base/result.h"
#include "drives/protections.h"
#include "reports/drive_record.h"

namespace regain {

struct ReleaseStep {
    std::string program;
    std::vector<std::string> arguments;
    std::string package;
    std::string holder;  ///< what it lets go: "/dev/md127", a volume group's name
};

/// Steps that free every node of the drive; none when nothing is built upon it. ErrorKind::refused when
/// something is in use, or is neither md nor LVM.
Result<std::vector<ReleaseStep>> plan_release(const SystemRoot& root, const MachineState& state,
                                              const DriveRecord& drive);

using ProgramRunner = std::function<Result<ProgramOutcome>(const ProgramRequest& request, Message doing)>;
/// release_holders() with a runner of the caller's (tests).
Status release_holders_with(const ProgramRunner& runner, const SystemRoot& root, const DriveRecord& drive);

}  // namespace regain
