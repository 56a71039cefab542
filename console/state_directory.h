#pragma once
// The state directory: registry, keys, certificates, journals, images, trust anchors. Made on first use;
// checked for room and for writing before anything is destroyed, because a wipe whose record can't be stored
// is not begun.

#include <filesystem>

#include "base/result.h"

namespace regain {

class StateDirectory {
  public:
    /// Makes what is missing and proves that a record can be stored: writes, syncs and removes a file of the
    /// size that the records of `record_count` certificates need. ErrorKind::environment when it can't.
    static Result<StateDirectory> open_for_records(const std::filesystem::path& path, size_t record_count);
    /// For reading commands: nothing is made.
    explicit StateDirectory(std::filesystem::path path) : path_(std::move(path)) {}

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path registry() const { return path_ / "registry.db"; }
    std::filesystem::path certificates() const { return path_ / "certificates"; }
    std::filesystem::path keys() const { return path_ / "keys"; }
    std::filesystem::path journals() const { return path_ / "journals"; }
    std::filesystem::path images() const { return path_ / "images"; }
    std::filesystem::path trust() const { return path_ / "trust"; }
    /// What is remembered of USB bridges (docs/drives.md).
    std::filesystem::path bridges() const { return path_ / "bridges.json"; }

  private:
    std::filesystem::path path_;
};

}  // namespace regain
