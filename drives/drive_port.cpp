#include "drives/drive_port.h"

#include <fmt/format.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include "drives/block_tree.h"
#include "drives/udev_database.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t usb_2_megabits = 480;

bool is_numbered(const std::string& name, std::string_view stem) {
    return name.size() > stem.size() && name.starts_with(stem) &&
           std::all_of(name.begin() + static_cast<std::ptrdiff_t>(stem.size()), name.end(),
                       [](char c) { return c >= '0' && c <= '9'; });
}

/// The links below /dev/disk/by-path, for systems whose database can't be read.
std::string name_in_links(const SystemRoot& root, const DriveRecord& drive) {
    const std::string wanted = fs::path(drive.path).filename().string();
    std::vector<std::string> names;
    std::error_code failed;
    for (fs::directory_iterator entry(root.path("/dev/disk/by-path"), failed), end; !failed && entry != end;
         entry.increment(failed)) {
        std::error_code no_link;
        if (fs::read_symlink(entry->path(), no_link).filename().string() == wanted && !no_link)
            names.push_back(entry->path().filename().string());
    }
    return names.empty() ? std::string() : *std::min_element(names.begin(), names.end());
}

/// "/sys/devices/pci0000:00/.../block/sda" in its parts.
std::vector<std::string> places_of(const SystemRoot& root, const DriveRecord& drive) {
    const std::string number = fmt::format("{}:{}", major(drive.device_number), minor(drive.device_number));
    std::error_code failed;
    const fs::path place = fs::canonical(root.path("/sys/dev/block/" + number), failed);
    std::vector<std::string> places;
    if (failed) return places;
    for (const fs::path& part : place) places.push_back(part.string());
    return places;
}

std::string joined_up_to(const std::vector<std::string>& places, size_t count) {
    fs::path path;
    for (size_t i = 0; i < count && i < places.size(); ++i) path /= places[i];
    return path.string();
}

}  // namespace

std::string port_of(const SystemRoot& root, const DriveRecord& drive) {
    if (drive.is_virtual()) return drive.path;
    const auto properties = read_udev_properties(root, drive.device_number);
    const auto found = properties.find("ID_PATH");
    if (found != properties.end() && !found->second.empty()) return found->second;
    return name_in_links(root, drive);
}

std::string shared_link_of(const SystemRoot& root, const DriveRecord& drive) {
    if (drive.is_virtual() || drive.bus == Bus::nvme || drive.device_number == 0) return {};
    const std::vector<std::string> places = places_of(root, drive);
    for (size_t i = 0; i + 1 < places.size(); ++i) {
        if (!is_numbered(places[i], "usb")) continue;
        const std::string bus = joined_up_to(places, i + 1);
        const uint64_t megabits = read_number(fs::path(bus) / "speed");
        return megabits <= usb_2_megabits ? bus : joined_up_to(places, i + 2);
    }
    for (size_t i = 1; i < places.size(); ++i)
        if (is_numbered(places[i], "ata") || is_numbered(places[i], "host")) return joined_up_to(places, i);
    return {};
}

}  // namespace regain
