#pragma once
// Where everything lies on the disk of a new image. Pure. Partition numbers are part of the boot design:
// core.img and efi-grub.cfg look for partition 3 of the disk that they were started from.

#include <cstdint>
#include <string>
#include <vector>

#include "imager/disk_uuid.h"
#include "imager/gpt.h"
#include "imager/image_manifest.h"
#include "profiles/profile.h"

namespace regain {

struct DiskLayout {
    ImagePartition bios, esp, root;
    uint64_t disk_bytes = 0;

    std::vector<ImagePartition> partitions() const { return {bios, esp, root}; }
};

/// BIOS boot partition, EFI system partition, root, room for the second table; all on 4 MiB.
DiskLayout plan_disk_layout(const ProfileDisk& disk);

/// The partition table's rows, with UUIDs derived from `seed`.
std::vector<GptPartition> layout_partitions(const DiskLayout& layout, const std::string& seed);

/// The same UUID for the same words: what is built again from the same profile has the same UUIDs. Deployment
/// replaces them all.
DiskUuid derived_uuid(const std::string& seed, const std::string& purpose);

}  // namespace regain
