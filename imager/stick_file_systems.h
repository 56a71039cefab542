#pragma once
// The two file systems of a stick, made and mounted by the programs that know them: e2fsprogs, exfatprogs,
// and the kernel's exFAT or, where it has none, exfat-fuse. Each takes a device that holds nothing but the
// file system. Mounts only below a directory of its own, never where the system would look.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>

#include "base/result.h"

namespace regain {

/// ErrorKind::environment with the package's name when a program is missing.
Status check_stick_programs();

/// ext4 with a journal, checksums and nothing left to do later; `content` is copied into it. Checked by
/// e2fsck.
Status make_records_file_system(const std::string& device, const std::filesystem::path& content,
                                std::stop_token stop);

/// exFAT with clusters of `cluster_bytes`.
Status make_data_file_system(const std::string& device, uint32_t cluster_bytes, std::stop_token stop);
/// fsck.exfat: success only when there is nothing to repair.
Status check_data_file_system(const std::string& device, std::stop_token stop);

/// Clusters for an exFAT of this size, as exfatprogs would choose them.
uint32_t exfat_cluster_bytes(uint64_t data_bytes);

/// The data partition, mounted on a directory of its own.
class MountedData {
  public:
    enum class Access { read, write };
    /// ErrorKind::environment when neither the kernel nor exfat-fuse can.
    static Result<std::unique_ptr<MountedData>> mount(const std::string& device, Access access);
    /// Unmounts; what goes wrong then is lost: call unmount().
    ~MountedData();
    MountedData(const MountedData&) = delete;
    MountedData& operator=(const MountedData&) = delete;

    const std::filesystem::path& path() const { return path_; }
    /// Writes everything back. ErrorKind::failed.
    Status unmount();

  private:
    explicit MountedData(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
    bool is_mounted_ = false;
};

}  // namespace regain
