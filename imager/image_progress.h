#pragma once
// How far a long job of this room is. Given to the caller's function from whichever thread makes progress,
// one call at a time; the function must be quick and must not call back into the room.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/message.h"

namespace regain {

enum class ImagePhase {
    prepare,      ///< checks, reading headers
    packages,     ///< mmdebstrap at work; `line` is its last line
    file_system,  ///< mke2fs, ESP, partition table
    compress,
    verify,  ///< an image is read and checked
    write,
    read_back,
    finish,  ///< partition table, file systems, identity, boot check
};

/// "prepare", "packages", ...: the name in `--progress json`.
std::string_view image_phase_name(ImagePhase phase);

struct ImageProgress {
    ImagePhase phase = ImagePhase::prepare;
    uint64_t done_bytes = 0;
    uint64_t total_bytes = 0;  ///< 0: not known
    std::string drive;         ///< path of the drive that this is about; empty: all, or none
    Message step;              ///< what is being done, for phases without bytes; may be empty
    std::string line;          ///< a line of a program's output, as it is; may be empty
};

using ImageProgressFunction = std::function<void(const ImageProgress&)>;

}  // namespace regain
