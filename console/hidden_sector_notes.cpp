#include "console/hidden_sector_notes.h"

#include <algorithm>
#include <system_error>

#include "base/file.h"
#include "drives/same_drive.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

constexpr const char* schema = "regain.hidden-sectors/1";
constexpr size_t max_note_bytes = 4U << 20;

/// A drive that can't be told from another one has no history.
bool has_name(const WipePlan& plan) {
    return !plan.drive.serial.empty() || !plan.drive.wwn.empty() || !plan.spoken_serial.empty();
}

std::string text_in(const Json& json, const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

fs::path HiddenSectorNotes::file_of(const WipePlan& plan) const {
    DriveRecord named = plan.drive;
    // Behind a dock: its name alone would be that of each drive in it.
    if (!plan.spoken_serial.empty() && plan.spoken_serial != named.serial)
        named.wwn += "\n" + plan.spoken_serial;
    return directory_ / file_name_of(named);
}

std::vector<Json> HiddenSectorNotes::of(const WipePlan& plan) const {
    std::vector<Json> logs;
    if (!has_name(plan)) {
        const auto found = nameless_.find(plan.drive.path);
        return found == nameless_.end() ? logs : found->second;
    }
    const fs::path file = file_of(plan);
    std::error_code failed;
    // A pipe would keep us waiting.
    if (!fs::is_regular_file(fs::symlink_status(file, failed))) return logs;
    const auto text = read_file(file, max_note_bytes);
    if (!text.ok()) return logs;
    const auto json = parse_json(*text, "a note about hidden sectors");
    if (!json.ok() || !json->is_object() || text_in(*json, "schema") != schema) return logs;
    const auto found = json->find("logs");
    if (found == json->end() || !found->is_array()) return logs;
    for (const Json& log : *found)
        // One that can't be signed would keep the drive from ever having a certificate.
        if (log.is_object() && canonical_json(log).ok()) logs.push_back(log);
    return logs;
}

size_t HiddenSectorNotes::times_given_back(const WipePlan& plan, const std::string& change) const {
    const std::vector<Json> logs = of(plan);
    return static_cast<size_t>(std::count_if(
        logs.begin(), logs.end(), [&](const Json& log) { return text_in(log, "change") == change; }));
}

Status HiddenSectorNotes::add(const WipePlan& plan, const Json& log) {
    if (!has_name(plan)) {
        nameless_[plan.drive.path].push_back(log);
        return done();
    }
    std::vector<Json> logs = of(plan);
    logs.push_back(log);
    REGAIN_TRY(make_directories(directory_, 0700));
    return write_file(file_of(plan),
                      pretty_json(Json{{"schema", schema},
                                       {"model", plan.drive.model},
                                       {"serial", plan.drive.serial},
                                       {"wwn", plan.drive.wwn},
                                       {"drive_says", plan.spoken_serial},
                                       {"logs", logs}}),
                      0600);
}

void HiddenSectorNotes::forget(const WipePlan& plan) {
    nameless_.erase(plan.drive.path);
    std::error_code failed;
    fs::remove(file_of(plan), failed);
}

}  // namespace regain
