#include "wiper/password_file.h"

#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/json.h"
#include "drives/same_drive.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

constexpr const char* note_schema = "regain.drive-password/1";
constexpr size_t max_note_bytes = 64 * 1024;

Message doing_of(const fs::path& file) {
    return message("read {0}", file.string());
}

Result<PasswordNote> read_note(const fs::path& file) {
    std::error_code failed;
    // A pipe would keep us waiting; a link could lead anywhere.
    if (!fs::is_regular_file(fs::symlink_status(file, failed)))
        return error(ErrorKind::untrusted, doing_of(file), message("it is not a regular file"));
    REGAIN_ASSIGN(const std::string text, read_file(file, max_note_bytes));
    REGAIN_ASSIGN(const Json json, parse_json(text, file.string()));
    JsonReader reader(json, "the note of a drive's password");
    PasswordNote note;
    note.file = file;
    if (reader.text("schema") != note_schema) reader.fail(message("its schema is not {0}", note_schema));
    note.model = reader.text_or("model");
    note.serial = reader.text_or("serial");
    note.wwn = reader.text_or("wwn");
    note.stage = reader.text("stage");
    note.written = reader.text_or("written");
    REGAIN_TRY(reader.status());
    return note;
}

/// True when the note can only be about a drive with these names.
bool is_about(const PasswordNote& note, const DriveRecord& drive) {
    // A drive without a serial and without a WWN can't be told from another one.
    if (note.serial.empty() && note.wwn.empty()) return false;
    return note.model == drive.model && note.serial == drive.serial && note.wwn == drive.wwn;
}

}  // namespace

fs::path password_file_of(const fs::path& directory, const DriveRecord& drive) {
    return directory / file_name_of(drive);
}

Status FilePasswordJournal::write(std::string_view stage) {
    REGAIN_TRY(make_directories(file_.parent_path(), 0700));
    const Json note{
        {"schema", note_schema},   {"model", drive_.model}, {"serial", drive_.serial},
        {"wwn", drive_.wwn},       {"path", drive_.path},   {"password", erase_password},
        {"password_kind", "user"}, {"stage", stage},        {"written", to_rfc3339(clock_.now())}};
    REGAIN_ASSIGN(const std::string text, canonical_json(note));
    return write_file(file_, text + "\n", 0600);
}

Status FilePasswordJournal::close() {
    std::error_code failed;
    fs::remove(file_, failed);
    if (failed)
        return os_error(message("remove {0}", file_.string()), failed.value(), ErrorKind::environment);
    return path_exists(file_.parent_path()) ? sync_directory(file_.parent_path()) : done();
}

Result<LeftPasswords> left_passwords(const fs::path& directory) {
    LeftPasswords left;
    std::error_code failed;
    if (!path_exists(directory)) return left;
    for (fs::directory_iterator entry(directory, failed), end; !failed && entry != end;
         entry.increment(failed)) {
        if (entry->path().extension() != ".json") continue;
        auto note = read_note(entry->path());
        if (note.ok())
            left.notes.push_back(std::move(*note));
        else
            left.unreadable.push_back(note.error());
    }
    if (failed) return os_error(doing_of(directory), failed.value(), ErrorKind::environment);
    return left;
}

DriveRecord as_it_calls_itself(DriveRecord drive, const AtaIdentify& identify) {
    drive.model = identify.model();
    drive.serial = identify.serial();
    drive.wwn = identify.wwn();
    return drive;
}

Result<std::optional<size_t>> find_drive_of(const PasswordNote& note,
                                            const std::vector<DriveRecord>& drives) {
    std::optional<size_t> found;
    for (size_t i = 0; i < drives.size(); ++i) {
        if (!is_about(note, drives[i])) continue;
        if (found)
            return error(ErrorKind::refused,
                         message("take the erasure's password off {0}", drives[*found].path),
                         message("two drives call themselves {0} {1}: {2} and {3}", note.model, note.serial,
                                 drives[*found].path, drives[i].path),
                         message("Take out the one that is not meant, and start again."));
        found = i;
    }
    return found;
}

}  // namespace regain
