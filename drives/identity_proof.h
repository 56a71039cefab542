#pragma once
// Compares the drive that was planned for with the one that is open now, fact by fact. Pure: the hold gathers
// the facts on its descriptor.

#include <string>
#include <vector>

#include "base/result.h"
#include "reports/drive_record.h"

namespace regain {

struct IdentityDifference {
    std::string
        fact;  ///< "size", "serial", "wwn", "model", "sector-size", "diskseq", "device-number", "inode"
    std::string expected;
    std::string found;
    bool operator==(const IdentityDifference&) const = default;
};

/// Every fact that differs; none means that it is the same drive. A diskseq that the record doesn't have (an
/// old kernel) is not compared; a serial or WWN that is missing on one side only is a difference.
std::vector<IdentityDifference> compare_identity(const DriveRecord& expected, const DriveRecord& found);

/// ErrorKind::refused, naming each difference.
Error not_the_same_drive(const DriveRecord& expected, const std::vector<IdentityDifference>& differences);

}  // namespace regain
