#include "drives/mounts.h"

#include <sys/sysmacros.h>

#include <charconv>
#include <filesystem>
#include <sstream>
#include <string_view>
#include <system_error>

#include "base/file.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

constexpr int max_depth = 16;  // overlays upon loops upon overlays: beyond this somebody is joking

/// procfs writes space, tab, newline and backslash as \ooo.
std::string unescape(std::string_view text) {
    std::string plain;
    for (size_t i = 0; i < text.size(); ++i) {
        unsigned code = 0;
        if (text[i] == '\\' && i + 3 < text.size() &&
            std::from_chars(text.data() + i + 1, text.data() + i + 4, code, 8).ptr == text.data() + i + 4) {
            plain.push_back(static_cast<char>(code));
            i += 3;
        } else {
            plain.push_back(text[i]);
        }
    }
    return plain;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    size_t start = 0;
    for (;;) {
        const size_t end = text.find(separator, start);
        parts.emplace_back(text.substr(start, end == std::string_view::npos ? end : end - start));
        if (end == std::string_view::npos) return parts;
        start = end + 1;
    }
}

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

bool parse_mount(const std::string& line, Mount& mount) {
    const std::vector<std::string> words = words_of(line);
    size_t dash = 6;
    while (dash < words.size() && words[dash] != "-") ++dash;
    if (dash + 2 >= words.size()) return false;
    const std::vector<std::string> numbers = split(words[2], ':');
    unsigned major_number = 0;
    unsigned minor_number = 0;
    if (numbers.size() != 2) return false;
    std::from_chars(numbers[0].data(), numbers[0].data() + numbers[0].size(), major_number);
    std::from_chars(numbers[1].data(), numbers[1].data() + numbers[1].size(), minor_number);
    mount.device_number = makedev(major_number, minor_number);
    mount.mount_point = unescape(words[4]);
    mount.type = words[dash + 1];
    mount.source = unescape(words[dash + 2]);
    mount.options = dash + 3 < words.size() ? words[dash + 3] : "";
    return true;
}

bool lies_under(const std::string& path, const std::string& directory) {
    if (directory == "/") return path.starts_with('/');
    return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

/// The mount that a path is on: the longest mount point, and of equal ones the last, which hides the others.
const Mount* mount_of(const std::vector<Mount>& mounts, const std::string& path) {
    const Mount* best = nullptr;
    for (const Mount& mount : mounts)
        if (lies_under(path, mount.mount_point) &&
            (best == nullptr || mount.mount_point.size() >= best->mount_point.size()))
            best = &mount;
    return best;
}

/// A mounted btrfs lists its members in sysfs; `member` is one of them.
std::set<std::string> btrfs_members(const SystemRoot& root, const std::string& member) {
    std::error_code failed;
    for (fs::directory_iterator entry(root.path("/sys/fs/btrfs"), failed), end; !failed && entry != end;
         entry.increment(failed)) {
        std::set<std::string> members;
        std::error_code no_members;
        for (fs::directory_iterator device(entry->path() / "devices", no_members), last;
             !no_members && device != last; device.increment(no_members))
            members.insert(device->path().filename().string());
        if (members.contains(member)) return members;
    }
    return {member};
}

std::vector<std::string> overlay_layers(const std::string& options) {
    std::vector<std::string> layers;
    for (const std::string& option : split(options, ',')) {
        const size_t equals = option.find('=');
        const std::string key = option.substr(0, equals);
        if (equals == std::string::npos || (key != "lowerdir" && key != "upperdir" && key != "workdir" &&
                                            key != "lowerdir+" && key != "datadir+"))
            continue;
        for (const std::string& layer : split(option.substr(equals + 1), ':'))
            if (!layer.empty()) layers.push_back(unescape(layer));
    }
    return layers;
}

/// Carries what the search needs, and how deep it went.
struct Search {
    const SystemRoot& root;
    const BlockTree& tree;
    const std::vector<Mount>& mounts;

    std::set<std::string> behind_mount(const Mount& mount, int depth) const {
        std::set<std::string> found;
        if (depth > max_depth) return found;
        if (const BlockDevice* device = tree.find_number(mount.device_number)) found.insert(device->name);
        const bool is_anonymous = major(mount.device_number) == 0;
        if (is_anonymous && mount.source.starts_with('/') && mount.type != "nfs" && mount.type != "nfs4" &&
            mount.type != "cifs") {
            // bcachefs joins its members with colons; a device's own name may hold colons too (by-path
            // links).
            std::vector<std::string> sources = split(mount.source, ':');
            sources.push_back(mount.source);
            for (const std::string& source : sources)
                if (const BlockDevice* device = tree.find_path(root, source)) found.insert(device->name);
        }
        if (mount.type == "btrfs")
            for (const std::string& member : std::set<std::string>(found))
                found.merge(btrfs_members(root, member));
        if (mount.type == "overlay" || mount.type == "aufs")
            for (const std::string& layer : overlay_layers(mount.options))
                found.merge(behind_path(layer, depth + 1));
        return found;
    }

    std::set<std::string> behind_path(const std::string& path, int depth) const {
        const Mount* mount = mount_of(mounts, path);
        return mount == nullptr ? std::set<std::string>{} : behind_mount(*mount, depth + 1);
    }
};

}  // namespace

