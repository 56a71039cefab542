#include "drives/drive_temperature.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "base/file.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

std::optional<double> degrees_in(const fs::path& file) {
    const std::string text = read_line(file);
    int64_t thousandths = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), thousandths);
    if (fault != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
    const double degrees = static_cast<double>(thousandths) / 1000;
    return can_be(degrees) ? std::optional(degrees) : std::nullopt;
}

/// "hwmon3" and the like below a directory.
std::vector<fs::path> sensors_below(const fs::path& directory) {
    std::vector<fs::path> found;
    std::error_code failed;
    for (fs::directory_iterator entry(directory, failed), end; !failed && entry != end;
         entry.increment(failed))
        if (entry->path().filename().string().starts_with("hwmon") &&
            path_exists(entry->path() / "temp1_input"))
            found.push_back(entry->path());
    std::sort(found.begin(), found.end());
    return found;
}

/// A limit of 0 is none.
std::optional<double> limit_in(const fs::path& file) {
    const auto limit = degrees_in(file);
    return limit && *limit > 0 ? limit : std::nullopt;
}

}  // namespace

std::optional<DriveTemperature> read_temperature(const SystemRoot& root, const DriveRecord& drive) {
    const std::string numbers =
        std::to_string(major(drive.device_number)) + ":" + std::to_string(minor(drive.device_number));
    std::error_code failed;
    const fs::path owner = fs::canonical(root.path("/sys/dev/block/" + numbers) / "device", failed);
    if (failed) return std::nullopt;
    // An NVMe controller's sensor hangs on itself or on its PCI device, as the kernel's version has it.
    for (const fs::path& place : {owner / "hwmon", owner, owner / "device/hwmon"})
        for (const fs::path& sensor : sensors_below(place))
            if (const auto now = degrees_in(sensor / "temp1_input"))
                return DriveTemperature{*now, limit_in(sensor / "temp1_max"), limit_in(sensor / "temp1_crit"),
                                        "hwmon"};
    return std::nullopt;
}

}  // namespace regain
