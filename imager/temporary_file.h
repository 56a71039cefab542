#pragma once
// A file that is written beside its final name and takes that name only when it is complete and synced; until
// then it removes itself. Used for images; small files use write_file().

#include <filesystem>

#include "base/file.h"
#include "base/result.h"

namespace regain {

class TemporaryFile {
  public:
    /// Creates `.NAME.XXXXXX` in the directory of `final_path`. ErrorKind::environment.
    static Result<TemporaryFile> create_beside(const std::filesystem::path& final_path);
    ~TemporaryFile();
    TemporaryFile(TemporaryFile&&) noexcept = default;
    TemporaryFile& operator=(TemporaryFile&&) = delete;
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    int descriptor() const { return file_.get(); }
    /// Syncs, renames over the final name, syncs the directory.
    Status commit();

  private:
    TemporaryFile(FileDescriptor file, std::filesystem::path path, std::filesystem::path final_path);
    FileDescriptor file_;  // moved-from and committed files are closed: nothing is left to remove
    std::filesystem::path path_;
    std::filesystem::path final_path_;
};

}  // namespace regain
