#pragma once
// What a job file's table [line] means for the drives of one machine: which drives "all" takes, and which of
// them gets the system when it says "automatic" (docs/job-format.md). Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "profiles/job_reader.h"
#include "reports/drive_record.h"

namespace regain {

/// Whether drives = "all" takes this one: a drive of the machine itself that nothing protects. What hangs on
/// USB, can be taken out, is a memory card or a virtual drive is left to the technician: it may be his own.
bool is_taken_by_all(const DriveRecord& drive);

/// What `drives` in the job means here.
struct LineDrives {
    std::vector<DriveRecord> drives;    ///< in the machine's order
    std::vector<DriveRecord> left_out;  ///< not of the machine itself, and taken by "all" or named by a path
    std::vector<DriveRecord>
        kept_back;                      ///< of "all": of the machine itself, but protected: it stays as it is
    std::vector<std::string> not_here;  ///< named in the list, and not in this machine (or ambiguous)
};
LineDrives drives_of_line(const JobLine& line, const std::vector<DriveRecord>& present);

/// The drive that gets the system: of those that are large enough and belong to the machine itself, the
/// fastest medium (NVMe, then SSD, then unknown and eMMC, then hard disk), then the smallest, then the first
/// by path. Nothing when none is large enough. Virtual drives count as unknown.
std::optional<size_t> automatic_target(const std::vector<DriveRecord>& drives, uint64_t minimum_bytes);

}  // namespace regain
