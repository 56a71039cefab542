#include "tests/unit/imager/sample_iso.h"

#include <algorithm>

#include "imager/mbr.h"

namespace regain {
namespace {

constexpr size_t sector = 2048;
constexpr uint32_t root_sector = 20, disk_sector = 21, info_sector = 22;

void put(Bytes& bytes, size_t offset, std::string_view text) {
    std::copy(text.begin(), text.end(), bytes.begin() + static_cast<ptrdiff_t>(offset));
}

// Numbers of ISO 9660 stand there twice, in both orders.
void put_both(Bytes& bytes, size_t offset, uint32_t value) {
    write_little_endian<uint32_t>(bytes, offset, value);
    write_big_endian<uint32_t>(bytes, offset + 4, value);
}

Bytes directory_record(const std::string& plain, const std::string& rock_ridge, uint32_t extent,
                       uint32_t length, uint8_t flags) {
    Bytes record(33 + plain.size() + (plain.size() % 2 == 0 ? 1 : 0), 0);
    put_both(record, 2, extent);
    put_both(record, 10, length);
    record[25] = flags;
    record[32] = static_cast<uint8_t>(plain.size());
    put(record, 33, plain);
    if (!rock_ridge.empty()) {
        Bytes name(5, 0);
        put(name, 0, "NM");
        name[2] = static_cast<uint8_t>(5 + rock_ridge.size());
        name[3] = 1;
        name.insert(name.end(), rock_ridge.begin(), rock_ridge.end());
        record.insert(record.end(), name.begin(), name.end());
    }
    if (record.size() % 2 != 0) record.push_back(0);
    record[0] = static_cast<uint8_t>(record.size());
    return record;
}

void put_directory(Bytes& bytes, uint32_t at, const Bytes& entry) {
    size_t offset = at * sector;
    for (const Bytes& record : {directory_record(std::string(1, '\0'), "", at, sector, 2),
                                directory_record(std::string(1, '\1'), "", at, sector, 2), entry}) {
        std::copy(record.begin(), record.end(), bytes.begin() + static_cast<ptrdiff_t>(offset));
        offset += record.size();
    }
}

}  // namespace

Bytes SampleIso::bytes() const {
    Bytes iso(size_bytes, 0);
    for (size_t at = 24 * sector; at < iso.size(); at += 8)
        write_little_endian<uint64_t>(iso, at, (at + seed) * 0x9E3779B97F4A7C15ULL);
    std::fill(iso.begin(), iso.begin() + 440, uint8_t{0x90});  // boot code
    put_mbr_entry(iso, 0, {true, 0x83, 0, static_cast<uint32_t>((size_bytes - (1U << 20)) / 512)});
    put_mbr_entry(iso, 1, {false, 0xEF, static_cast<uint32_t>((size_bytes - (1U << 20)) / 512), 2048});
    put_mbr_signature(MutableByteView(iso).first(512));

    const size_t descriptor = 16 * sector;
    iso[descriptor] = 1;
    put(iso, descriptor + 1, "CD001");
    put(iso, descriptor + 40, "REGAIN_0_1                      ");
    put_both(iso, descriptor + 80, static_cast<uint32_t>((size_bytes - (1U << 20)) / sector));
    write_little_endian<uint16_t>(iso, descriptor + 128, sector);
    put(iso, descriptor + 813, "2026112207402200");
    const Bytes root = directory_record(std::string(1, '\0'), "", root_sector, sector, 2);
    std::copy(root.begin(), root.end(), iso.begin() + static_cast<ptrdiff_t>(descriptor + 156));
    iso[17 * sector] = 0xFF;
    put(iso, 17 * sector + 1, "CD001");

    put_directory(iso, root_sector,
                  directory_record("_DISK", has_rock_ridge ? ".disk" : "", disk_sector, sector, 2));
    put_directory(iso, disk_sector,
                  directory_record("INFO.;1", has_rock_ridge ? "info" : "", info_sector,
                                   static_cast<uint32_t>(release.size() + 1), 0));
    put(iso, info_sector * sector, release + "\n");
    return iso;
}

ByteReader reader_of(const Bytes& bytes) {
    return {bytes.size(), [&bytes](uint64_t offset, MutableByteView buffer) {
                std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(offset), buffer.size(), buffer.begin());
                return done();
            }};
}

}  // namespace regain
