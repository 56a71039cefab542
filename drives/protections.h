#pragma once
// What protects each block device: what is mounted or swapped to, what is built upon it, what the system was
// started from; followed down from the use to the drives it rests on. Computed from one reading of the
// machine, without I/O of its own. Used by discovery, and by the hold for a fresh look before the first
// write.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/system_root.h"
#include "drives/block_tree.h"
#include "drives/boot_medium.h"
#include "drives/mounts.h"
#include "drives/udev_database.h"
#include "reports/drive_record.h"

namespace regain {

/// One reading of everything that may protect a drive.
struct MachineState {
    BlockTree tree;
    std::vector<Mount> mounts;
    std::vector<Swap> swaps;
    BootMedium boot_medium;
    std::map<std::string, ContentNames> contents;  ///< by device name
};

/// Errors: sysfs or procfs cannot be read (ErrorKind::environment): then nothing may be touched.
Result<MachineState> read_machine_state(const SystemRoot& root);
/// The same without the contents of devices of which `concerns` says false; of all, where the boot medium can
/// only be recognised by its contents.
Result<MachineState> read_machine_state(
    const SystemRoot& root, const std::function<bool(const BlockDevice&, const BlockTree&)>& concerns);

/// Protections by device name, for disks and every device below a use; sorted, without repetitions.
std::map<std::string, std::vector<Protection>> find_protections(const SystemRoot& root,
                                                                const MachineState& state);

/// What of the disk's protections concerns bytes from `first` up to `end`, or can't be told apart from them.
/// What is mounted, or backs a loop device, from partitions that lie elsewhere is left out; so is its being
/// the boot medium, which nothing is read from that is not mounted. No bytes (first == end): everything that
/// is mounted is left out.
std::vector<Protection> protections_of_part(const MachineState& state,
                                            const std::map<std::string, std::vector<Protection>>& found,
                                            const std::string& disk, uint64_t first, uint64_t end);

/// What sits on a holder's name and type: "md", "lvm", "bcache", "dm".
std::string holder_kind(const BlockDevice& holder);
/// The UUID of the volume group that an LVM device belongs to, as LVM writes it; empty for other devices.
std::string volume_group_uuid(const BlockDevice& device);
/// The volume group's name out of "group--name-volume".
std::string volume_group_name(const BlockDevice& device);

}  // namespace regain
