#pragma once
// A range of an open drive or file as a block device of its own (/dev/loopN), for programs that want a path:
// e2fsck, resize2fs, libparted. It stands on the descriptor that it is given and looks up no name, so that a
// range of a DriveHold is a range of exactly the drive whose identity was proved. Used by imager/.

#include <cstdint>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "base/system_root.h"

namespace regain {

class LoopDevice {
  public:
    /// Attaches `length` bytes from `offset` of `descriptor` (open for reading and writing; the kernel keeps
    /// its own reference). Offset and length are multiples of 512. ErrorKind::environment without loop
    /// devices or root.
    static Result<LoopDevice> attach(const SystemRoot& root, int descriptor, uint64_t offset,
                                     uint64_t length);
    /// Detaches; what was not synced by detach() may be lost unnoticed.
    ~LoopDevice();
    LoopDevice(LoopDevice&&) noexcept = default;
    LoopDevice& operator=(LoopDevice&&) = delete;
    LoopDevice(const LoopDevice&) = delete;
    LoopDevice& operator=(const LoopDevice&) = delete;

    const std::string& path() const { return path_; }
    /// Syncs and detaches. ErrorKind::failed when delayed writes failed.
    Status detach();

  private:
    LoopDevice(FileDescriptor device, std::string path)
        : device_(std::move(device)), path_(std::move(path)) {}
    FileDescriptor device_;
    std::string path_;
};

}  // namespace regain
