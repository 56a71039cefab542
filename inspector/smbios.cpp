#include "inspector/smbios.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/json.h"

namespace regain {
namespace {

constexpr uint64_t kibibyte = 1024;
constexpr uint64_t mebibyte = 1024 * kibibyte;
constexpr unsigned use_system_memory = 3;
constexpr unsigned memory_type_flash = 9;
constexpr size_t header_bytes = 4;
constexpr uint8_t end_of_table = 127;

/// One structure: its formatted part and the strings behind it. Every read is checked against the length that
/// the structure itself gives: firmware of all ages leaves fields out.
class Structure {
  public:
    Structure(ByteView formatted, std::vector<std::string_view> strings)
        : formatted_(formatted), strings_(std::move(strings)) {}

    uint8_t type() const { return read_u8(formatted_, 0); }
    uint16_t handle() const { return read_le16(formatted_, 2); }
    bool has(size_t offset, size_t bytes) const { return offset + bytes <= formatted_.size(); }
    std::optional<uint8_t> u8(size_t offset) const {
        return has(offset, 1) ? std::optional<uint8_t>(read_u8(formatted_, offset)) : std::nullopt;
    }
    std::optional<uint16_t> u16(size_t offset) const {
        return has(offset, 2) ? std::optional<uint16_t>(read_le16(formatted_, offset)) : std::nullopt;
    }
    std::optional<uint32_t> u32(size_t offset) const {
        return has(offset, 4) ? std::optional<uint32_t>(read_le32(formatted_, offset)) : std::nullopt;
    }
    std::optional<uint64_t> u64(size_t offset) const {
        return has(offset, 8) ? std::optional<uint64_t>(read_le64(formatted_, offset)) : std::nullopt;
    }
    ByteView bytes(size_t offset, size_t count) const {
        return has(offset, count) ? formatted_.subspan(offset, count) : ByteView{};
    }
    /// The string whose number (from 1) stands at `offset`; clean UTF-8 without blanks around it.
    std::string text(size_t offset) const {
        const size_t number = u8(offset).value_or(0);
        if (number == 0 || number > strings_.size()) return {};
        const std::string clean = to_utf8(strings_[number - 1]);
        const size_t first = clean.find_first_not_of(' ');
        if (first == std::string::npos) return {};
        return clean.substr(first, clean.find_last_not_of(' ') - first + 1);
    }

