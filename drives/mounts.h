#pragma once
// What is mounted and what is swapped to, as procfs says it, and which block devices lie behind a path. Only
// this process's mount namespace is seen; a file system that is mounted in another one alone is noticed
// later, when the exclusive open of its drive fails (drive_hold.h). Opens no device.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/system_root.h"
#include "drives/block_tree.h"

namespace regain {

struct Mount {
    uint64_t device_number = 0;  ///< of the file system; anonymous (major 0) for btrfs, overlay, tmpfs, NFS
    std::string mount_point;
    std::string type;
    std::string source;   ///< "/dev/sda1", "tmpfs", "/dev/sda:/dev/sdb" (bcachefs)
    std::string options;  ///< of the super block: holds an overlay's layers
};

struct Swap {
    std::string path;
    bool is_file = false;
};

/// Ref: Linux Documentation/filesystems/proc.rst, section 3.5 (/proc/<pid>/mountinfo).
/// An unreadable file is an error (ErrorKind::environment): not knowing what is mounted is not "nothing".
Result<std::vector<Mount>> read_mounts(const SystemRoot& root);
Result<std::vector<Swap>> read_swaps(const SystemRoot& root);

/// What a path or a mount rests on, as names in the tree: all members of a btrfs, all layers of an overlay.
/// Empty for tmpfs and network file systems.
std::set<std::string> devices_behind_mount(const SystemRoot& root, const BlockTree& tree,
                                           const std::vector<Mount>& mounts, const Mount& mount);
std::set<std::string> devices_behind_path(const SystemRoot& root, const BlockTree& tree,
                                          const std::vector<Mount>& mounts, const std::string& path);

/// Everything that the device rests on, itself included: its disk, slaves, a loop device's file, and so on
/// down.
std::set<std::string> lower_devices(const SystemRoot& root, const BlockTree& tree,
                                    const std::vector<Mount>& mounts, const std::string& name);

}  // namespace regain
