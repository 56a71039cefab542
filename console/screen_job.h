#pragma once
// The job that the technician's screen works by: which file, what it says, and what is wrong with it. A file
// with a mistake allows nothing.

#include <filesystem>
#include <optional>
#include <string>

#include "base/system_root.h"
#include "profiles/job_reader.h"

namespace regain {

struct ScreenJob {
    std::filesystem::path path;  ///< empty: there is no job file
    JobFile file;
    std::string then;            ///< "poweroff", "boot", "wait", or "" when nothing says it
    std::optional<Error> fault;  ///< the file or a kernel parameter can't be used: nothing is allowed
};

/// `given` is --job, and wins over regain.job= on the kernel's command line, and that over
/// /run/regain/data/jobs/job.toml. regain.then= wins over the file's `then`.
ScreenJob find_screen_job(const SystemRoot& root, const std::string& given);

/// Whether the job file may still begin without a question: once for each start of the live system, which
/// shows the screen again each time that it is left. Asking uses it up.
bool begins_by_itself(const SystemRoot& root);

}  // namespace regain
