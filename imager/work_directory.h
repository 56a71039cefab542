#pragma once
// A directory of its own for one build, removed with everything in it however the build ends.

#include <cstdint>
#include <filesystem>
#include <utility>

#include "base/result.h"

namespace regain {

class WorkDirectory {
  public:
    /// Makes PARENT/regain-build-XXXXXX, mode 0755 (apt's downloads run as another user).
    /// ErrorKind::environment.
    static Result<WorkDirectory> create(const std::filesystem::path& parent);
    /// Removes it; never follows anything that is mounted below it.
    ~WorkDirectory();
    WorkDirectory(WorkDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    WorkDirectory& operator=(WorkDirectory&&) = delete;
    WorkDirectory(const WorkDirectory&) = delete;
    WorkDirectory& operator=(const WorkDirectory&) = delete;

    std::filesystem::path operator/(const char* name) const { return path_ / name; }
    const std::filesystem::path& path() const { return path_; }

  private:
    explicit WorkDirectory(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

/// Refuses when a file system has less room than `bytes`. ErrorKind::environment with both figures.
Status check_room(const std::filesystem::path& directory, uint64_t bytes);

}  // namespace regain
