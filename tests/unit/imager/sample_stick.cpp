#include "tests/unit/imager/sample_stick.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "imager/stick_layout.h"
#include "imager/stick_probe.h"
#include "imager/stick_table.h"

namespace regain {
namespace {

Bytes golden(const char* name) {
    const auto text = read_file(std::filesystem::path(REGAIN_SOURCE_DIR) / "tests/unit/imager/golden" / name);
    EXPECT_TRUE(text.ok()) << name;
    return text.ok() ? Bytes(text->begin(), text->end()) : Bytes{};
}

}  // namespace

Bytes golden_records_superblock() {
    return golden("records-superblock.bin");
}

Bytes golden_exfat_boot_region() {
    return golden("exfat-boot-region.bin");
}

std::shared_ptr<MemoryMedium> sample_stick(const Bytes& iso, uint64_t size_bytes) {
    auto medium =
        std::make_shared<MemoryMedium>(size_bytes == 0 ? stick_data_offset + golden_data_bytes : size_bytes);
    medium->write(0, iso);
    medium->write(0,
                  stick_first_sector(ByteView(iso).first(mbr_sector_bytes), 0x11223344, golden_data_bytes));
    medium->write(stick_records_offset + ext_superblock_offset, golden_records_superblock());
    medium->write(stick_data_offset, golden_exfat_boot_region());
    medium->write(stick_data_offset + exfat_boot_region_bytes, golden_exfat_boot_region());
    return medium;
}

}  // namespace regain
