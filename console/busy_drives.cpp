#include "console/busy_drives.h"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

namespace regain {
namespace {

constexpr std::chrono::milliseconds nap{250};

Message words_of(const DriveRecord& drive, uint32_t progress) {
    if (progress == 0)
        return message("{0} is still erasing itself, by a command from before: waiting until it has ended.",
                       drive.path);
    return message(
        "{0} is still erasing itself, by a command from before ({1} %): waiting until it has ended.",
        drive.path, progress * 100 / 65536);
}

}  // namespace

DriveCapabilities ask_when_quiet(const DriveRecord& drive, const CapabilitySource& source,
                                 const BusyDriveWatch& watch) {
    DriveCapabilities capabilities = source(drive);
    std::optional<uint32_t> before;
    MonotonicTime moved = watch.clock.monotonic();
    std::optional<MonotonicTime> said;
    for (;;) {
        const auto progress = sanitize_progress_of(capabilities);
        const MonotonicTime now = watch.clock.monotonic();
        if (progress != before) moved = now;
        before = progress;
        if (!progress || watch.is_stopped() || now - moved >= watch.patience) return capabilities;
        if (!said || now - *said >= watch.between_words) {
            watch.say(words_of(drive, *progress));
            said = now;
        }
        watch.wait(watch.between_looks);
        capabilities = source(drive);
    }
}

CapabilitySource source_for_plans(const Session& session, const LabelNumbers& numbers) {
    if (session.arguments().has("plan")) return capability_source(session, numbers);
    return [&session, source = capability_source(session, numbers)](const DriveRecord& drive) {
        const auto is_stopped = [&session] { return session.stop().stop_requested(); };
        const auto wait = [&is_stopped](std::chrono::milliseconds duration) {
            for (; duration.count() > 0 && !is_stopped(); duration -= nap)
                std::this_thread::sleep_for(std::min(duration, nap));
        };
        return ask_when_quiet(
            drive, source,
            {session.clock(), wait, is_stopped, [&session](const Message& words) { session.say(words); }});
    };
}

}  // namespace regain
