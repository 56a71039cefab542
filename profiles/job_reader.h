#pragma once
// Reads a job file (docs/job-format.md): donor, lot, operator and place of a batch, in TOML, with the same
// strictness as profiles. The console turns it into a JobContext; options on the command line win over it.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace regain {

/// The table [line]: what the technician's screen may do without a question. Nothing is allowed by default;
/// empty members were not given.
struct JobLine {
    bool may_wipe = false, may_deploy = false;  ///< allow = ["wipe", "deploy"]
    bool all_drives = false;                    ///< drives = "all"
    std::vector<std::string> drives;            ///< or a list of serials (or paths)
    std::string profile, image;                 ///< as --profile, --image
    std::string deploy_to;                      ///< "automatic", "none", or a serial (or path)
    std::string answers;                        ///< a file beside the job file, as --answers
    std::string policy, method, verify;         ///< as the options
    std::string suspend;                        ///< "yes", "no"
    std::string then;                           ///< "poweroff", "boot", "wait"
};

/// Empty members were not given.
struct JobFile {
    std::string donor, donor_contact;
    std::string lot;
    std::string asset_tag;
    std::string operator_name, operator_title;  ///< keys "operator", "operator_title"
    std::string checker;
    std::string place;
    std::string origin, destination;
    std::string confidentiality_before, confidentiality_after;
    std::optional<uint64_t> retention_days;
    JobLine line;
};

/// ErrorKind::untrusted with the line of the first fault; environment when the file can't be read.
Result<JobFile> read_job_file(const std::filesystem::path& path);

}  // namespace regain
