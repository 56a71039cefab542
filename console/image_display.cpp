#include "console/image_display.h"

#include <algorithm>
#include <utility>

namespace regain {

Message word_image_phase(ImagePhase phase) {
    switch (phase) {
        case ImagePhase::prepare:
            return message("preparing");
        case ImagePhase::packages:
            return message("installing packages");
        case ImagePhase::file_system:
            return message("making the disk");
        case ImagePhase::compress:
            return message("compressing");
        case ImagePhase::verify:
            return message("checking the image");
        case ImagePhase::write:
            return message("writing");
        case ImagePhase::read_back:
            return message("reading back");
        case ImagePhase::finish:
            return message("new identity");
    }
    return message("working");
}

ImageDisplay::ImageDisplay(const Session& session, std::vector<std::string> lines)
    : session_(session), labels_(std::move(lines)), display_(session, labels_.size()) {}

ImageProgressFunction ImageDisplay::function() {
    return [this](const ImageProgress& progress) { take(progress); };
}

void ImageDisplay::note(const std::string& sentence) {
    if (session_.progress() == ProgressMode::bar)
        display_.note(sentence);
    else
        session_.say_raw(sentence + "\n");
}

void ImageDisplay::take(const ImageProgress& progress) {
    if (progress.phase != last_phase_) {
        last_phase_ = progress.phase;
        phase_started_ = std::chrono::steady_clock::now();
        // Without a terminal each phase is a line of its own: silence would look like a standstill.
        if (session_.progress() == ProgressMode::none)
            session_.say_raw("  " + session_.text(word_image_phase(progress.phase)) + "\n");
    }
    bool shown = false;
    for (size_t i = 0; i < labels_.size(); ++i) {
        if (!progress.drive.empty() && labels_[i] != progress.drive) continue;
        show(i, progress);
        shown = true;
    }
    if (!shown && !labels_.empty()) show(0, progress);
}

void ImageDisplay::show(size_t index, const ImageProgress& progress) {
    ProgressLine line;
    line.label = labels_[index];
    line.step_code = image_phase_name(progress.phase);
    line.step = session_.text(word_image_phase(progress.phase));
    if (!progress.step.empty()) line.step += ": " + session_.text(progress.step);
    if (!progress.line.empty()) line.step += "  " + progress.line;
    line.bytes_done = progress.done_bytes;
    line.bytes_total = progress.total_bytes;
    const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
                             std::chrono::steady_clock::now() - phase_started_)
                             .count();
    if (progress.done_bytes > 0 && elapsed > 500) {
        line.bytes_per_second = progress.done_bytes * 1000 / static_cast<uint64_t>(elapsed);
        if (progress.total_bytes > progress.done_bytes && line.bytes_per_second > 0)
            line.seconds_left = (progress.total_bytes - progress.done_bytes) / line.bytes_per_second;
    }
    display_.update(index, std::move(line));
}

}  // namespace regain
