#pragma once
// Writes the journal of a wipe while it runs: when it is time for another mark, and what is appended. A
// journal that can't be written is given up and never stops a wipe. Used by wipe_run.cpp and node_run.cpp;
// the file is behind a seam, so that a test can take its power away as well.

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "wiper/wipe_journal.h"

namespace regain {

class JournalFile {
  public:
    virtual ~JournalFile() = default;
    /// The whole of it, durable and at once or not at all.
    virtual Status replace(std::string_view text) = 0;
    /// Durable when it is done.
    virtual Status append(std::string_view line) = 0;
    /// Nothing is left of it. Done when there is none.
    virtual Status discard() = 0;
};

/// After its record is kept: removed for good. Done when there is none. ErrorKind::environment.
Status remove_wipe_journal(const std::filesystem::path& file);

/// A file with mode 0600.
class DurableJournalFile final : public JournalFile {
  public:
    explicit DurableJournalFile(std::filesystem::path file) : file_(std::move(file)) {}
    Status replace(std::string_view text) override;
    Status append(std::string_view line) override;
    Status discard() override { return remove_wipe_journal(file_); }

  private:
    std::filesystem::path file_;
    FileDescriptor descriptor_;
};

struct JournalPace {
    std::chrono::milliseconds interval{10'000};  ///< between two marks
    /// A mark that takes long (a slow flush, a slow stick) waits this many times as long for the next one...
    int64_t share = 20;
    std::chrono::milliseconds longest{120'000};  ///< ...but no longer than this
};

class JournalWriter {
  public:
    /// All of them outlive it.
    JournalWriter(JournalFile& file, const Clock& clock, JournalPace pace = {})
        : file_(file), clock_(clock), pace_(pace), interval_(pace.interval) {}

    /// Replaces what there is. Where that fails the run goes on without a journal; one that may not be true
    /// any more is removed then. An error: it can't be, and what is written now would make it false.
    enum class Before { stays_true, may_be_false };
    Status begin(WipeJournalContent content, Before before = Before::may_be_false);
    void note_stream(size_t step, const RandomStream::Key& key);
    void note_step(JournaledStep step);
    void note_mark(size_t step, WipeMark mark);
    void note_resumption(const Json& facts);

    /// A step begins that has marks: the first one comes after the interval.
    void restart_interval() { last_mark_ = clock_.monotonic(); }
    /// Whether it is time for one. Then mark_begins(), and note_mark() once what it says is durable.
    bool is_mark_due() const { return is_at_work() && clock_.monotonic() - last_mark_ >= interval_; }
    void mark_begins() { last_mark_ = clock_.monotonic(); }

    /// What stands in the file stays true; nothing is added.
    void give_up(Message reason);
    /// False before begin() and once it was given up.
    bool is_at_work() const { return has_begun_ && !failure_; }
    const WipeJournalContent& content() const { return content_; }
    /// Why it was given up, once.
    std::optional<Error> take_failure();

  private:
    void append(const std::string& line);
    void take(const Status& status);

    JournalFile& file_;
    const Clock& clock_;
    JournalPace pace_;
    WipeJournalContent content_;
    std::chrono::milliseconds interval_;
    MonotonicTime last_mark_;
    size_t appended_bytes_ = 0;
    bool has_begun_ = false;
    bool is_told_ = false;
    std::optional<Error> failure_;
};

}  // namespace regain
