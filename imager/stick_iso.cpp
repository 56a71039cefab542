#include "imager/stick_iso.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "imager/stick_layout.h"

namespace regain {
namespace {

constexpr uint64_t iso_sector_bytes = 2048;
constexpr uint64_t primary_descriptor = 16 * iso_sector_bytes;
constexpr uint64_t max_directory_bytes = 1U << 20;
constexpr size_t max_release_bytes = 4096;
constexpr size_t fixed_record_bytes = 33;

Error not_an_iso(Message reason) {
    return error(ErrorKind::untrusted, message("use the ISO"), std::move(reason),
                 message("Take the ISO file of a Regain release, whole."));
}

struct IsoFile {
    uint64_t offset = 0;
    uint64_t length = 0;
    bool is_directory = false;
};

/// A name of Rock Ridge ("NM" in the system use area); empty when there is none.
std::string rock_ridge_name(ByteView record) {
    const size_t name_bytes = read_u8(record, 32);
    size_t at = fixed_record_bytes + name_bytes + (name_bytes % 2 == 0 ? 1 : 0);
    std::string name;
    while (at + 4 <= record.size()) {
        const size_t length = read_u8(record, at + 2);
        if (length < 4 || at + length > record.size()) break;
        const std::string_view kind = as_text(record.subspan(at, 2));
        if (kind == "NM" && length > 5) name += as_text(record.subspan(at + 5, length - 5));
        at += length;
    }
    return name;
}

/// The plain name without its version: "INFO.;1" → "info".
std::string plain_name(ByteView record) {
    std::string name(as_text(record.subspan(fixed_record_bytes, read_u8(record, 32))));
    name = name.substr(0, name.find(';'));
    while (!name.empty() && name.back() == '.') name.pop_back();
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return name;
}

Result<IsoFile> file_of(ByteView record, uint64_t limit) {
    const IsoFile file{uint64_t{read_le32(record, 2)} * iso_sector_bytes, read_le32(record, 10),
                       (read_u8(record, 25) & 2U) != 0};
    if (file.offset > limit || file.length > limit - file.offset)
        return not_an_iso(message("it is cut short or damaged"));
    return file;
}

/// `plain` is what a program writes that must do without a dot in front.
Result<std::optional<IsoFile>> find_in(const ByteReader& bytes, const IsoFile& directory,
                                       std::string_view wanted, std::string_view plain) {
    if (!directory.is_directory || directory.length > max_directory_bytes)
        return not_an_iso(message("it is cut short or damaged"));
    REGAIN_ASSIGN(const Bytes content, bytes.read(directory.offset, directory.length));
    const ByteView view = content;
    for (size_t at = 0; at < view.size();) {
        const size_t length = read_u8(view, at);
        if (length == 0) {  // records don't cross sectors
            at = (at / iso_sector_bytes + 1) * iso_sector_bytes;
            continue;
        }
        if (length <= fixed_record_bytes || at + length > view.size() ||
            fixed_record_bytes + read_u8(view, at + 32) > length)
            return not_an_iso(message("it is cut short or damaged"));
        const ByteView record = view.subspan(at, length);
        const std::string name = rock_ridge_name(record);
        if (name == wanted ||
            (name.empty() && (plain_name(record) == wanted || plain_name(record) == plain))) {
            REGAIN_ASSIGN(const IsoFile file, file_of(record, bytes.size_bytes));
            return std::optional<IsoFile>(file);
        }
        at += length;
    }
    return std::optional<IsoFile>{};
}

std::string trimmed(ByteView field) {
    std::string text = to_utf8(as_text(field));
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
}

/// libblkid takes the date of modification, else that of creation: YYYYMMDDhhmmsscc and a time zone.
std::string uuid_of(ByteView descriptor) {
    for (const size_t offset : {size_t{830}, size_t{813}}) {
        const std::string_view digits = as_text(descriptor.subspan(offset, 16));
        if (!std::all_of(digits.begin(), digits.end(),
                         [](unsigned char c) { return std::isdigit(c) != 0; }) ||
            digits.find_first_not_of('0') == std::string_view::npos)
            continue;
        std::string text(digits.substr(0, 4));
        for (size_t i = 4; i < 16; i += 2) text += "-" + std::string(digits.substr(i, 2));
        return text;
    }
    return {};
}

Result<std::string> read_release(const ByteReader& bytes, const IsoFile& root) {
    const Message not_ours =
        message("it is not a live system of Regain's (it has no /.disk/info that says so)");
    REGAIN_ASSIGN(const auto directory, find_in(bytes, root, ".disk", "_disk"));
    if (!directory) return not_an_iso(not_ours);
    REGAIN_ASSIGN(const auto file, find_in(bytes, *directory, "info", "info"));
    if (!file || file->is_directory) return not_an_iso(not_ours);
    REGAIN_ASSIGN(const Bytes content,
                  bytes.read(file->offset, std::min<uint64_t>(file->length, max_release_bytes)));
    const std::string_view text = as_text(content);
    std::string line = to_utf8(text.substr(0, text.find('\n')));
    if (!line.starts_with("Regain")) return not_an_iso(not_ours);
    return line;
}

Status check_table(const ByteReader& iso) {
    REGAIN_ASSIGN(const Bytes sector, iso.read(0, mbr_sector_bytes));
    const auto table = parse_mbr(sector);
    if (!table.ok() || table->entries[0].is_empty())
        return not_an_iso(message("it does not start from a disk: it has no partition table in front"));
    for (const MbrEntry& entry : table->entries) {
        // A table of the other kind in front of ours would hide entries 3 and 4.
        if (entry.type == 0xEE)
            return not_an_iso(message("it has a GUID partition table, and a stick has none"));
        if (entry.end_bytes() > iso.size_bytes) return not_an_iso(message("it is cut short or damaged"));
    }
    if (!table->entries[stick_records_entry].is_empty() || !table->entries[stick_data_entry].is_empty())
        return not_an_iso(message("it has more than two partitions, and a stick needs the other two"));
    return done();
}

}  // namespace

Result<IsoDescription> read_iso_description(const ByteReader& bytes) {
    const auto read = bytes.read(primary_descriptor, iso_sector_bytes);
    if (!read.ok() && read.error().kind != ErrorKind::untrusted) return read.error();
    if (!read.ok()) return not_an_iso(message("it is no ISO 9660"));
    const ByteView descriptor = *read;
    if (read_u8(descriptor, 0) != 1 || as_text(descriptor.subspan(1, 5)) != "CD001" ||
        read_le16(descriptor, 128) != iso_sector_bytes)
        return not_an_iso(message("it is no ISO 9660"));
    IsoDescription iso;
    iso.volume_bytes = uint64_t{read_le32(descriptor, 80)} * iso_sector_bytes;
    iso.volume_id = trimmed(descriptor.subspan(40, 32));
    iso.uuid = uuid_of(descriptor);
    if (iso.volume_bytes > bytes.size_bytes) return not_an_iso(message("it is cut short or damaged"));
    REGAIN_ASSIGN(const IsoFile root, file_of(descriptor.subspan(156, 34), bytes.size_bytes));
    REGAIN_ASSIGN(iso.release, read_release(bytes, root));
    return iso;
}

Result<IsoDescription> check_iso_for_stick(const ByteReader& iso) {
    REGAIN_ASSIGN(IsoDescription description, read_iso_description(iso));
    if (iso.size_bytes > stick_iso_area_bytes)
        return error(
            ErrorKind::refused, message("use the ISO"),
            message("it has {0} bytes, and a stick has room for {1}", iso.size_bytes, stick_iso_area_bytes));
    REGAIN_TRY(check_table(iso));
    return description;
}

}  // namespace regain
