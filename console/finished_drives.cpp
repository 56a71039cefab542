#include "console/finished_drives.h"

#include <algorithm>

#include "base/file.h"

namespace regain {
namespace {

constexpr size_t max_drives = 5000;
constexpr size_t max_bytes = 4U << 20;

Json identity_of(const DriveRecord& drive) {
    return Json{{"model", drive.model}, {"serial", drive.serial}, {"size_bytes", drive.size_bytes}};
}

std::filesystem::path file_in(const std::filesystem::path& state_directory) {
    return state_directory / "finished-drives.json";
}

Result<Json> read_list(const std::filesystem::path& state_directory) {
    const auto path = file_in(state_directory);
    if (!path_exists(path)) return Json(Json::array());
    REGAIN_ASSIGN(const auto text, read_file(path, max_bytes));
    REGAIN_ASSIGN(const auto json, parse_json(text, path.string()));
    if (!json.is_object() || !json.contains("drives") || !json["drives"].is_array())
        return error(ErrorKind::untrusted, message("read {0}", path.string()), message("it is damaged"));
    return Json(json["drives"]);
}

}  // namespace

std::vector<DriveRecord> already_finished(const std::filesystem::path& state_directory,
                                          const std::vector<DriveRecord>& drives) {
    const auto list = read_list(state_directory);
    if (!list.ok()) return drives;
    std::vector<DriveRecord> finished;
    for (const auto& drive : drives)
        if (!drive.serial.empty() && std::find(list->begin(), list->end(), identity_of(drive)) != list->end())
            finished.push_back(drive);
    return finished;
}

Status add_finished(const std::filesystem::path& state_directory, const std::vector<DriveRecord>& drives) {
    auto list = read_list(state_directory);
    Json all = list.ok() ? *list : Json::array();
    for (const auto& drive : drives)
        if (!drive.serial.empty() && std::find(all.begin(), all.end(), identity_of(drive)) == all.end())
            all.push_back(identity_of(drive));
    while (all.size() > max_drives) all.erase(all.begin());
    REGAIN_TRY(make_directories(state_directory));
    return write_file(file_in(state_directory),
                      pretty_json(Json{{"schema", "regain.finished-drives/1"}, {"drives", all}}));
}

}  // namespace regain
