#include "imager/stick_table.h"

#include <utility>

#include "imager/stick_layout.h"

namespace regain {
namespace {

uint32_t sectors(uint64_t bytes) {
    return static_cast<uint32_t>(bytes / stick_sector_bytes);
}

void put_stick_entries(MutableByteView sector, uint64_t data_bytes) {
    put_mbr_entry(sector, stick_records_entry, records_entry());
    put_mbr_entry(sector, stick_data_entry, data_entry(data_bytes));
}

Error not_restored(Message reason, Message advice = {}) {
    return error(ErrorKind::refused, message("put the entries back"), std::move(reason), std::move(advice));
}

/// Only the stick's own entries may reach beyond the ISO's area.
bool has_strange_entry(const Mbr& table) {
    for (size_t i = 0; i < stick_records_entry; ++i)
        if (!table.entries[i].is_empty() &&
            (table.entries[i].end_bytes() > stick_iso_area_bytes || table.entries[i].type == 0xEE))
            return true;
    return false;
}

/// Empty, or at the place where ours belongs: then it may be (re)written.
bool is_ours(const MbrEntry& entry, uint64_t offset_bytes) {
    return entry.is_empty() || entry.offset_bytes() == offset_bytes;
}

}  // namespace

MbrEntry records_entry() {
    return {false, stick_records_type, sectors(stick_records_offset), sectors(stick_records_bytes)};
}

MbrEntry data_entry(uint64_t data_bytes) {
    return {false, stick_data_type, sectors(stick_data_offset), sectors(data_bytes)};
}

Bytes stick_first_sector(ByteView iso_sector, uint32_t disk_signature, uint64_t data_bytes) {
    Bytes sector(iso_sector.begin(), iso_sector.end());
    put_disk_signature(sector, disk_signature);
    put_stick_entries(sector, data_bytes);
    return sector;
}

Bytes unfinished_first_sector(uint32_t disk_signature, uint64_t data_bytes) {
    Bytes sector(mbr_sector_bytes, 0);
    put_disk_signature(sector, disk_signature);
    put_stick_entries(sector, data_bytes);
    put_mbr_signature(sector);
    return sector;
}

Result<RestoredTable> restore_table(ByteView sector, const StickContents& found) {
    if (!found.table) return not_restored(message("there is no partition table"));
    if (!found.iso) return not_restored(message("there is no live system of Regain's in front"));
    if (!found.records && !found.data)
        return not_restored(message("neither file system of a stick is at its place"),
                            message("\"regain stick create\" makes a stick; what is on the drive is lost."));
    const Mbr& table = *found.table;
    if (has_strange_entry(table)) return not_restored(message("another partition lies beyond 1 GiB"));
    if (!is_ours(table.entries[stick_records_entry], stick_records_offset) ||
        !is_ours(table.entries[stick_data_entry], stick_data_offset))
        return not_restored(message("entry 3 or 4 of the table is not a stick's"));
    RestoredTable restored;
    restored.sector.assign(sector.begin(), sector.end());
    const auto restore = [&](unsigned index, const MbrEntry& entry, uint64_t file_system_bytes) {
        // What is there and holds the file system stays: it may be in use this moment.
        if (table.entries[index].size_bytes() >= file_system_bytes) return;
        put_mbr_entry(restored.sector, index, entry);
        restored.changed = true;
    };
    // An entry whose file system is not found is left as it is: it may have been given another one.
    if (found.records) restore(stick_records_entry, records_entry(), found.records->size_bytes);
    if (found.data) restore(stick_data_entry, data_entry(found.data->size_bytes), found.data->size_bytes);
    restored.records = found.records || !table.entries[stick_records_entry].is_empty();
    restored.data = found.data || !table.entries[stick_data_entry].is_empty();
    return restored;
}

uint64_t data_bytes_of(const StickContents& found) {
    const uint64_t file_system = found.data ? found.data->size_bytes : 0;
    if (!found.table) return file_system;
    const MbrEntry& entry = found.table->entries[stick_data_entry];
    return entry.offset_bytes() == stick_data_offset && entry.size_bytes() > file_system ? entry.size_bytes()
                                                                                         : file_system;
}

Status check_stick_for_update(const StickContents& found) {
    const auto refuse = [](Message reason) {
        return error(ErrorKind::refused, message("update the stick"), std::move(reason),
                     message("\"regain stick create\" makes a stick; what is on the drive is lost."));
    };
    if (!found.is_stick()) return refuse(message("the file systems of a stick are not at their places"));
    if (!found.table) return done();  // torn in the middle of something: nothing of a table can be lost
    const Mbr& table = *found.table;
    if (has_strange_entry(table)) return refuse(message("another partition lies beyond 1 GiB"));
    if (!is_ours(table.entries[stick_records_entry], stick_records_offset) ||
        !is_ours(table.entries[stick_data_entry], stick_data_offset))
        return refuse(message("entry 3 or 4 of the table is not a stick's"));
    return done();
}

}  // namespace regain
