#include "drives/identity_proof.h"

#include <sys/sysmacros.h>

namespace regain {
namespace {

std::string device_number_text(uint64_t number) {
    return std::to_string(major(number)) + ":" + std::to_string(minor(number));
}

}  // namespace

std::vector<IdentityDifference> compare_identity(const DriveRecord& expected, const DriveRecord& found) {
    std::vector<IdentityDifference> differences;
    const auto compare = [&](const char* fact, const std::string& left, const std::string& right) {
        if (left != right) differences.push_back({fact, left, right});
    };
    compare("serial", expected.serial, found.serial);
    compare("wwn", expected.wwn, found.wwn);
    compare("model", expected.model, found.model);
    compare("size", std::to_string(expected.size_bytes), std::to_string(found.size_bytes));
    compare("sector-size", std::to_string(expected.logical_sector_bytes),
            std::to_string(found.logical_sector_bytes));
    compare("device-number", device_number_text(expected.device_number),
            device_number_text(found.device_number));
    if (expected.diskseq != 0)
        compare("diskseq", std::to_string(expected.diskseq), std::to_string(found.diskseq));
    compare("inode", std::to_string(expected.inode), std::to_string(found.inode));
    return differences;
}

Error not_the_same_drive(const DriveRecord& expected, const std::vector<IdentityDifference>& differences) {
    std::string list;
    for (const IdentityDifference& difference : differences) {
        if (!list.empty()) list += ", ";
        list += difference.fact + " " + (difference.expected.empty() ? "-" : difference.expected) + " → " +
                (difference.found.empty() ? "-" : difference.found);
    }
    return error(ErrorKind::refused, message("take hold of {0}", expected.path),
                 message("it is not the drive any more that was there before: {0}", list),
                 message("List the drives again, and start again with the one that is meant."));
}

}  // namespace regain