Result<std::vector<Mount>> read_mounts(const SystemRoot& root) {
    REGAIN_ASSIGN(const std::string text, read_file(root.path("/proc/self/mountinfo")));
    std::vector<Mount> mounts;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.empty()) continue;
        Mount mount;
        if (!parse_mount(line, mount))
            return error(ErrorKind::environment, message("read what is mounted"),
                         message("a line of /proc/self/mountinfo has an unknown form: {0}", line));
        mounts.push_back(std::move(mount));
    }
    return mounts;
}

Result<std::vector<Swap>> read_swaps(const SystemRoot& root) {
    if (!path_exists(root.path("/proc/swaps"))) return std::vector<Swap>{};  // a kernel without swap
    REGAIN_ASSIGN(const std::string text, read_file(root.path("/proc/swaps")));
    std::vector<Swap> swaps;
    std::istringstream lines(text);
    std::string line;
    std::getline(lines, line);  // the heading
    while (std::getline(lines, line)) {
        const std::vector<std::string> words = words_of(line);
        if (words.size() < 2) continue;
        std::string path = unescape(words[0]);
        constexpr std::string_view suffix = " (deleted)";
        if (path.ends_with(suffix)) path.resize(path.size() - suffix.size());
        swaps.push_back({std::move(path), words[1] == "file"});
    }
    return swaps;
}

std::set<std::string> devices_behind_mount(const SystemRoot& root, const BlockTree& tree,
                                           const std::vector<Mount>& mounts, const Mount& mount) {
    return Search{root, tree, mounts}.behind_mount(mount, 0);
}

std::set<std::string> devices_behind_path(const SystemRoot& root, const BlockTree& tree,
                                          const std::vector<Mount>& mounts, const std::string& path) {
    return Search{root, tree, mounts}.behind_path(path, 0);
}

std::set<std::string> lower_devices(const SystemRoot& root, const BlockTree& tree,
                                    const std::vector<Mount>& mounts, const std::string& name) {
    std::set<std::string> found;
    std::vector<std::string> waiting{name};
    while (!waiting.empty()) {
        const std::string next = waiting.back();
        waiting.pop_back();
        const BlockDevice* device = tree.find(next);
        if (device == nullptr || !found.insert(next).second) continue;
        if (device->is_partition()) waiting.push_back(device->disk);
        waiting.insert(waiting.end(), device->slaves.begin(), device->slaves.end());
        if (device->backing_file.empty()) continue;
        if (const BlockDevice* backing = tree.find_path(root, device->backing_file)) {
            waiting.push_back(backing->name);
        } else {
            for (const std::string& behind : devices_behind_path(root, tree, mounts, device->backing_file))
                waiting.push_back(behind);
        }
    }
    return found;
}

}  // namespace regain
