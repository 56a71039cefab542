#include "console/hidden_sector_notes.h"

#include <system_error>

#include "base/file.h"
#include "drives/same_drive.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

constexpr const char* schema = "regain.hidden-sectors/1";

}  // namespace

fs::path HiddenSectorNotes::file_of(const DriveRecord& drive) const {
    return directory_ / file_name_of(drive);
}

std::vector<Json> HiddenSectorNotes::of(const DriveRecord& drive) const {
    std::vector<Json> logs;
    // A drive that can't be told from another one has no history.
    if (drive.serial.empty() && drive.wwn.empty()) return logs;
    const auto text = read_file(file_of(drive));
    if (!text.ok()) return logs;
    const auto json = parse_json(*text, "a note about hidden sectors");
    if (!json.ok() || !json->is_object() || json->value("schema", "") != schema) return logs;
    const auto found = json->find("logs");
    if (found == json->end() || !found->is_array()) return logs;
    for (const Json& log : *found)
        if (log.is_object()) logs.push_back(log);
    return logs;
}

Status HiddenSectorNotes::add(const DriveRecord& drive, const Json& log) const {
    std::vector<Json> logs = of(drive);
    logs.push_back(log);
    REGAIN_TRY(make_directories(directory_, 0700));
    return write_file(file_of(drive),
                      pretty_json(Json{{"schema", schema},
                                       {"model", drive.model},
                                       {"serial", drive.serial},
                                       {"wwn", drive.wwn},
                                       {"logs", logs}}),
                      0600);
}

void HiddenSectorNotes::forget(const DriveRecord& drive) const {
    std::error_code failed;
    fs::remove(file_of(drive), failed);
}

}  // namespace regain
