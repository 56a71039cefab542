#pragma once
// What the other rooms know of a drive: a plain record, made by drives/ and copied into every report. It
// opens nothing and proves nothing.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "reports/remark.h"

namespace regain {

/// How the drive is attached (not what it speaks).
enum class Bus { unknown, ata, scsi, nvme, mmc, usb, virtio, virtual_drive };
/// What stores the data.
enum class Medium { unknown, hdd, ssd, emmc, flash };

std::string_view bus_name(Bus bus);           ///< "ata" ... "virtual", "unknown"
std::string_view medium_name(Medium medium);  ///< "hdd" ... "unknown"
bool parse_bus(std::string_view name, Bus& bus);
bool parse_medium(std::string_view name, Medium& medium);

/// Why a drive may not be touched, or can't be used. `reason` is one of:
/// boot-medium, system-root, mounted, swap, md, lvm, dm, bcache, backs-loop-device, shares-file, read-only,
/// in-use, size-zero, sector-size-unsupported, remapped-nvme, ambiguous-serial is *not* one (it concerns a
/// name, not a drive).
struct Protection {
    std::string reason;
    std::string detail;  ///< mount point, holder's name, ...
    bool releasable =
        false;  ///< a donor's md or LVM set that the system assembled by itself: can be released when asked
    bool operator==(const Protection&) const = default;
};

/// One block node of a drive: an NVMe namespace, a LUN, a path of a multipath device, an eMMC boot area.
struct DriveNode {
    std::string path;  ///< /dev/nvme0n1
    std::string kind;  ///< "main", "namespace", "boot-area", "general-purpose", "rpmb", "path"
    uint64_t size_bytes = 0;
    uint64_t diskseq = 0;        ///< 0: the kernel does not say
    uint64_t device_number = 0;  ///< major:minor as makedev makes it; 0: not a block device (rpmb)
    uint32_t logical_sector_bytes = 512;
    bool operator==(const DriveNode&) const = default;
};

struct DriveRecord {
    std::string path;  ///< of the main node: /dev/sda
    std::string model;
    std::string serial;         ///< empty: the drive has none, it is confirmed by its path
    std::string serial_source;  ///< "drive", "bridge", "file", "loop" or "" when there is none
    std::string wwn;
    std::string firmware;
    Bus bus = Bus::unknown;
    std::string attachment;  ///< the link in one word, "" when not known: "sata", "sas", "usb", "pcie",
                             ///< "iscsi", "fc", "tcp", "rdma", "mmc", "virtio", "loop", "file", "network"
    std::string protocol;    ///< "ata", "scsi", "nvme", "mmc", "virtio", "file", "loop"
    Medium medium = Medium::unknown;
    uint64_t size_bytes = 0;
    uint64_t native_size_bytes = 0;  ///< 0: not known (hidden areas were not examined)
    uint32_t logical_sector_bytes = 512;
    uint32_t physical_sector_bytes = 512;
    uint64_t diskseq = 0;        ///< 0: the kernel does not say (and for files)
    uint64_t inode = 0;          ///< for files: inode and device number stand for diskseq
    uint64_t device_number = 0;  ///< rdev of a node (major:minor as makedev), st_dev of a file
    bool removable = false;
    bool rotational = false;  ///< as the kernel says it
    std::vector<DriveNode> nodes;
    std::vector<Protection> protection;
    std::vector<std::string> contents;  ///< what libblkid sees, for the operator: "gpt", "ntfs",
                                        ///< "linux_raid_member"; never file names
    bool is_virtual() const { return bus == Bus::virtual_drive; }
    bool operator==(const DriveRecord&) const = default;
};

Json to_json(const DriveRecord& drive);
Result<DriveRecord> drive_record_from_json(const Json& json);
/// {"schema":"regain.drives/1","drives":[...]}
Json drives_document(const std::vector<DriveRecord>& drives);

}  // namespace regain
