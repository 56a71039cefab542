#include "drives/boot_medium.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>

#include "base/file.h"

namespace regain {
namespace {

/// live-boot, its older place, dracut, casper, archiso, and where live-boot keeps the file system that holds
/// an ISO file (findiso=, fromiso=).
constexpr std::array<std::string_view, 8> medium_mount_points{
    "/run/live/medium",     "/lib/live/mount/medium", "/run/initramfs/live", "/cdrom",
    "/run/archiso/bootmnt", "/run/live/findiso",      "/run/live/fromiso",   "/isodevice"};

bool rests_on_device(const Mount& mount) {
    return mount.type != "tmpfs" && mount.type != "ramfs" && mount.type != "overlay" &&
           !mount.type.starts_with("nfs") && mount.type != "cifs";
}

bool is_same_ignoring_case(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

/// "UUID=...", "LABEL=...", "CDLABEL=...", "PARTUUID=...", /dev/disk/by-*/..., /dev/...
bool parse_name(std::string value, BootMediumName& name) {
    if (value.starts_with("live:")) value.erase(0, 5);
    if (value.starts_with("CDLABEL=")) value.erase(0, 2);
    for (const char* key : {"UUID", "LABEL", "PARTUUID"}) {
        const std::string start = std::string(key) + "=";
        if (!value.starts_with(start)) continue;
        name = {key, value.substr(start.size())};
        return !name.value.empty();
    }
    if (!value.starts_with("/dev/")) return false;
    name = {"DEVICE", value};
    return true;
}

/// "findiso=/dev/disk/by-label/STICK/debian.iso": the device part is not separated from the file's path.
bool has_file_on_device(const std::string& value) {
    return value.ends_with(".iso");
}

std::vector<BootMediumName> names_in_marker(const SystemRoot& root, bool& is_live, bool& from_network) {
    std::vector<BootMediumName> names;
    const auto text = read_file(root.path("/run/regain/boot-medium"), 65536);
    if (!text.ok()) return names;
    is_live = true;
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
        BootMediumName name;
        if (line == "NONE=network") from_network = true;
        if (parse_name(line, name)) names.push_back(name);
    }
    return names;
}

}  // namespace

std::vector<BootMediumName> names_on_command_line(std::string_view command_line, bool& is_live,
                                                  bool& from_network) {
    std::vector<BootMediumName> names;
    std::istringstream words{std::string(command_line)};
    for (std::string word; words >> word;) {
        const size_t equals = word.find('=');
        const std::string key = word.substr(0, equals);
        const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
        const bool is_live_root = key == "root" && value.starts_with("live:");
        if (word == "boot=live" || word == "boot=casper" || key == "rd.live.image" ||
            key == "archisobasedir" || key == "live-media" || key == "findiso" || key == "fromiso" ||
            key == "regain.medium" || is_live_root)
            is_live = true;
        if (key == "netboot" || key == "fetch" || key == "httpfs" || key == "ftpfs" || key == "nfsroot" ||
            key == "archiso_http_srv" || value.starts_with("live:http") || value.starts_with("live:nfs"))
            from_network = true;
        BootMediumName name;
        if (key == "regain.medium" &&
            parse_name(value.find('=') == std::string::npos ? "UUID=" + value : value, name))
            names.push_back(name);
        if (key == "archisolabel") names.push_back({"LABEL", value});
        if ((is_live_root || key == "live-media" || key == "archisodevice") && parse_name(value, name))
            names.push_back(name);
        if ((key == "findiso" || key == "fromiso") && !has_file_on_device(value) && parse_name(value, name))
            names.push_back(name);
    }
    return names;
}

BootMedium read_boot_medium(const SystemRoot& root, const std::vector<Mount>& mounts) {
    BootMedium medium;
    bool is_live = false;
    bool from_network = false;
    for (const Mount& mount : mounts) {
        const bool is_medium = std::find(medium_mount_points.begin(), medium_mount_points.end(),
                                         mount.mount_point) != medium_mount_points.end();
        if (is_medium &&
            (mount.mount_point != "/cdrom" || path_exists(root.path("/run/casper-md5check.json"))))
            is_live = true;
        if (is_medium && rests_on_device(mount)) medium.mount_points.push_back(mount.mount_point);
    }
    medium.names = names_on_command_line(read_line(root.path("/proc/cmdline")), is_live, from_network);
    std::vector<BootMediumName> marked = names_in_marker(root, is_live, from_network);
    // Who wrote the marker had the medium in hand: what it does not name is not it, also when the medium was
    // pulled out since. A name on the command line is only what somebody typed.
    medium.may_be_anywhere = is_live && !from_network && marked.empty() && medium.mount_points.empty();
    for (BootMediumName& name : marked) medium.names.push_back(std::move(name));
    return medium;
}

bool is_named(const BootMediumName& name, const ContentNames& content) {
    if (name.value.empty()) return false;
    if (name.key == "UUID") return is_same_ignoring_case(name.value, content.uuid);
    if (name.key == "PARTUUID") return is_same_ignoring_case(name.value, content.partition_uuid);
    return name.key == "LABEL" && name.value == content.label;
}

}  // namespace regain
