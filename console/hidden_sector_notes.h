#pragma once
// What was done about a drive's hidden sectors, kept in STATE/hidden-sectors until it stands in a record: a
// change may take a power cycle before the drive can be erased. Used by hidden_restore_stage.cpp.

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "reports/wipe_report.h"

namespace regain {

class HiddenSectorNotes {
  public:
    /// STATE.
    explicit HiddenSectorNotes(const std::filesystem::path& state_directory)
        : directory_(state_directory / "hidden-sectors") {}
    /// The logs (hidden_sectors.h) of this plan's drive, oldest first; none when there is no file, or none
    /// that can be read. The drive is known by what it says of itself, too: a dock gives its own name to each
    /// drive that is put into it.
    std::vector<Json> of(const WipePlan& plan) const;
    /// How often this kind of change (HiddenSectorsLog::change) was made, as its logs say.
    size_t times_given_back(const WipePlan& plan, const std::string& change) const;
    /// Durable before it returns; that of a drive which can't be told from another one only lasts as long as
    /// this. ErrorKind::environment.
    Status add(const WipePlan& plan, const Json& log);
    /// They stand in a record now.
    void forget(const WipePlan& plan);

  private:
    std::filesystem::path file_of(const WipePlan& plan) const;
    std::filesystem::path directory_;
    std::map<std::string, std::vector<Json>> nameless_;  ///< by path
};

}  // namespace regain
