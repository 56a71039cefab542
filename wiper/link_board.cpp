#include "wiper/link_board.h"

#include <vector>

#include "drives/drive_port.h"

namespace regain {

void LinkBoard::join(const DriveRecord& drive, MonotonicTime now) {
    const std::string link = shared_link_of(root_, drive);
    const std::lock_guard lock(mutex_);
    shares_.join(drive.path, link, now);
}

void LinkBoard::moved(const DriveRecord& drive, const WipeProgress& progress, MonotonicTime now) {
    std::vector<Message> words;
    {
        const std::lock_guard lock(mutex_);
        const bool is_moving_data = progress.step == "overwrite" || progress.step == "verify";
        shares_.moved(drive.path, progress.plan_bytes_done, is_moving_data, now);
        words = shares_.take_words();
    }
    if (say_)
        for (const Message& line : words) say_(line);
}

void LinkBoard::leave(const DriveRecord& drive, MonotonicTime now) {
    const std::lock_guard lock(mutex_);
    shares_.leave(drive.path, now);
}

LinkShare LinkBoard::share_of(const DriveRecord& drive) const {
    const std::lock_guard lock(mutex_);
    return shares_.share_of(drive.path);
}

}  // namespace regain
