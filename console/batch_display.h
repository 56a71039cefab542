#pragma once
// The screen of `regain batch` on a terminal: sentences scroll above, a line for each drive and what is being
// typed stay below. With many drives the most important lines are shown and the others counted. Without bars
// it passes sentences on and draws nothing. Thread-safe.

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "console/batch_desk.h"
#include "console/progress_display.h"
#include "console/session.h"

namespace regain {

/// What a line shows of a drive.
struct BatchRow {
    BatchDrive drive;
    std::string confirmation;  ///< what to type
};

/// The lines below the sentences: at most `height`, none wider than `width`. Those at work come first, then
/// those that wait for a confirmation, then those that have ended; the rest is counted in the last line.
std::vector<std::string> batch_lines(const std::vector<BatchRow>& rows,
                                     const std::map<size_t, ProgressLine>& progress, size_t width,
                                     size_t height, const Translator& translate);

class BatchDisplay {
  public:
    explicit BatchDisplay(const Session& session)
        : translator_(session.translate()), progress_mode_(session.progress()), is_json_(session.json()) {}
    ~BatchDisplay();
    BatchDisplay(const BatchDisplay&) = delete;
    BatchDisplay& operator=(const BatchDisplay&) = delete;

    void show(const BatchDesk& desk);
    void update(size_t number, ProgressLine line);
    void forget(size_t number);
    void typing(const std::string& text, bool is_closing);
    /// Takes the lines below away; what is said then only scrolls.
    void finish();
    /// What a session says.
    void speak(Voice voice, const std::string& text);

  private:
    void erase_drawn();
    void draw();

    bool has_bars() const { return progress_mode_ == ProgressMode::bar && !has_finished_; }

    Translator translator_;
    ProgressMode progress_mode_;
    bool is_json_;
    std::mutex mutex_;
    std::vector<BatchRow> rows_;
    std::map<size_t, ProgressLine> progress_;
    std::map<size_t, std::chrono::steady_clock::time_point> next_json_;
    std::string typed_;
    bool is_closing_ = false;
    bool has_finished_ = false;
    size_t drawn_lines_ = 0;
    std::vector<std::string> drawn_;
    std::chrono::steady_clock::time_point next_drawing_{};
};

}  // namespace regain
