#pragma once
// Every block device that sysfs knows (disks, partitions, md, dm, loop) and what lies upon what, as plain
// data. Discovery, protections and the release of holders all look at one such reading. Opens no device.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/system_root.h"

namespace regain {

struct BlockDevice {
    std::string name;                 ///< sysfs's: "sda1", "cciss!c0d0"
    std::filesystem::path directory;  ///< where its attributes can be read
    std::string sysfs_path;      ///< the same as the kernel names it: "/sys/devices/pci0000:00/.../block/sda"
    uint64_t device_number = 0;  ///< as makedev() makes it
    std::string disk;            ///< of a partition: the device that it is a part of
    std::vector<std::string> partitions;
    std::vector<std::string> holders;  ///< what is built upon it (md, dm, bcache)
    std::vector<std::string> slaves;   ///< what it is built upon
    uint64_t size_bytes = 0;
    uint64_t start_bytes = 0;  ///< of a partition: where it begins on its disk
    uint64_t diskseq = 0;
    uint32_t logical_sector_bytes = 512;
    uint32_t physical_sector_bytes = 512;
    bool is_read_only = false;
    bool is_removable = false;
    bool is_hidden = false;
    bool is_rotational = false;
    std::string backing_file;    ///< of a loop device, without " (deleted)"
    std::string mapper_name;     ///< of a dm device
    std::string mapper_uuid;     ///< of a dm device: "LVM-...", "CRYPT-LUKS2-..."
    std::string array_level;     ///< of an md device: "raid1", "container"
    std::string array_metadata;  ///< of an md device: "1.2", "external:imsm", "external:/md127/0"

    bool is_partition() const { return !disk.empty(); }
    /// "/dev/sda1"
    std::string path() const;
};

class BlockTree {
  public:
    /// ErrorKind::environment when there is no /sys/block.
    static Result<BlockTree> read(const SystemRoot& root);
    /// One whole device alone, without its partitions; nothing when it is not there.
    static std::optional<BlockDevice> read_one(const SystemRoot& root, uint64_t device_number);

    const std::map<std::string, BlockDevice, std::less<>>& devices() const { return devices_; }
    /// By sysfs's name; null when it is not there.
    const BlockDevice* find(std::string_view name) const;
    const BlockDevice* find_number(uint64_t device_number) const;
    /// By device path, also /dev/mapper/NAME and links under the root's /dev; null when it is none.
    const BlockDevice* find_path(const SystemRoot& root, const std::string& path) const;

    /// Everything that is built upon the device, itself included: partitions, holders, and so on upwards.
    std::set<std::string> upper_devices(const std::string& name) const;

  private:
    void add(BlockDevice device);
    std::map<std::string, BlockDevice, std::less<>> devices_;
};

/// A number in a sysfs attribute; 0 when it is missing or no number.
uint64_t read_number(const std::filesystem::path& path);

}  // namespace regain
