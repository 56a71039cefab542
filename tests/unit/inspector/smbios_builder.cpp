#include "smbios_builder.h"

#include <algorithm>
#include <utility>

namespace regain {

SmbiosBuilder& SmbiosBuilder::structure(uint8_t type, uint8_t length, uint16_t handle) {
    Entry entry;
    entry.formatted.assign(length, 0);
    entry.formatted[0] = type;
    entry.formatted[1] = length;
    write_little_endian<uint16_t>(entry.formatted, 2, handle);
    entries_.push_back(std::move(entry));
    return *this;
}

SmbiosBuilder& SmbiosBuilder::u8(size_t offset, uint8_t value) {
    entries_.back().formatted.at(offset) = value;
    return *this;
}

SmbiosBuilder& SmbiosBuilder::u16(size_t offset, uint16_t value) {
    write_little_endian(MutableByteView(entries_.back().formatted), offset, value);
    return *this;
}

SmbiosBuilder& SmbiosBuilder::u32(size_t offset, uint32_t value) {
    write_little_endian(MutableByteView(entries_.back().formatted), offset, value);
    return *this;
}

SmbiosBuilder& SmbiosBuilder::u64(size_t offset, uint64_t value) {
    write_little_endian(MutableByteView(entries_.back().formatted), offset, value);
    return *this;
}

SmbiosBuilder& SmbiosBuilder::text(size_t offset, const std::string& value) {
    if (value.empty()) return *this;
    entries_.back().strings.push_back(value);
    return u8(offset, static_cast<uint8_t>(entries_.back().strings.size()));
}

Bytes SmbiosBuilder::table() const {
    Bytes bytes;
    const auto add = [&](const Entry& entry) {
        bytes.insert(bytes.end(), entry.formatted.begin(), entry.formatted.end());
        for (const auto& value : entry.strings) {
            bytes.insert(bytes.end(), value.begin(), value.end());
            bytes.push_back(0);
        }
        if (entry.strings.empty()) bytes.push_back(0);
        bytes.push_back(0);
    };
    for (const auto& entry : entries_) add(entry);
    add(Entry{{127, 4, 0xFE, 0xFF}, {}});
    return bytes;
}

namespace {

void put_uuid(SmbiosBuilder& builder, const std::string& uuid) {
    if (uuid.size() != 36) return;
    std::string hex;
    for (const char c : uuid)
        if (c != '-') hex += c;
    Bytes bytes;
    if (!from_hex(hex, bytes)) return;
    std::reverse(bytes.begin(), bytes.begin() + 4);
    std::reverse(bytes.begin() + 4, bytes.begin() + 6);
    std::reverse(bytes.begin() + 6, bytes.begin() + 8);
    for (size_t i = 0; i < 16; ++i) builder.u8(8 + i, bytes[i]);
}

void put_module(SmbiosBuilder& builder, const SmbiosMemoryModule& module, uint16_t handle) {
    constexpr uint64_t mebibyte = 1U << 20;
    builder.structure(17, 0x28, handle)
        .u16(4, module.array)
        .u16(6, 0xFFFE)
        .u8(0x12, static_cast<uint8_t>(module.type));
    if (!module.size_bytes)
        builder.u16(0x0C, 0xFFFF);
    else if (*module.size_bytes >= 0x7FFF * mebibyte)
        builder.u16(0x0C, 0x7FFF).u32(0x1C, static_cast<uint32_t>(*module.size_bytes / mebibyte));
    else if (*module.size_bytes % mebibyte != 0)
        builder.u16(0x0C, static_cast<uint16_t>(0x8000U | *module.size_bytes / 1024));
    else
        builder.u16(0x0C, static_cast<uint16_t>(*module.size_bytes / mebibyte));
    builder.text(0x10, module.locator).text(0x17, module.manufacturer).text(0x1A, module.part_number);
}

void put_array(SmbiosBuilder& builder, const SmbiosMemoryArray& array) {
    builder.structure(16, 0x17, array.handle)
        .u8(4, 3)
        .u8(5, static_cast<uint8_t>(array.use))
        .u16(0x0B, 0xFFFE);
    builder.u16(0x0D, static_cast<uint16_t>(array.slots));
    const uint64_t maximum = array.maximum_bytes.value_or(0);
    if (maximum / 1024 < 0x80000000)
        builder.u32(7, static_cast<uint32_t>(maximum / 1024));
    else
        builder.u32(7, 0x80000000).u64(0x0F, maximum);
}

}  // namespace

Bytes build_smbios(const SmbiosTables& tables) {
    SmbiosBuilder builder;
    uint16_t handle = 0x100;
    if (tables.firmware)
        builder.structure(0, 0x1A, handle++)
            .text(4, tables.firmware->vendor)
            .text(5, tables.firmware->version)
            .text(8, tables.firmware->date);
    if (tables.system) {
        builder.structure(1, 0x1B, handle++)
            .text(4, tables.system->manufacturer)
            .text(5, tables.system->product)
            .text(6, tables.system->version)
            .text(7, tables.system->serial)
            .text(0x19, tables.system->sku)
            .text(0x1A, tables.system->family);
        put_uuid(builder, tables.system->uuid);
    }
    if (tables.board)
        builder.structure(2, 0x0F, handle++)
            .text(4, tables.board->manufacturer)
            .text(5, tables.board->product)
            .text(6, tables.board->version)
            .text(7, tables.board->serial);
    if (tables.chassis)
        builder.structure(3, 0x16, handle++)
            .text(4, tables.chassis->manufacturer)
            .u8(5, static_cast<uint8_t>(tables.chassis->type | 0x80U))
            .text(6, tables.chassis->version)
            .text(7, tables.chassis->serial)
            .text(8, tables.chassis->asset_tag);
    for (const auto& processor : tables.processors) {
        builder.structure(4, 0x30, handle++)
            .u8(5, 3)
            .text(7, processor.manufacturer)
            .text(0x10, processor.version)
            .u8(0x18, processor.populated ? 0x41 : 0x00);
        builder.u8(0x23, processor.cores > 254 ? 0xFF : static_cast<uint8_t>(processor.cores))
            .u8(0x25, processor.threads > 254 ? 0xFF : static_cast<uint8_t>(processor.threads))
            .u16(0x2A, static_cast<uint16_t>(processor.cores))
            .u16(0x2E, static_cast<uint16_t>(processor.threads));
    }
    for (const auto& array : tables.arrays) put_array(builder, array);
    for (const auto& module : tables.modules) put_module(builder, module, handle++);
    if (tables.security)
        builder.structure(24, 5, handle++)
            .u8(4, static_cast<uint8_t>(static_cast<unsigned>(tables.security->power_on) << 6 |
                                        static_cast<unsigned>(tables.security->keyboard) << 4 |
                                        static_cast<unsigned>(tables.security->administrator) << 2 | 3U));
    return builder.table();
}

Bytes smbios_entry_point(const Bytes& table) {
    Bytes entry(24, 0);
    const std::string anchor = "_SM3_";
    std::copy(anchor.begin(), anchor.end(), entry.begin());
    entry[6] = 24;
    entry[7] = 3;
    entry[8] = 2;
    entry[10] = 1;
    write_little_endian(MutableByteView(entry), 0x0C, static_cast<uint32_t>(table.size()));
    write_little_endian(MutableByteView(entry), 0x10, uint64_t{32});
    uint8_t sum = 0;
    for (const uint8_t byte : entry) sum = static_cast<uint8_t>(sum + byte);
    entry[5] = static_cast<uint8_t>(0x100 - sum);
    return entry;
}

Bytes smbios_dump(const Bytes& table) {
    Bytes dump = smbios_entry_point(table);
    dump.resize(32, 0);
    dump.insert(dump.end(), table.begin(), table.end());
    return dump;
}

}  // namespace regain
