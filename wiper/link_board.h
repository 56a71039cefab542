#pragma once
// LinkShares for several supervisors at once, each in a thread of its own (`regain batch`) or one with many
// workers (`regain wipe`). Finds out which link a drive is on. Thread-safe; opens no device.

#include <functional>
#include <mutex>
#include <utility>

#include "base/clock.h"
#include "base/system_root.h"
#include "reports/drive_record.h"
#include "wiper/link_shares.h"
#include "wiper/wipe_progress.h"

namespace regain {

class LinkBoard {
  public:
    /// `say` is called on the thread of whoever reported; may be empty.
    explicit LinkBoard(SystemRoot root, std::function<void(const Message&)> say = {})
        : root_(std::move(root)), say_(std::move(say)) {}

    void join(const DriveRecord& drive, MonotonicTime now);
    void moved(const DriveRecord& drive, const WipeProgress& progress, MonotonicTime now);
    void leave(const DriveRecord& drive, MonotonicTime now);
    LinkShare share_of(const DriveRecord& drive) const;

  private:
    SystemRoot root_;
    std::function<void(const Message&)> say_;
    mutable std::mutex mutex_;
    LinkShares shares_;
};

}  // namespace regain
