#include "console/line_choice.h"

#include <algorithm>
#include <tuple>

namespace regain {
namespace {

bool belongs_to_the_machine(const DriveRecord& drive) {
    return drive.bus != Bus::usb && drive.attachment != "usb" && !drive.removable &&
           drive.medium != Medium::flash;
}

int slowness(const DriveRecord& drive) {
    if (drive.bus == Bus::nvme) return 0;
    if (drive.medium == Medium::ssd) return 1;
    if (drive.medium == Medium::hdd) return 3;
    return 2;
}

bool is_named(const DriveRecord& drive, const std::string& name) {
    return drive.path == name || (!drive.serial.empty() && drive.serial == name);
}

}  // namespace

bool is_taken_by_all(const DriveRecord& drive) {
    return drive.protection.empty() && !drive.is_virtual() && belongs_to_the_machine(drive);
}

LineDrives drives_of_line(const JobLine& line, const std::vector<DriveRecord>& present) {
    LineDrives result;
    if (line.all_drives) {
        for (const auto& drive : present) {
            if (is_taken_by_all(drive))
                result.drives.push_back(drive);
            else if (drive.protection.empty() && !drive.is_virtual())
                result.left_out.push_back(drive);
            else if (!drive.is_virtual() && belongs_to_the_machine(drive))
                result.kept_back.push_back(drive);
        }
        return result;
    }
    for (const auto& name : line.drives) {
        const auto matches = std::count_if(present.begin(), present.end(),
                                           [&](const DriveRecord& drive) { return is_named(drive, name); });
        if (matches != 1) result.not_here.push_back(name);
        for (const auto& drive : present) {
            if (matches != 1 || !is_named(drive, name)) continue;
            // A path is another drive's at the next start: the technician's own, as soon as it hangs on USB.
            const bool is_certain = drive.serial == name || belongs_to_the_machine(drive);
            (is_certain ? result.drives : result.left_out).push_back(drive);
        }
    }
    return result;
}

std::optional<size_t> automatic_target(const std::vector<DriveRecord>& drives, uint64_t minimum_bytes) {
    std::optional<size_t> best;
    const auto rank = [&](size_t index) {
        return std::tuple(slowness(drives[index]), drives[index].size_bytes, drives[index].path);
    };
    for (size_t i = 0; i < drives.size(); ++i) {
        if (!belongs_to_the_machine(drives[i]) || drives[i].size_bytes < minimum_bytes) continue;
        if (!best || rank(i) < rank(*best)) best = i;
    }
    return best;
}

}  // namespace regain
