#pragma once
// A drive for the deployer's tests, without root: its blocks are a regular file (or any BlockIo laid over
// one), and a range is a copy in a file of its own that is written back when it is released.

#include <filesystem>
#include <functional>
#include <memory>

#include "base/file.h"
#include "imager/deploy_target.h"

namespace regain {

class FileTarget final : public DeployTarget {
  public:
    explicit FileTarget(const std::filesystem::path& path);
    BlockIo& io() override { return *io_; }
    Status prove_identity() override;
    Result<std::unique_ptr<DriveRange>> open_range(uint64_t offset, uint64_t length) override;

    /// Lays something (faults) over the blocks.
    void wrap(const std::function<std::unique_ptr<BlockIo>(std::unique_ptr<BlockIo>)>& wrapper);
    /// How many proofs of identity succeed before the drive counts as another one.
    size_t proofs_left = SIZE_MAX;

  private:
    std::filesystem::path path_;
    FileDescriptor file_;
    std::unique_ptr<BlockIo> io_;
};

/// Makes an empty sparse file of this size.
void make_disk_file(const std::filesystem::path& path, uint64_t size_bytes);
DriveRecord file_drive(const std::filesystem::path& path);

}  // namespace regain
