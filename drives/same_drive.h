#pragma once
// A drive that went away and comes back, perhaps under another path: after the machine slept or was switched
// off, after a rescan, from a journal. It is known by what it says of itself. Used wherever a drive is looked
// for again, and for the names of files about a drive. A dock's own serial names
// whatever is in it: who has not seen the drive all the time asks more (DriveRecord::serial_source). Pure:
// the hold proves again, on the open device, that it is the drive (identity_proof.h).

#include <string>
#include <vector>

#include "reports/drive_record.h"

namespace regain {

/// What may have changed on the way: only a drive that gave back hidden sectors may have another size.
enum class SizeRule { must_be_equal, may_differ };

/// Whether both records tell of one drive: model, serial, WWN, attachment, protocol, sector size and, by the
/// rule, size are equal. One that has neither a serial nor a WWN is the same only under the same path, and so
/// are loop devices and files.
bool is_same_drive(const DriveRecord& one, const DriveRecord& other, SizeRule rule = SizeRule::must_be_equal);

struct FoundAgain {
    const DriveRecord* drive = nullptr;    ///< of `present`; null: not there, or not to be told from another
    std::vector<std::string> look_alikes;  ///< the paths of those that look the same, where they are several
};

/// The one drive of `present` that is `drive`. None where several look the same: the path says nothing of
/// which one it was. Loop devices and files alone are told apart by their paths, which last.
FoundAgain find_again(const DriveRecord& drive, const std::vector<DriveRecord>& present,
                      SizeRule rule = SizeRule::must_be_equal);

/// The name of a file about this drive, the same wherever it is plugged in: 32 hexadecimal digits of the
/// SHA-256 of model, serial and WWN, and ".json". Notes of earlier versions are found by it: it never
/// changes.
std::string file_name_of(const DriveRecord& drive);

}  // namespace regain
