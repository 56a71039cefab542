#pragma once
// Progress of the imager's long jobs (building, verifying, deploying) on the display.

#include <string>
#include <vector>

#include "console/progress_display.h"
#include "console/session.h"
#include "imager/image_progress.h"

namespace regain {

/// Draws what the imager reports; one line for each drive, or one for the image when `drives` is empty.
class ImageDisplay {
  public:
    ImageDisplay(const Session& session, std::vector<std::string> lines);
    /// To hand to the imager; this must outlive it.
    ImageProgressFunction function();
    /// A sentence above the bars; from any thread.
    void note(const std::string& sentence);

  private:
    void take(const ImageProgress& progress);
    void show(size_t index, const ImageProgress& progress);

    const Session& session_;
    std::vector<std::string> labels_;
    ProgressDisplay display_;
    ImagePhase last_phase_ = ImagePhase::prepare;
    std::chrono::steady_clock::time_point phase_started_ = std::chrono::steady_clock::now();
};

Message word_image_phase(ImagePhase phase);

}  // namespace regain