  private:
    ByteView formatted_;
    std::vector<std::string_view> strings_;
};

/// Takes the next structure off the front of `rest`; nothing at the end or where the table is broken.
std::optional<Structure> next_structure(ByteView& rest, bool& damaged) {
    if (rest.empty()) return std::nullopt;
    if (rest.size() < header_bytes || rest[1] < header_bytes || rest[1] > rest.size()) {
        damaged = true;
        return std::nullopt;
    }
    const ByteView formatted = rest.first(rest[1]);
    std::string_view text = as_text(rest.subspan(rest[1]));
    std::vector<std::string_view> strings;
    size_t used = 0;
    while (true) {
        const size_t end = text.find('\0', used);
        if (end == std::string_view::npos) {  // no terminator: what is left may be half a string
            damaged = true;
            used = text.size();
            break;
        }
        const bool last = end == used;
        if (!last) strings.push_back(text.substr(used, end - used));
        used = end + 1;
        if (!last) continue;
        // A structure without strings ends with two zeros.
        if (strings.empty() && used < text.size() && text[used] == '\0') ++used;
        break;
    }
    rest = rest.subspan(formatted.size() + used);
    return Structure(formatted, std::move(strings));
}

std::string uuid_text(ByteView uuid, unsigned version) {
    if (uuid.size() != 16) return {};
    std::array<uint8_t, 16> bytes{};
    std::copy(uuid.begin(), uuid.end(), bytes.begin());
    if (version == 0 || version >= 0x0206) {
        std::reverse(bytes.begin(), bytes.begin() + 4);
        std::reverse(bytes.begin() + 4, bytes.begin() + 6);
        std::reverse(bytes.begin() + 6, bytes.begin() + 8);
    }
    const std::string hex = to_hex(bytes);
    return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) +
           "-" + hex.substr(20);
}

SmbiosSystem read_system(const Structure& structure, unsigned version) {
    SmbiosSystem system;
    system.manufacturer = structure.text(0x04);
    system.product = structure.text(0x05);
    system.version = structure.text(0x06);
    system.serial = structure.text(0x07);
    system.uuid = uuid_text(structure.bytes(0x08, 16), version);
    system.sku = structure.text(0x19);
    system.family = structure.text(0x1A);
    return system;
}

SmbiosChassis read_chassis(const Structure& structure) {
    SmbiosChassis chassis;
    chassis.manufacturer = structure.text(0x04);
    chassis.type = structure.u8(0x05).value_or(0) & 0x7FU;
    chassis.version = structure.text(0x06);
    chassis.serial = structure.text(0x07);
    chassis.asset_tag = structure.text(0x08);
    return chassis;
}

// One byte, and a word elsewhere when that byte is 255.
unsigned processor_count(const Structure& structure, size_t byte_offset, size_t word_offset) {
    const unsigned count = structure.u8(byte_offset).value_or(0);
    return count == 0xFF ? structure.u16(word_offset).value_or(0) : count;
}

SmbiosProcessor read_processor(const Structure& structure) {
    SmbiosProcessor processor;
    processor.manufacturer = structure.text(0x07);
    processor.version = structure.text(0x10);
    processor.populated = (structure.u8(0x18).value_or(0) & 0x40U) != 0;
    processor.cores = processor_count(structure, 0x23, 0x2A);
    processor.threads = processor_count(structure, 0x25, 0x2E);
    return processor;
}

SmbiosMemoryArray read_array(const Structure& structure) {
    SmbiosMemoryArray array;
    array.handle = structure.handle();
    array.use = structure.u8(0x05).value_or(0);
    if (const auto kibibytes = structure.u32(0x07)) {
        if (*kibibytes != 0x80000000)
            array.maximum_bytes = *kibibytes * kibibyte;
        else
            array.maximum_bytes = structure.u64(0x0F);
    }
    array.slots = structure.u16(0x0D).value_or(0);
    return array;
}

// 0: empty; 0xFFFF: not known; bit 15: the unit is KiB; 0x7FFF: the size is at 0x1C in MiB.
std::optional<uint64_t> module_size(const Structure& structure) {
    const auto size = structure.u16(0x0C);
    if (!size || *size == 0xFFFF) return std::nullopt;
    if (*size == 0x7FFF) {
        const auto extended = structure.u32(0x1C);
        return extended ? std::optional<uint64_t>((*extended & 0x7FFFFFFFU) * mebibyte) : std::nullopt;
    }
    return (*size & 0x8000U) != 0 ? (*size & 0x7FFFU) * kibibyte : *size * mebibyte;
}

SmbiosMemoryModule read_module(const Structure& structure) {
    SmbiosMemoryModule module;
    module.array = structure.u16(0x04).value_or(0);
    module.size_bytes = module_size(structure);
    module.locator = structure.text(0x10);
    module.type = structure.u8(0x12).value_or(0);
    module.manufacturer = structure.text(0x17);
    module.part_number = structure.text(0x1A);
    return module;
}

std::optional<SmbiosSecurity> read_security(const Structure& structure) {
    if (!structure.has(0x04, 1)) return std::nullopt;
    const unsigned settings = structure.u8(0x04).value_or(0xFF);
    const auto lock = [&](unsigned shift) { return static_cast<SmbiosLock>(settings >> shift & 3U); };
    return SmbiosSecurity{lock(6), lock(4), lock(2)};
}

void read_structure(const Structure& structure, unsigned version, SmbiosTables& tables) {
    switch (structure.type()) {
        case 0:
            if (!tables.firmware)
                tables.firmware =
                    SmbiosFirmware{structure.text(0x04), structure.text(0x05), structure.text(0x08)};
            break;
        case 1:
            if (!tables.system) tables.system = read_system(structure, version);
            break;
        case 2:
            if (!tables.board)
                tables.board = SmbiosBoard{structure.text(0x04), structure.text(0x05), structure.text(0x06),
                                           structure.text(0x07)};
            break;
        case 3:
            if (!tables.chassis) tables.chassis = read_chassis(structure);
            break;
        case 4:
            tables.processors.push_back(read_processor(structure));
            break;
        case 16:
            tables.arrays.push_back(read_array(structure));
            break;
        case 17:
            tables.modules.push_back(read_module(structure));
            break;
        case 24:
            if (!tables.security) tables.security = read_security(structure);
            break;
        default:
            break;
    }
}

bool is_system_memory(const SmbiosMemoryModule& module, const SmbiosTables& tables) {
    if (module.type == memory_type_flash) return false;
    for (const auto& array : tables.arrays)
        if (array.handle == module.array) return array.use == use_system_memory;
    return true;  // its array is not listed: old firmware numbers them carelessly
}

}  // namespace

unsigned smbios_version(ByteView entry_point) {
    const std::string_view text = as_text(entry_point);
    if (text.starts_with("_SM3_") && entry_point.size() >= 9) return entry_point[7] * 256U + entry_point[8];
    if (text.starts_with("_SM_") && entry_point.size() >= 8) return entry_point[6] * 256U + entry_point[7];
    return 0;
}

SmbiosTables decode_smbios(ByteView table, unsigned version) {
    SmbiosTables tables;
    while (const auto structure = next_structure(table, tables.damaged)) {
        if (structure->type() == end_of_table) break;
        read_structure(*structure, version, tables);
    }
    return tables;
}

std::vector<uint64_t> memory_module_sizes(const SmbiosTables& tables) {
    std::vector<uint64_t> sizes;
    for (const auto& module : tables.modules)
        if (is_system_memory(module, tables) && module.size_bytes.value_or(0) > 0)
            sizes.push_back(*module.size_bytes);
    return sizes;
}

std::optional<uint64_t> installed_memory_bytes(const SmbiosTables& tables) {
    for (const auto& module : tables.modules)
        if (is_system_memory(module, tables) && !module.size_bytes) return std::nullopt;
    const auto sizes = memory_module_sizes(tables);
    if (sizes.empty()) return std::nullopt;
    uint64_t sum = 0;
    for (const uint64_t size : sizes) sum = size > UINT64_MAX - sum ? UINT64_MAX : sum + size;
    return sum;
}

std::string chassis_name(unsigned type) {
    switch (type) {
        case 3:
        case 4:
            return "desktop";
        case 5:
            return "pizza-box";
        case 6:
        case 7:
            return "tower";
        case 8:
        case 9:
        case 10:
        case 14:
            return "notebook";
        case 11:
            return "hand-held";
        case 13:
            return "all-in-one";
        case 15:
        case 16:
            return "desktop";
        case 17:
        case 23:
        case 28:
            return "server";
        case 30:
            return "tablet";
        case 31:
            return "convertible";
        case 32:
            return "detachable";
        case 34:
            return "embedded";
        case 35:
        case 36:
            return "mini-pc";
        default:
            return {};
    }
}

bool is_portable_chassis(unsigned type) {
    return (type >= 8 && type <= 11) || type == 14 || (type >= 30 && type <= 32);
}

}  // namespace regain
