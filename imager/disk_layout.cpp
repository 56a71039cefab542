#include "imager/disk_layout.h"

#include <algorithm>

#include "base/hash.h"

namespace regain {
namespace {

constexpr uint64_t mebibyte = 1U << 20;
constexpr uint64_t bios_offset_mib = 4;
constexpr uint64_t bios_size_mib = 4;
constexpr uint64_t second_table_mib = 4;

// Ref: UEFI specification 2.10 table 5.7 (ESP); GNU GRUB manual "BIOS installation"; Discoverable Partitions
// Specification (root, x86-64).
constexpr std::string_view bios_type = "21686148-6449-6e6f-744e-656564454649";
constexpr std::string_view esp_type = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
constexpr std::string_view root_type = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709";

DiskUuid known_uuid(std::string_view text) {
    DiskUuid uuid{};
    parse_uuid(text, uuid);
    return uuid;
}

GptPartition row(const ImagePartition& partition, std::string_view type, const std::string& name,
                 const std::string& seed) {
    GptPartition row;
    row.number = partition.number;
    row.type = known_uuid(type);
    row.uuid = derived_uuid(seed, "partition " + name);
    row.first_sector = partition.offset_bytes / gpt_sector_bytes;
    row.last_sector = (partition.offset_bytes + partition.size_bytes) / gpt_sector_bytes - 1;
    row.name = name;
    return row;
}

}  // namespace

DiskLayout plan_disk_layout(const ProfileDisk& disk) {
    const uint64_t esp_offset_mib = bios_offset_mib + bios_size_mib;
    const uint64_t root_offset_mib = esp_offset_mib + disk.esp_size_mib;
    DiskLayout layout;
    layout.bios = {PartitionRole::bios, 1, bios_offset_mib * mebibyte, bios_size_mib * mebibyte, ""};
    layout.esp = {PartitionRole::esp, 2, esp_offset_mib * mebibyte, disk.esp_size_mib * mebibyte, "vfat"};
    layout.root = {PartitionRole::root, 3, root_offset_mib * mebibyte, disk.root_size_mib * mebibyte, "ext4"};
    layout.disk_bytes = (root_offset_mib + disk.root_size_mib + second_table_mib) * mebibyte;
    return layout;
}

std::vector<GptPartition> layout_partitions(const DiskLayout& layout, const std::string& seed) {
    return {row(layout.bios, bios_type, "bios", seed), row(layout.esp, esp_type, "efi", seed),
            row(layout.root, root_type, "root", seed)};
}

DiskUuid derived_uuid(const std::string& seed, const std::string& purpose) {
    const Bytes digest = sha256(as_bytes("regain image uuid\n" + seed + "\n" + purpose));
    DiskUuid uuid{};
    std::copy_n(digest.begin(), uuid.size(), uuid.begin());
    uuid[6] = static_cast<uint8_t>((uuid[6] & 0x0F) | 0x40);
    uuid[8] = static_cast<uint8_t>((uuid[8] & 0x3F) | 0x80);
    return uuid;
}

}  // namespace regain
