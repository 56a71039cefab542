#pragma once
// Small files, read and written whole, and file descriptors that close themselves. Writing is durable: data
// is synced, renamed into place, and the directory is synced. Bulk data does not come through here.

#include <filesystem>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace regain {

/// Owns a file descriptor.
class FileDescriptor {
  public:
    FileDescriptor() = default;
    explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
    ~FileDescriptor();
    FileDescriptor(FileDescriptor&& other) noexcept;
    FileDescriptor& operator=(FileDescriptor&& other) noexcept;
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;

    int get() const { return descriptor_; }
    bool is_open() const { return descriptor_ >= 0; }
    void close();
    int release();

  private:
    int descriptor_ = -1;
};

/// Reads a whole file of at most `max_bytes`; a larger one is an error. ErrorKind::environment.
Result<std::string> read_file(const std::filesystem::path& path, size_t max_bytes = 64U << 20);
/// Reads a small text file such as those of sysfs, without its trailing white space; empty when it is missing
/// or cannot be read: in sysfs absence is an ordinary answer.
std::string read_line(const std::filesystem::path& path);
bool path_exists(const std::filesystem::path& path);

/// Writes durably: temporary file in the same directory, fsync, rename, fsync of the directory. A full disk
/// leaves the old file untouched. ErrorKind::environment.
Status write_file(const std::filesystem::path& path, std::string_view content, unsigned mode = 0644);
/// Makes what was renamed or removed in a directory lasting. ErrorKind::environment.
Status sync_directory(const std::filesystem::path& path);
/// False where what is written lies in memory alone (tmpfs, ramfs, and the overlay of a live system). A path
/// that does not exist is judged by the nearest directory above it that does.
bool is_kept_without_power(const std::filesystem::path& path);
/// Creates the directory and its parents; `mode` for those that are new.
Status make_directories(const std::filesystem::path& path, unsigned mode = 0755);

}  // namespace regain
