#include <fcntl.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/file.h"
#include "drives/boot_medium.h"
#include "drives/machine_sleep.h"
#include "drives/mounts.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

Message doing() {
    return message("put the machine to sleep");
}

bool has_word(const std::string& line, std::string_view word) {
    for (size_t at = line.find(word); at != std::string::npos; at = line.find(word, at + 1)) {
        const auto is_edge = [&](size_t i) { return i >= line.size() || line[i] == ' ' || line[i] == ']'; };
        const bool begins = at == 0 || line[at - 1] == ' ' || line[at - 1] == '[';
        if (begins && is_edge(at + word.size())) return true;
    }
    return false;
}

/// "/sys/class/rtc/rtc0/wakealarm" of the first clock that can wake the machine; empty: there is none.
fs::path wake_alarm(const SystemRoot& root) {
    std::vector<fs::path> clocks;
    std::error_code failed;
    for (fs::directory_iterator entry(root.path("/sys/class/rtc"), failed), end; !failed && entry != end;
         entry.increment(failed))
        clocks.push_back(entry->path());
    std::sort(clocks.begin(), clocks.end());
    for (const fs::path& clock : clocks) {
        if (!path_exists(clock / "wakealarm")) continue;
        if (read_line(clock / "device/power/wakeup") == "disabled") continue;
        return clock / "wakealarm";
    }
    return {};
}

/// A medium that comes back as another device takes the running system with it. USB sticks persist where the
/// kernel says so; cards do not.
bool would_lose(const SystemRoot& root, uint64_t device_number) {
    const std::string number =
        std::to_string(major(device_number)) + ":" + std::to_string(minor(device_number));
    std::error_code failed;
    fs::path device = fs::canonical(root.path("/sys/dev/block/" + number), failed);
    if (failed) return false;
    const std::string text = device.string();
    if (text.find("/mmc") != std::string::npos) return true;
    if (text.find("/usb") == std::string::npos) return false;
    for (; device.has_relative_path(); device = device.parent_path())
        if (path_exists(device / "power/persist")) return read_line(device / "power/persist") != "1";
    return true;
}

bool would_lose_medium(const SystemRoot& root) {
    const auto mounts = read_mounts(root);
    if (!mounts.ok()) return true;
    const BootMedium medium = read_boot_medium(root, *mounts);
    return std::any_of(mounts->begin(), mounts->end(), [&](const Mount& mount) {
        const auto& points = medium.mount_points;
        const bool carries_system = mount.mount_point == "/" || std::find(points.begin(), points.end(),
                                                                          mount.mount_point) != points.end();
        return carries_system && would_lose(root, mount.device_number);
    });
}

/// Into a file of sysfs: in one call, without making it.
Status put(const fs::path& path, std::string_view text) {
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.is_open()) return os_error(doing(), errno, ErrorKind::environment);
    ssize_t count = 0;
    do {
        count = ::write(file.get(), text.data(), text.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) return os_error(doing(), errno);
    return done();
}

/// How long the machine has slept since it was started.
std::chrono::nanoseconds slept() {
    const auto now = [](clockid_t clock) {
        timespec time{};
        ::clock_gettime(clock, &time);
        return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    };
    return now(CLOCK_BOOTTIME) - now(CLOCK_MONOTONIC);
}

}  // namespace

std::optional<Message> LinuxMachineSleep::obstacle() {
    if (!has_word(read_line(root_.path("/sys/power/state")), "mem"))
        return message("This machine can't be put to sleep.");
    const fs::path depth = root_.path("/sys/power/mem_sleep");
    if (path_exists(depth) && !has_word(read_line(depth), "deep"))
        return message("This machine only knows a light sleep, in which its drives keep their power.");
    if (wake_alarm(root_).empty()) return message("This machine has no clock that could wake it.");
    if (would_lose_medium(root_))
        return message("The system runs from a medium that could be lost while the machine sleeps.");
    return std::nullopt;
}

Status LinuxMachineSleep::sleep(std::chrono::seconds duration) {
    const fs::path alarm = wake_alarm(root_);
    if (alarm.empty())
        return error(ErrorKind::environment, doing(),
                     message("this machine has no clock that could wake it"));
    const fs::path depth = root_.path("/sys/power/mem_sleep");
    if (path_exists(depth)) REGAIN_TRY(put(depth, "deep"));
    ::sync();
    REGAIN_TRY(put(alarm, "0"));  // an older alarm would refuse the new one
    REGAIN_TRY(put(alarm, "+" + std::to_string(duration.count())));
    const auto before = slept();
    const Status asleep = put(root_.path("/sys/power/state"), "mem");  // returns when it is awake again
    const bool has_slept = root_.is_recorded() || slept() - before > std::chrono::milliseconds(500);
    static_cast<void>(put(alarm, "0").ok());
    REGAIN_TRY(asleep);
    if (!has_slept) return error(ErrorKind::failed, doing(), message("it did not fall asleep"));
    return done();
}

}  // namespace regain
