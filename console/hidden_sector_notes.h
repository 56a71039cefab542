#pragma once
// What was done about a drive's hidden sectors, kept in STATE/hidden-sectors until it stands in a record: a
// change may take a power cycle before the drive can be erased. Used by hidden_restore_stage.cpp.

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "reports/drive_record.h"

namespace regain {

class HiddenSectorNotes {
  public:
    /// STATE.
    explicit HiddenSectorNotes(const std::filesystem::path& state_directory)
        : directory_(state_directory / "hidden-sectors") {}
    /// The logs (hidden_sectors.h) of this drive, oldest first; none when there is no file, or none that can
    /// be read.
    std::vector<Json> of(const DriveRecord& drive) const;
    /// Durable before it returns. ErrorKind::environment.
    Status add(const DriveRecord& drive, const Json& log) const;
    /// They stand in a record now.
    void forget(const DriveRecord& drive) const;

  private:
    std::filesystem::path file_of(const DriveRecord& drive) const;
    std::filesystem::path directory_;
};

}  // namespace regain
