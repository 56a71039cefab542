#include "imager/image_progress.h"

namespace regain {

std::string_view image_phase_name(ImagePhase phase) {
    switch (phase) {
        case ImagePhase::prepare:
            return "prepare";
        case ImagePhase::packages:
            return "packages";
        case ImagePhase::file_system:
            return "file-system";
        case ImagePhase::compress:
            return "compress";
        case ImagePhase::verify:
            return "verify";
        case ImagePhase::write:
            return "write";
        case ImagePhase::read_back:
            return "read-back";
        case ImagePhase::finish:
            return "finish";
    }
    return {};
}

}  // namespace regain
