#include "drives/same_drive.h"

#include <cstdint>

#include "base/bytes.h"
#include "base/hash.h"

namespace regain {
namespace {

constexpr size_t name_digits = 32;

bool looks_the_same(const DriveRecord& one, const DriveRecord& other, SizeRule rule) {
    return one.model == other.model && one.serial == other.serial && one.wwn == other.wwn &&
           one.bus == other.bus && one.protocol == other.protocol &&
           one.logical_sector_bytes == other.logical_sector_bytes &&
           (rule == SizeRule::may_differ || one.size_bytes == other.size_bytes);
}

bool has_name_of_its_own(const DriveRecord& drive) {
    return !drive.serial.empty() || !drive.wwn.empty();
}

}  // namespace

bool is_same_drive(const DriveRecord& one, const DriveRecord& other, SizeRule rule) {
    if (!looks_the_same(one, other, rule)) return false;
    return one.path == other.path || (has_name_of_its_own(one) && !one.is_virtual());
}

FoundAgain find_again(const DriveRecord& drive, const std::vector<DriveRecord>& present, SizeRule rule) {
    std::vector<const DriveRecord*> alike;
    for (const DriveRecord& each : present)
        if (looks_the_same(drive, each, rule) && (!drive.is_virtual() || drive.path == each.path))
            alike.push_back(&each);
    FoundAgain found;
    if (alike.size() == 1 && is_same_drive(drive, *alike.front(), rule)) found.drive = alike.front();
    if (alike.size() > 1)
        for (const DriveRecord* each : alike) found.look_alikes.push_back(each->path);
    return found;
}

std::string file_name_of(const DriveRecord& drive) {
    const std::string who = drive.model + "\n" + drive.serial + "\n" + drive.wwn;
    const ByteView bytes(reinterpret_cast<const uint8_t*>(who.data()), who.size());
    return sha256_hex(bytes).substr(0, name_digits) + ".json";
}

}  // namespace regain
