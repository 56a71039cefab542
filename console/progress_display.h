#pragma once
// Progress with throughput and time left, a line for each drive: as bars on a terminal, as JSON lines, or not
// at all. Fed from any thread; draws at most ten times a second.

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "console/session.h"

namespace regain {

struct ProgressLine {
    std::string label;      ///< "/dev/sda"
    std::string step;       ///< in words, translated
    std::string step_code;  ///< for JSON
    uint64_t bytes_done = 0;
    uint64_t bytes_total = 0;  ///< 0: not known
    uint64_t bytes_per_second = 0;
    uint64_t seconds_left = 0;      ///< 0: not known
    bool is_cooling = false;        ///< waits for the drive to cool down
    uint64_t expected_minutes = 0;  ///< shown while nothing tells how far it is; 0: not known
};

/// Where a job shows how far it is: its own display, or that of a batch.
class ProgressView {
  public:
    virtual ~ProgressView() = default;
    virtual void update(size_t index, ProgressLine line) = 0;
    /// A line of text above the bars.
    virtual void note(const std::string& text) = 0;
};

class ProgressDisplay final : public ProgressView {
  public:
    ProgressDisplay(const Session& session, size_t line_count);
    ~ProgressDisplay() override;
    ProgressDisplay(const ProgressDisplay&) = delete;
    ProgressDisplay& operator=(const ProgressDisplay&) = delete;

    void update(size_t index, ProgressLine line) override;
    /// Also what a program that was started says.
    void note(const std::string& text) override;
    /// Draws the last state and leaves the bars on the screen.
    void finish();

  private:
    void draw();

    const Session& session_;
    std::mutex mutex_;
    std::vector<ProgressLine> lines_;
    size_t drawn_lines_ = 0;
    std::chrono::steady_clock::time_point next_drawing_{};
    std::vector<std::chrono::steady_clock::time_point> next_json_;  ///< of each line
    bool finished_ = false;
};

/// "/dev/sda  2/5 overwrite   [####......]  43%  88 MB/s  1:20:00 left", in as many columns.
std::string progress_text(const ProgressLine& line, size_t width, const Translator& translate);
/// regain.progress/1
Json progress_json(const ProgressLine& line);

/// "1.5 GB", "120 MB/s": decimal units as drives are sold in, in the language's manner.
std::string human_size(uint64_t bytes, const Translator& translate);
/// "2:05:10" or "4:09".
std::string human_duration(uint64_t seconds);

}  // namespace regain
