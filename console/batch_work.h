#pragma once
// What `regain batch` does with one drive, each in a thread of its own: asking it for its plan, and wiping it
// with its own worker, intent, journal and certificate. A drive that hangs in the kernel holds up its thread
// and nothing else: threads send what came of it to the loop, and the program does not wait for them for
// long. Used by command_batch.cpp.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/file.h"
#include "console/batch_desk.h"
#include "console/batch_display.h"
#include "console/label_numbers.h"
#include "console/session.h"
#include "console/wipe_course.h"

namespace regain {

/// What threads have to say to the loop: it runs it, in its own thread.
class Mailbox {
  public:
    Mailbox();
    void post(std::function<void()> letter);
    /// Only wakes the loop.
    void wake() const;
    int descriptor() const { return wake_.get(); }
    std::deque<std::function<void()>> take();

  private:
    FileDescriptor wake_;
    std::mutex mutex_;
    std::deque<std::function<void()>> letters_;
};

struct PlannedDrive {
    WipePlan plan;
    LabelNumbers numbers;
};

/// How a wipe that was begun has ended.
struct WipedDrive {
    WipeRecord record;
    int status = 0;
    bool is_powered_down_next = false;
};

class BatchWork : public std::enable_shared_from_this<BatchWork> {
  public:
    /// `psids`: lines of "SERIAL NUMBER".
    BatchWork(const Session& session, WipePolicy policy, JobContext job, std::string psids);

    const Session& session() const { return session_; }
    BatchDisplay& display() { return display_; }
    Mailbox& mailbox() { return mailbox_; }

    // Each starts a thread; the callbacks are run by whoever empties the mailbox.
    void look(bool with_virtual_drives, std::vector<std::string> files,
              std::function<void(Result<std::vector<PluggedDrive>>)> then);
    void ask(const DriveRecord& drive, std::function<void(Result<PlannedDrive>)> then);
    struct WipeNews {
        std::function<void()> final;  ///< what it reached is known; its certificate is made now
        std::function<void(Result<WipedDrive>)> ended;
        std::function<void(Status)> powered_down;
    };
    /// `is_unplugged` is set by the loop when it learns of it.
    void wipe(size_t number, const PlannedDrive& planned, std::shared_ptr<std::atomic<bool>> is_unplugged,
              WipeNews news);

    /// Lets threads that have nothing left to do end. One that hangs in the kernel is left behind.
    void wait_for_threads(std::chrono::milliseconds longest);

  private:
    void start(std::function<void()> work);
    /// One that does what `regain wipe PATH` would be told to do.
    Session session_for(const DriveRecord& drive);
    std::unique_lock<std::mutex> bridges_of(const DriveRecord& drive);
    CapabilitySource source_for(const Session& session, const LabelNumbers& numbers);
    /// Of the file, by one of these names; an error where its line is not understood.
    Result<LabelNumbers> numbers_for(const DriveRecord& drive, const std::string& name) const;
    Result<LabelNumbers> numbers_for(const DriveCapabilities& capabilities) const;
    Result<PlannedDrive> plan(const DriveRecord& drive);
    Result<WipedDrive> carry_out(size_t number, const PlannedDrive& planned,
                                 const std::atomic<bool>& is_unplugged, const std::function<void()>& on_final,
                                 DriveRecord& drive);

    BatchDisplay display_;
    Session session_;
    WipePolicy policy_;
    JobContext job_;
    std::string psids_;
    Mailbox mailbox_;
    std::mutex books_;    ///< registry, journals, server
    std::mutex bridges_;  ///< what is remembered of USB bridges, and how they are probed
    LinkBoard links_;
    std::mutex threads_mutex_;
    std::condition_variable thread_ended_;
    size_t threads_ = 0;
};

}  // namespace regain
